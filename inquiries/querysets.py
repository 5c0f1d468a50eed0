from __future__ import annotations

from collections.abc import Iterable
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
    from inquiries.models import (  # noqa: F401
        Absence,
        Inquiry,
        Mention,
        Message,
        Note,
        Publication,
        Redaction,
        Relation,
        Reply,
    )

# Auditors read trails and no content, administrators configure and read no cases: neither is here.
READER_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
PUBLICATION_ROLES = READER_ROLES | {Role.EDITOR}


def reading_agencies(user: Visitor) -> list[Organisation]:
    """The agencies for which the user may read inquiries."""
    return [held.organisation for held in memberships(user) if held.role in READER_ROLES]


def officials_with_queues() -> models.QuerySet[User]:
    """All who may read inquiries of some agency: the twin of `may_see_queues`."""
    working = Membership.objects.filter(role__in=READER_ROLES, organisation__kind="agency")
    return User.objects.filter(is_active=True, pk__in=working.values("user")).order_by("email")


def readers_of(inquiry: Inquiry) -> models.QuerySet[User]:
    """All who may read one inquiry, by name: the twin of `may_read`."""
    focal_or_listed = Q(organisation__is_focal_point=True) | Q(organisation__in=inquiry.reader_keys.values("agency"))
    reading = Membership.objects.filter(focal_or_listed, role__in=READER_ROLES)
    return User.objects.filter(is_active=True, pk__in=reading.values("user")).order_by("name", "email")


def colleagues_of(user: User) -> models.QuerySet[User]:
    """All others who may read inquiries for an agency of the user's, by name."""
    reading = Membership.objects.filter(organisation__in=reading_agencies(user), role__in=READER_ROLES)
    return User.objects.filter(is_active=True, pk__in=reading.values("user")).exclude(pk=user.pk).order_by("name", "email")


def near_codes(table: str, codes: Iterable[str]) -> Q:
    """Rows on one of the control entries, on what stands below it or above it: 3A001 and 3A001.a.5 find each other."""
    found = Q(pk__in=[])
    for code in codes:
        parts = code.split(".")
        above = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
        statement = f'EXISTS (SELECT 1 FROM unnest("{table}".codes) AS code WHERE starts_with(code, %s))'  # noqa: S608  our own table
        found |= Q(codes__overlap=above) | Q(RawSQL(statement, [f"{code}."], BooleanField()))  # noqa: S611  the code is a parameter
    return found


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

    def on_codes(self, codes: Iterable[str]) -> InquiryQuerySet:
        """Those to which the desk has linked one of the control entries, or one above or below it."""
        return self.filter(near_codes(self.model._meta.db_table, codes))  # noqa: SLF001  Django's documented _meta

    def expired(self, today: date) -> InquiryQuerySet:
        """Those whose time is over."""
        return self.filter(erase_on__lte=today)

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


QUEUES = ("new", "mine", "due_this_week", "overdue", "waiting", "answered", "all")


def _queue(name: str, *, user: Visitor, today: date) -> Q:
    if name == "mine":
        return held_by(user, today=today) & ~Q(state=lifecycle.CLOSED) & on_its_own()
    return {
        "new": Q(state=lifecycle.RECEIVED),
        "due_this_week": Q(due_on__gte=today, due_on__lte=today + timedelta(days=6 - today.weekday())) & on_its_own(),
        # One that is answered together with another comes back here should its own day pass before the answer is written.
        "overdue": Q(due_on__lt=today),
        "waiting": Q(state=lifecycle.WAITING) & on_its_own(),
        "answered": Q(state=lifecycle.ANSWERED),
        "all": Q(),
    }[name]


def held_by(user: Visitor, *, today: date) -> Q:
    """The user's own cases; and while a colleague is away whom the user covers, those of theirs that are due by the end of that."""
    held = Q(officer=user.pk)
    for absence in apps.get_model("inquiries", "Absence").objects.covered_by(user, today):
        held |= Q(officer=absence.user_id, due_on__lte=absence.last_on)
    return held


def on_its_own() -> Q:
    """Those that are not answered together with another one that is open."""
    merged = apps.get_model("inquiries", "Relation").objects.filter(kind="merged", other__state__in=lifecycle.UNANSWERED_STATES)
    return ~Q(pk__in=merged.values("inquiry"))


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
        return self.on_codes([code])

    def on_codes(self, codes: Iterable[str]) -> PublicationQuerySet:
        """Those on one of the control entries, on what stands below it and on what it stands below."""
        return self.filter(near_codes(self.model._meta.db_table, codes))  # noqa: SLF001  Django's documented _meta

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


# --- working a case -------------------------------------------------------------------------------------------------


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: Visitor) -> NoteQuerySet:
        """Those in inquiries that the user may read, as far as they are for all readers or for an agency of the user's."""
        inquiries = apps.get_model("inquiries", "Inquiry").objects.visible_to(user)
        return self.filter(inquiry__in=inquiries).filter(Q(is_for_all_readers=True) | Q(agency__in=reading_agencies(user)))

    def in_order(self) -> NoteQuerySet:
        return self.order_by("position")


class MentionQuerySet(models.QuerySet["Mention"]):
    def visible_to(self, user: Visitor) -> MentionQuerySet:
        """The user's own, in notes that the user may still read."""
        notes = apps.get_model("inquiries", "Note").objects.visible_to(user)
        return self.filter(user=user.pk, note__in=notes)

    def unseen(self) -> MentionQuerySet:
        return self.filter(seen_on=None)


class RedactionQuerySet(models.QuerySet["Redaction"]):
    def in_order(self) -> RedactionQuerySet:
        return self.order_by("message", "start", "pk")


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def not_over(self, today: date) -> AbsenceQuerySet:
        return self.filter(last_on__gte=today).order_by("first_on", "pk")

    def on(self, day: date) -> AbsenceQuerySet:
        return self.filter(first_on__lte=day, last_on__gte=day)

    def covered_by(self, user: Visitor, day: date) -> AbsenceQuerySet:
        return self.on(day).filter(cover=user.pk).order_by("last_on", "pk")


class RelationQuerySet(models.QuerySet["Relation"]):
    def of(self, inquiry: Inquiry) -> RelationQuerySet:
        """Those of one case, whichever way they lead."""
        return self.filter(Q(inquiry=inquiry) | Q(other=inquiry)).order_by("on", "pk")

    def visible_to(self, user: Visitor) -> RelationQuerySet:
        """Those of which the user may read both cases."""
        readable = apps.get_model("inquiries", "Inquiry").objects.visible_to(user)
        return self.filter(inquiry__in=readable, other__in=readable)

    def merged(self) -> RelationQuerySet:
        return self.filter(kind="merged")


class ReplyQuerySet(models.QuerySet["Reply"]):
    def visible_to(self, user: Visitor) -> ReplyQuerySet:
        """The replies of the user's agencies and those that all share."""
        agencies = [held.organisation for held in memberships(user) if held.role in PUBLICATION_ROLES]
        return self.filter(Q(agency=None) | Q(agency__in=agencies)) if agencies else self.none()

    def offered(self) -> ReplyQuerySet:
        return self.filter(is_retired=False)

    def for_case(self, inquiry: Inquiry) -> ReplyQuerySet:
        """The likeliest first: those for the inquiry's topic or segments before the others."""
        fits = Case(
            When(Q(topic=inquiry.topic) | Q(segment__in=[each.pk for each in inquiry.segments.all()]), then=Value(0)),
            When(topic="", segment=None, then=Value(1)),
            default=Value(2),
        )
        return self.order_by(fits, "name", "pk")
