"""Inquiries as the database knows them: sealed words, coarse dates, and no column that leads to an asker.

Identifiers are random, and where a row needs an order it has a position inside its own inquiry, so that no running number and
no time of day tells in which order, or when, people came.
"""

from inquiries.models.absence import Absence
from inquiries.models.counts import ErasedCount
from inquiries.models.draft import Draft, DraftKind
from inquiries.models.inquiry import Flag, Inquiry, InquirySegment, Mode, Priority, State, Topic
from inquiries.models.keys import ReaderKey, Receipt
from inquiries.models.note import Mention, Note
from inquiries.models.publication import Publication, PublicationRevision, PublicationSegment, PublicationState
from inquiries.models.redaction import Redaction, RedactionMode
from inquiries.models.relation import Relation, RelationKind
from inquiries.models.reply import Reply, ReplyVersion
from inquiries.models.thread import EVENT_WORDS, Event, Message

__all__ = [
    "EVENT_WORDS",
    "Absence",
    "Draft",
    "DraftKind",
    "ErasedCount",
    "Event",
    "Flag",
    "Inquiry",
    "InquirySegment",
    "Mention",
    "Message",
    "Mode",
    "Note",
    "Priority",
    "Publication",
    "PublicationRevision",
    "PublicationSegment",
    "PublicationState",
    "ReaderKey",
    "Receipt",
    "Redaction",
    "RedactionMode",
    "Relation",
    "RelationKind",
    "Reply",
    "ReplyVersion",
    "State",
    "Topic",
]
