"""Inquiries as the database knows them: sealed words, coarse dates, and no column that leads to an asker.

Identifiers are random, and where a row needs an order it has a position inside its own inquiry, so that no running number and
no time of day tells in which order, or when, people came.
"""

from inquiries.models.absence import Absence
from inquiries.models.attachment import Attachment, AttachmentPiece
from inquiries.models.consultation import Consultation, ConsultationState, Settlement, Stance
from inquiries.models.countersigning import SecondOfficialRule
from inquiries.models.counts import ErasedAnswer, ErasedBreach, ErasedCount, PublishedFigure
from inquiries.models.deadlines import Breach, Closure, Recalculation, ResponseTarget
from inquiries.models.details import ITEM_WORDS, MOST_ITEMS, Details, Item, RedFlag
from inquiries.models.draft import Draft, DraftKind
from inquiries.models.dryrun import DryRun
from inquiries.models.expert import ExpertRequest, ExpertRequestState, Label
from inquiries.models.identity import Identity, Opening, OpeningState
from inquiries.models.inquiry import Flag, Inquiry, InquirySegment, Mode, Priority, State, Topic
from inquiries.models.keys import ReaderKey, Receipt
from inquiries.models.named import NamedAsker
from inquiries.models.note import Mention, Note
from inquiries.models.proposal import ProposalState, ProposedAnswer
from inquiries.models.publication import Publication, PublicationRevision, PublicationSegment, PublicationState
from inquiries.models.redaction import Redaction, RedactionMode
from inquiries.models.relation import Relation, RelationKind
from inquiries.models.reply import Reply, ReplyVersion
from inquiries.models.routing import RoutingRule, RoutingRuleVersion
from inquiries.models.savedfilter import SavedFilter
from inquiries.models.thread import EVENT_WORDS, Event, Message

__all__ = [
    "EVENT_WORDS",
    "ITEM_WORDS",
    "MOST_ITEMS",
    "Absence",
    "Attachment",
    "AttachmentPiece",
    "Breach",
    "Closure",
    "Consultation",
    "ConsultationState",
    "Details",
    "Draft",
    "DraftKind",
    "DryRun",
    "ErasedAnswer",
    "ErasedBreach",
    "ErasedCount",
    "Event",
    "ExpertRequest",
    "ExpertRequestState",
    "Flag",
    "Identity",
    "Inquiry",
    "InquirySegment",
    "Item",
    "Label",
    "Mention",
    "Message",
    "Mode",
    "NamedAsker",
    "Note",
    "Opening",
    "OpeningState",
    "Priority",
    "ProposalState",
    "ProposedAnswer",
    "Publication",
    "PublicationRevision",
    "PublicationSegment",
    "PublicationState",
    "PublishedFigure",
    "ReaderKey",
    "Recalculation",
    "Receipt",
    "RedFlag",
    "Redaction",
    "RedactionMode",
    "Relation",
    "RelationKind",
    "Reply",
    "ReplyVersion",
    "ResponseTarget",
    "RoutingRule",
    "RoutingRuleVersion",
    "SavedFilter",
    "SecondOfficialRule",
    "Settlement",
    "Stance",
    "State",
    "Topic",
]
