from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connections, models
from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Prefetch, Q, Value, When
from django.db.models.expressions import RawSQL

from inquiries import lifecycle
from organisations.models import Membership, Organisation, Role, User
from organisations.permissions import Visitor, memberships

if TYPE_CHECKING:
    from catalogue.models import Segment
    from inquiries.models import (  # noqa: F401
        Consultation,
        ExpertRequest,
        Inquiry,
        Message,
        ProposedAnswer,
        Publication,
    )

# Auditors read trails and no content, administrators configure and read no cases: neither is here.
READER_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
WORKING_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.SUPERVISOR})
APPROVING_ROLES = frozenset({Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
SETTLING_ROLES = frozenset({Role.APPROVER, Role.SUPERVISOR})
PUBLICATION_ROLES = READER_ROLES | {Role.EDITOR}


def reading_agencies(user: Visitor) -> list[Organisation]:
    """The agencies for which the user may read inquiries."""
    return agencies_with(user, READER_ROLES)


def agencies_with(user: Visitor, roles: frozenset[Role]) -> list[Organisation]:
    """The organisations in which the user holds one of `roles`."""
    return [held.organisation for held in memberships(user) if held.role in roles]


def had_by(agencies: list[Organisation], prefix: str = "") -> Q:
    """Inquiries that one of `agencies` has: routed to it, or with the focal point and routed to nobody."""
    mine = Q(**{f"{prefix}agency__in": agencies})
    return mine | Q(**{f"{prefix}agency": None}) if any(agency.is_focal_point for agency in agencies) else mine


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

    def workable_by(self, user: Visitor) -> InquiryQuerySet:
        """Those that the user may work on: as the focal point any, as another agency those it has, not those it is asked on."""
        agencies = agencies_with(user, WORKING_ROLES)
        if any(agency.is_focal_point for agency in agencies):
            return self.visible_to(user)
        return self.visible_to(user).filter(agency__in=agencies)

    def handled_by(self, user: Visitor) -> InquiryQuerySet:
        """Those of which the user reads what the office says among itself: drafts, all views, outside experts."""
        agencies = reading_agencies(user)
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        return self.visible_to(user).filter(agency__in=agencies)

    def to_approve_by(self, user: Visitor) -> InquiryQuerySet:
        """Those with a proposed answer that the user may approve now."""
        proposals = apps.get_model("inquiries", "ProposedAnswer").objects
        waiting = proposals.to_approve_by(user).filter(inquiry=OuterRef("pk"))
        return self.filter(Exists(waiting))

    def to_settle_by(self, user: Visitor) -> InquiryQuerySet:
        """Those with an objection of a consulted agency that the user may settle."""
        objections = apps.get_model("inquiries", "Consultation").objects.objecting().filter(inquiry=OuterRef("pk"))
        mine = self.visible_to(user).filter(had_by(agencies_with(user, SETTLING_ROLES)))
        return mine.open_or_waiting().filter(Exists(objections))

    def open_or_waiting(self) -> InquiryQuerySet:
        """Those that have still to be answered."""
        return self.filter(state__in=UNANSWERED)

    def with_holders(self) -> InquiryQuerySet:
        """With what says who is holding each (services/holders.py): three more queries, however many rows."""
        return self.select_related("agency", "officer").prefetch_related(*holder_prefetches())

    def open(self) -> InquiryQuerySet:
        """Those in which the office owes the next word."""
        return self.filter(state__in=lifecycle.OPEN_STATES)

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
    return {
        "new": Q(state=lifecycle.RECEIVED),
        "mine": Q(officer=user.pk) & ~Q(state=lifecycle.CLOSED),
        "due_this_week": Q(due_on__gte=today, due_on__lte=today + timedelta(days=6 - today.weekday())),
        "overdue": Q(due_on__lt=today),
        "waiting": Q(state=lifecycle.WAITING),
        "answered": Q(state=lifecycle.ANSWERED),
        "all": Q(),
    }[name]


UNANSWERED = (*lifecycle.OPEN_STATES, lifecycle.WAITING)


def holder_prefetches() -> list[Prefetch[str]]:
    """What services/holders.py reads of an inquiry; each keeps its rows under a name of its own."""
    get = apps.get_model
    consultations = get("inquiries", "Consultation").objects.awaited().select_related("agency")
    experts = get("inquiries", "ExpertRequest").objects.awaited()
    proposals = get("inquiries", "ProposedAnswer").objects.waiting()
    return [
        Prefetch("consultations", consultations.defer("sealed_question", "sealed_view"), to_attr="consultations_awaited"),
        Prefetch("expert_requests", experts.only("inquiry", "asked_on", "due_on"), to_attr="experts_awaited"),
        Prefetch("proposals", proposals.only("inquiry", "written_on"), to_attr="proposals_waiting"),
    ]


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


# --- consulting and countersigning ----------------------------------------------------------------------------------


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def visible_to(self, user: Visitor) -> ConsultationQuerySet:
        """All for whoever handles the case; a consulted agency reads what itself was asked and said, while it reads the case."""
        inquiries = apps.get_model("inquiries", "Inquiry").objects
        own = Q(agency__in=reading_agencies(user), inquiry__in=inquiries.visible_to(user).values("pk"))
        return self.filter(own | Q(inquiry__in=inquiries.handled_by(user).values("pk")))

    def awaited(self) -> ConsultationQuerySet:
        return self.filter(state=lifecycle.ASKED)

    def overdue(self, today: date) -> ConsultationQuerySet:
        return self.awaited().filter(due_on__lt=today)

    def reading(self) -> ConsultationQuerySet:
        """Those on whose account an agency is on the reader list."""
        return self.filter(state__in=[lifecycle.ASKED, lifecycle.GIVEN])

    def asked_of(self, user: Visitor) -> ConsultationQuerySet:
        """Those of the user's own agencies, while they read the case."""
        return self.reading().filter(agency__in=reading_agencies(user))

    def to_answer_by(self, user: Visitor) -> ConsultationQuerySet:
        """Those to which the user may give the agency's view."""
        return self.awaited().filter(agency__in=agencies_with(user, WORKING_ROLES))

    def objecting(self) -> ConsultationQuerySet:
        """Objections that stand: nobody has settled them, and the agency has said nothing else since."""
        every = apps.get_model("inquiries", "Consultation").objects
        later = every.filter(inquiry=OuterRef("inquiry"), agency=OuterRef("agency"), number__gt=OuterRef("number"))
        superseded = Exists(later.exclude(stance=""))
        return self.filter(stance="objects", settlement=None).exclude(superseded)


class ExpertRequestQuerySet(models.QuerySet["ExpertRequest"]):
    def visible_to(self, user: Visitor) -> ExpertRequestQuerySet:
        inquiries = apps.get_model("inquiries", "Inquiry").objects.handled_by(user)
        return self.filter(inquiry__in=inquiries.values("pk"))

    def awaited(self) -> ExpertRequestQuerySet:
        return self.filter(state=lifecycle.SENT)

    def with_link(self, digest: bytes, today: date) -> ExpertRequestQuerySet:
        """The one whose link has this digest and is good on the day; an answered one says so until then."""
        return self.filter(link_digest=digest, expires_on__gte=today)


class ProposedAnswerQuerySet(models.QuerySet["ProposedAnswer"]):
    def visible_to(self, user: Visitor) -> ProposedAnswerQuerySet:
        inquiries = apps.get_model("inquiries", "Inquiry").objects.handled_by(user)
        return self.filter(inquiry__in=inquiries.values("pk"))

    def standing(self) -> ProposedAnswerQuerySet:
        """The latest revision of an answer that has not gone, at most one for each inquiry."""
        return self.filter(state__in=lifecycle.STANDING)

    def waiting(self) -> ProposedAnswerQuerySet:
        """Those that wait for a second official: proposed, and nothing has been said to or by the asker since."""
        messages = apps.get_model("inquiries", "Message").objects
        overtaken = messages.filter(inquiry=OuterRef("inquiry"), position__gt=OuterRef("after"))
        return self.filter(state=lifecycle.PROPOSED).exclude(Exists(overtaken))

    def to_approve_by(self, user: Visitor) -> ProposedAnswerQuerySet:
        """Those the user may approve: of an agency that has the case, and of which the user has written no revision."""
        answerable = Q(inquiry__state__in=list(lifecycle.MOVES["answer"]))
        waiting = self.waiting().filter(answerable & had_by(agencies_with(user, APPROVING_ROLES), "inquiry__"))
        every = apps.get_model("inquiries", "ProposedAnswer").objects
        own = every.filter(inquiry=OuterRef("inquiry"), round=OuterRef("round"), author=user.pk)
        return waiting.exclude(Exists(own))

    def void(self) -> int:
        """Void what stands: it was edited, or something has overtaken it."""
        return self.standing().update(state=lifecycle.VOID)
