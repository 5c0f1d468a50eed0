"""Inquiries as the database knows them: sealed words, coarse dates, and no column that leads to an asker.

Identifiers are random, and where a row needs an order it has a position inside its own inquiry, so that no running number and
no time of day tells in which order, or when, people came.
"""

from inquiries.models.counts import ErasedCount
from inquiries.models.details import ITEM_WORDS, MOST_ITEMS, Details, Item, RedFlag
from inquiries.models.identity import Identity, Opening, OpeningState
from inquiries.models.inquiry import Flag, Inquiry, InquirySegment, Mode, Priority, State, Topic
from inquiries.models.keys import ReaderKey, Receipt
from inquiries.models.named import NamedAsker
from inquiries.models.publication import Publication, PublicationRevision, PublicationSegment, PublicationState
from inquiries.models.thread import EVENT_WORDS, Event, Message

__all__ = [
    "EVENT_WORDS",
    "ITEM_WORDS",
    "MOST_ITEMS",
    "Details",
    "ErasedCount",
    "Event",
    "Flag",
    "Identity",
    "Inquiry",
    "InquirySegment",
    "Item",
    "Message",
    "Mode",
    "NamedAsker",
    "Opening",
    "OpeningState",
    "Priority",
    "Publication",
    "PublicationRevision",
    "PublicationSegment",
    "PublicationState",
    "ReaderKey",
    "Receipt",
    "RedFlag",
    "State",
    "Topic",
]
