from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connections, models
from django.db.models import BooleanField, Case, Count, F, Q, Value, When
from django.db.models.expressions import RawSQL

from inquiries import lifecycle
from organisations.models import Membership, Organisation, Role, User
from organisations.permissions import Visitor, memberships

if TYPE_CHECKING:
    from catalogue.models import Segment
    from inquiries.models import Closure, Inquiry, Message, Publication, Recalculation  # noqa: F401

# Auditors read trails and no content, administrators configure and read no cases: neither is here.
READER_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
PUBLICATION_ROLES = READER_ROLES | {Role.EDITOR}


def reading_agencies(user: Visitor) -> list[Organisation]:
    """The agencies for which the user may read inquiries."""
    return [held.organisation for held in memberships(user) if held.role in READER_ROLES]


def supervised_agencies(user: Visitor) -> list[Organisation]:
    return [held.organisation for held in memberships(user) if held.role == Role.SUPERVISOR]


def officials_with_queues() -> models.QuerySet[User]:
    """All who may read inquiries of some agency: the twin of `may_see_queues`."""
    working = Membership.objects.filter(role__in=READER_ROLES, organisation__kind="agency")
    return User.objects.filter(is_active=True, pk__in=working.values("user")).order_by("email")


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, user: Visitor) -> InquiryQuerySet:
        """The focal point's readers see every inquiry, another agency's those on whose reader list it is, everybody else none."""
        agencies = reading_agencies(user)
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        # A subquery, not a join: an inquiry that two of the user's agencies read is one row.
        readable = apps.get_model("inquiries", "ReaderKey").objects.filter(agency__in=agencies)
        return self.filter(pk__in=readable.values("inquiry"))

    def open(self) -> InquiryQuerySet:
        """Those in which the office owes the next word."""
        return self.filter(state__in=lifecycle.OPEN_STATES)

    def expired(self, today: date) -> InquiryQuerySet:
        """Those whose time is over."""
        return self.filter(erase_on__lte=today)

    def supervised_by(self, user: Visitor) -> InquiryQuerySet:
        """Those whose work the user oversees: a supervisor of the focal point all, one of another agency its own."""
        agencies = supervised_agencies(user)
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        return self.filter(agency__in=agencies)

    def to_escalate(self, today: date) -> InquiryQuerySet:
        """Those that are overdue and of which no supervisor has been told."""
        return self.filter(due_on__lt=today, escalated_on=None)

    def with_deadlines(self) -> InquiryQuerySet:
        """Those in which something may fall due."""
        return self.exclude(state=lifecycle.CLOSED)

    def queue(self, name: str, *, user: Visitor, today: date) -> InquiryQuerySet:
        """One of the desk's queues; raises KeyError for a name that is none."""
        return self.filter(_queue(name, user=user, today=today))

    def queue_counts(self, *, user: Visitor, today: date) -> dict[str, int]:
        """How many inquiries each of the desk's queues holds, in one query."""
        counts = {name: Count("pk", filter=_queue(name, user=user, today=today)) for name in QUEUES}
        return self.aggregate(**counts)

    def for_queue(self) -> InquiryQuerySet:
        """With all that a row of the queue shows; no sealed column is fetched."""
        return self.defer("sealed_subject").select_related("agency", "officer").prefetch_related("segments")


QUEUES = ("new", "mine", "due_this_week", "overdue", "escalated", "waiting", "answered", "to_close", "all")


def _queue(name: str, *, user: Visitor, today: date) -> Q:
    return {
        "new": Q(state=lifecycle.RECEIVED),
        "mine": Q(officer=user.pk) & ~Q(state=lifecycle.CLOSED),
        "due_this_week": Q(due_on__gte=today, due_on__lte=today + timedelta(days=6 - today.weekday())),
        "overdue": Q(due_on__lt=today),
        "escalated": Q(due_on__lt=today, escalated_on__isnull=False),
        "to_close": Q(close_on__lt=today),
        "waiting": Q(state=lifecycle.WAITING),
        "answered": Q(state=lifecycle.ANSWERED),
        "all": Q(),
    }[name]


class ClosureQuerySet(models.QuerySet["Closure"]):
    def coming(self, today: date) -> ClosureQuerySet:
        """Those that are not over, the next one first."""
        return self.filter(last_on__gte=today).order_by("first_on", "pk")


class RecalculationQuerySet(models.QuerySet["Recalculation"]):
    def unfinished(self) -> RecalculationQuerySet:
        return self.filter(is_finished=False)

    def latest_check(self) -> RecalculationQuerySet:
        return self.filter(cause="check", is_finished=True).order_by("-begun_on", "-pk")[:1]


class MessageQuerySet(models.QuerySet["Message"]):
    def in_order(self) -> MessageQuerySet:
        return self.order_by("position")


MOST_LEXEMES = 60


class PublicationQuerySet(models.QuerySet["Publication"]):
    def public(self) -> PublicationQuerySet:
        """What is out and stands."""
        return self.filter(published_revision__isnull=False).exclude(state=lifecycle.WITHDRAWN)

    def visible_to(self, user: Visitor) -> PublicationQuerySet:
        """For the desk: those of the agencies for which the user works, and whatever has come out."""
        agencies = [held.organisation for held in memberships(user) if held.role in PUBLICATION_ROLES]
        if not agencies:
            return self.none()
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        return self.filter(Q(agency__in=agencies) | Q(published_revision__isnull=False))

    def due(self, today: date) -> PublicationQuerySet:
        return self.filter(state=lifecycle.APPROVED, not_before__lte=today)

    def newest_first(self) -> PublicationQuerySet:
        return self.order_by(F("published_on").desc(nulls_last=True), "pk")

    def on_code(self, code: str) -> PublicationQuerySet:
        """Those on a control entry, on what stands below it and on what it stands below: 3A001 and 3A001.a.5 find each other."""
        parts = code.split(".")
        above = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
        below = RawSQL("EXISTS (SELECT 1 FROM unnest(codes) AS code WHERE starts_with(code, %s))", [f"{code}."], BooleanField())
        return self.filter(Q(codes__overlap=above) | Q(below))

    def on_segment(self, segment: Segment) -> PublicationQuerySet:
        return self.filter(Q(segments=segment) | Q(segments__parent=segment)).distinct()

    def search(self, words: str) -> PublicationQuerySet:
        """Those that hold all of the words, the best first."""
        query = SearchQuery(words, config="english", search_type="websearch")
        return self.filter(search=query).annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "pk")

    def helping(self, text: str, *, topic: str = "") -> PublicationQuerySet:
        """Those that may already answer `text`, the likeliest first: any of its words counts, and the same topic counts more."""
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT tsvector_to_array(to_tsvector('english', %s))", [text])
            (lexemes,) = cursor.fetchone()
        # The longest words say most; a bound keeps the search cheap whatever is pasted in.
        chosen = sorted((lexeme for lexeme in lexemes if len(lexeme) > 2), key=lambda lexeme: (-len(lexeme), lexeme))[:MOST_LEXEMES]
        if not chosen:
            return self.none()
        query = SearchQuery(" | ".join(_quoted(lexeme) for lexeme in chosen), config="simple", search_type="raw")
        share = Case(When(topic=topic, then=Value(1.5)), default=Value(1.0))
        ranked = self.filter(search=query).annotate(rank=SearchRank(F("search"), query) * share)
        return ranked.filter(rank__gte=LEAST_RANK).order_by("-rank", "pk")


# Below this a match is a word or two in passing.
LEAST_RANK = 0.05


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
