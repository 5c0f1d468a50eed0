from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVectorField
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import BooleanField, Case, Exists, F, Func, IntegerField, OuterRef, Prefetch, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce

from catalogue import regions
from catalogue.parsing import codes_in
from inquiries import deadlines, lifecycle
from organisations.models import Membership, Organisation, Role, User
from organisations.permissions import Visitor, associations_of, firms_of, memberships

if TYPE_CHECKING:
    from catalogue.models import Segment
    from inquiries.models import (  # noqa: F401
        Absence,
        Attachment,
        Closure,
        Consultation,
        DryRun,
        ExpertRequest,
        Identity,
        Inquiry,
        Mention,
        Message,
        NamedAsker,
        Note,
        Opening,
        ProposedAnswer,
        Publication,
        Recalculation,
        Redaction,
        Relation,
        Reply,
        RoutingRule,
        SavedFilter,
    )

# Auditors read trails and no content, administrators configure and read no cases: neither is here.
READER_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
WORKING_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.SUPERVISOR})
APPROVING_ROLES = frozenset({Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
SETTLING_ROLES = frozenset({Role.APPROVER, Role.SUPERVISOR})
PUBLICATION_ROLES = READER_ROLES | {Role.EDITOR}
APPROVER_ROLES = frozenset({Role.APPROVER, Role.SUPERVISOR})


# What an inquiry keeps of what it is about; the database holds to it.
ABOUT = r"^advisory:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def word_for(advisory: UUID) -> str:
    """The word by which an inquiry says that it is about an advisory."""
    return f"advisory:{advisory}"


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


def supervised_agencies(user: Visitor) -> list[Organisation]:
    return [held.organisation for held in memberships(user) if held.role == Role.SUPERVISOR]


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


def is_fetched(inquiry: Inquiry, name: str) -> bool:
    """Whether these rows of the inquiry have been fetched with it already, so that asking for all of them costs no query."""
    return name in getattr(inquiry, "_prefetched_objects_cache", ())


def near_codes(table: str, codes: Iterable[str]) -> Q:
    """Rows on one of the control entries, on what stands below it or above it: 3A001 and 3A001.a.5 find each other."""
    found = Q(pk__in=[])
    for code in codes:
        parts = code.split(".")
        above = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
        statement = f'EXISTS (SELECT 1 FROM unnest("{table}".codes) AS code WHERE starts_with(code, %s))'  # noqa: S608  our own table
        found |= Q(codes__overlap=above) | Q(RawSQL(statement, [f"{code}."], BooleanField()))  # noqa: S611  the code is a parameter
    return found


def _read_by(agencies: Iterable[Organisation]) -> Q:
    """Inquiries on whose reader list one of `agencies` is."""
    return Q(readers__overlap=[agency.pk for agency in agencies])


class RowByRow(Func):
    """A condition that is asked of the rows which the others find, and for which no index is read."""

    template = "(%(expressions)s IS TRUE)"
    output_field = BooleanField()


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, user: Visitor) -> InquiryQuerySet:
        """The focal point's readers see every inquiry, another agency's those on whose reader list it is, everybody else none."""
        agencies = reading_agencies(user)
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        return self.filter(_read_by(agencies))

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
        # By the index of agencies: for each count of a queue, the one of readers would be read from end to end as well.
        return self.filter(RowByRow(_read_by(agencies)), agency__in=agencies)

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

    def on_codes(self, codes: Iterable[str]) -> InquiryQuerySet:
        """Those to which the desk has linked one of the control entries, or one above or below it."""
        return self.filter(near_codes(self.model._meta.db_table, codes))  # noqa: SLF001  Django's documented _meta

    def expired(self, today: date) -> InquiryQuerySet:
        """Those whose time is over."""
        return self.filter(erase_on__lte=today)

    def supervised_by(self, user: Visitor) -> InquiryQuerySet:
        """Those whose work the user oversees: a supervisor of the focal point all, one of another agency its own."""
        agencies = supervised_agencies(user)
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        return self.filter(agency__in=agencies)

    def to_escalate(self, target: str, today: date) -> InquiryQuerySet:
        """Those that missed the day of a target (deadlines.py) and of which no supervisor has been told."""
        day, told = MISSED[target]
        return self.filter(**{f"{day}__lt": today, told: None})

    def with_deadlines(self) -> InquiryQuerySet:
        """Those in which something may fall due."""
        return self.exclude(state=lifecycle.CLOSED)

    def queue(self, name: str, looks: Onlooker) -> InquiryQuerySet:
        """One of the desk's queues; raises KeyError for a name that is none."""
        return self.filter(_QUEUES[name](looks))

    def with_routing(self) -> InquiryQuerySet:
        """With its agency, officer and segments; no sealed column is fetched."""
        return self.defer(*UNSEEN).select_related("agency", "officer").prefetch_related("segments")

    def for_rows(self) -> InquiryQuerySet:
        """With what a row of the desk's tables shows and nothing else; `segment_labels` are in the order of the segments' codes."""
        touched = apps.get_model("inquiries", "InquirySegment").objects.filter(inquiry=OuterRef("pk"))
        labels = touched.order_by("segment__code", "segment").values("segment__label")
        shown = self.only(*SHOWN_IN_ROWS).select_related("officer")
        return shown.annotate(segment_labels=ArraySubquery(labels))

    def with_readers(self) -> InquiryQuerySet:
        """With what says who may read and work on each; no sealed column is fetched."""
        return self.defer(*UNSEEN).select_related("agency").prefetch_related("reader_keys")

    def with_what_there_is(self) -> InquiryQuerySet:
        """Each with `has_files`, whether any file has come or gone in it, and `has_proposal`, whether an answer stands that has not
        gone: what is not there is not asked for."""
        files = apps.get_model("inquiries", "Attachment").objects.filter(inquiry=OuterRef("pk"))
        proposals = apps.get_model("inquiries", "ProposedAnswer").objects.standing().filter(inquiry=OuterRef("pk"))
        return self.annotate(has_files=Exists(files), has_proposal=Exists(proposals))

    def with_desk_segments(self) -> InquiryQuerySet:
        """Each with `desk_segments`: the codes of those that the desk has added."""
        added = apps.get_model("inquiries", "InquirySegment").objects.filter(inquiry=OuterRef("pk"), is_by_desk=True)
        return self.annotate(desk_segments=ArraySubquery(added.values("segment__code")))

    def with_summary(self) -> InquiryQuerySet:
        """After with_routing(), with the desk's summary too."""
        return self.defer(None).defer("sealed_subject", "sealed_details", "search")

    def in_order(self, name: str) -> InquiryQuerySet:
        """In one of the orders of SORTS; raises KeyError for a name that is none."""
        return self.order_by(*SORTS[name])

    def search(self, words: str) -> InquiryQuerySet:
        """Those whose title, summary or tags hold the words, or whose reference begins as typed. Askers' words are in no index."""
        if words.upper().startswith(REFERENCE_BEGINS):
            return self.filter(reference__startswith=words.strip().upper())
        query = SearchQuery(words, config="english", search_type="websearch")
        tags = [words.lower(), *words.lower().split()[:10]]
        return self.filter(Q(search=query) | Q(tags__overlap=tags))

    def under_code(self, code: str) -> InquiryQuerySet:
        """Those to which the desk has linked a control entry, or one below it: 3A001 finds 3A001.a.5 and not 3A0011."""
        return self.filter(HasCode(CODE_WORDS, Value(f"'{code}' | '{code}.':*")))

    def of_priority(self, priority: str) -> InquiryQuerySet:
        return self.alias(rank=PRIORITY_RANK).filter(rank=PRIORITIES.index(priority))

    def towards(self, place: str) -> InquiryQuerySet:
        """Those that name a country, or a region or anything that lies in it."""
        return self.filter(destination__in=sorted(regions.within(place)))

    def about_advisory(self, key: UUID) -> InquiryQuerySet:
        """Those that were asked beside an advisory."""
        return self.filter(about=word_for(key))

    def on_segment(self, code: str) -> InquiryQuerySet:
        """Those that touch a segment or one of its technologies."""
        current = apps.get_model("catalogue", "Segment").objects.current()
        # Asked for first: of segments that it knows, the planner knows how many cases touch them.
        segments = list(current.filter(Q(code=code) | Q(parent__code=code)).values_list("pk", flat=True))
        touching = apps.get_model("inquiries", "InquirySegment").objects.filter(inquiry=OuterRef("pk"), segment__in=segments)
        return self.filter(Exists(touching))


UNSEEN = ("sealed_subject", "sealed_details", "summary", "search")
SHOWN_IN_ROWS = (
    "reference", "topic", "title", "priority", "flags", "tags", "codes", "is_sighting", "state", "officer__name", "officer__email",
    "received_on", "due_on", "warn_on", "acknowledge_on", "close_on",
)  # fmt: skip

# A count beyond this costs more than it tells; pages write it as "1,000+".
MOST_COUNTED = 1000


def queue_counts(looks: Onlooker) -> dict[str, int]:
    """How many inquiries each of the desk's queues holds, in one query; MOST_COUNTED + 1 stands for more than MOST_COUNTED."""
    statement, values = _counting_queues(looks)
    with connections[apps.get_model("inquiries", "Inquiry").objects.db].cursor() as cursor:
        cursor.execute(statement, values)
        return dict(zip(QUEUES, cursor.fetchone(), strict=True))


# Compiled once for all the pages that an official opens in a day: it took more time than to be answered.
@lru_cache(maxsize=500)
def _counting_queues(looks: Onlooker) -> tuple[str, tuple[Any, ...]]:
    keys = apps.get_model("inquiries", "Inquiry").objects.handled_by(looks.user).order_by().values("pk")
    return counting(keys.filter(_QUEUES[name](looks)) for name in QUEUES)


def counting(querysets: Iterable[models.QuerySet[Any]]) -> tuple[str, tuple[Any, ...]]:
    """A statement, and its values, that counts the rows of each queryset of keys and stops each count at MOST_COUNTED + 1."""
    parts: list[str] = []
    values: list[Any] = []
    for queryset in querysets:
        try:
            statement, given = queryset[: MOST_COUNTED + 1].query.sql_with_params()
        except EmptyResultSet:  # the ORM sees that no row can be there
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({statement}) AS found)")  # noqa: S608  compiled by the ORM, values apart
        values += given
    return f"SELECT {', '.join(parts)}", tuple(values)


class HasCode(Func):
    """Whether a row's control entries match a `tsquery`, by the index on CODE_WORDS."""

    template = "(%(expressions)s::tsquery)"
    arg_joiner = " @@ "
    output_field = BooleanField()


REFERENCE_BEGINS = "FP-"
# Codes as they stand, one lexeme each: an index on them finds what begins alike, which one on the array itself does not.
CODE_WORDS = Func(Cast("codes", ArrayField(models.TextField())), function="array_to_tsvector", output_field=SearchVectorField())
PRIORITIES = ("urgent", "high", "normal")  # in the order of work
# As the index `inquiry_by_priority` has it.
PRIORITY_RANK = Case(
    When(priority="urgent", then=0), When(priority="high", then=1), default=2, output_field=models.SmallIntegerField()
)

SORTS: dict[str, tuple[Any, ...]] = {
    "due": ("due_on", "received_on", "reference"),
    "priority": (PRIORITY_RANK, "due_on", "reference"),
    "newest": ("-received_on", "reference"),
    "oldest": ("received_on", "reference"),
}


@dataclass(frozen=True, slots=True)
class KindOfInquiry:
    """What the rules know of an inquiry, and where it is."""

    topic: str
    mode: str
    destination: str
    codes: list[str]
    flags: list[str]
    agency: UUID | None
    segments: list[str]


def kinds_of_inquiries(*, after: date, size: int) -> Iterator[list[KindOfInquiry]]:
    """All inquiries received after a day and not erased since, a page and query at a time; no case can be told from it."""
    named = apps.get_model("inquiries", "InquirySegment").objects.filter(inquiry=OuterRef("pk")).order_by("segment__code")
    inquiries = (
        apps.get_model("inquiries", "Inquiry")
        .objects.annotate(named=ArraySubquery(named.values("segment__code")))
        .order_by("received_on", "pk")
        .values_list("received_on", "pk", "topic", "mode", "destination", "codes", "flags", "agency", "named")
    )
    day, last = after + timedelta(days=1), UUID(int=0)
    while True:
        # The first condition is for the index.
        rows: list[tuple[Any, ...]] = list(inquiries.filter(Q(received_on__gt=day) | Q(pk__gt=last), received_on__gte=day)[:size])
        yield [KindOfInquiry(*said) for _day, _pk, *said in rows]
        if len(rows) < size:
            return
        day, last, *_said = rows[-1]


def _to_approve(user: Visitor) -> Q:
    """Those with an answer, or with a publication, that the user may approve. One subquery: an OR of two would read every row."""
    answers = apps.get_model("inquiries", "ProposedAnswer").objects.to_approve_by(user)
    publications = apps.get_model("inquiries", "Publication").objects.to_approve_by(user)
    return Q(pk__in=answers.values("inquiry").union(publications.values("inquiry")))


def _due_this_week(today: date) -> Q:
    return Q(due_on__gte=today, due_on__lte=today + timedelta(days=6 - today.weekday()))


@dataclass(frozen=True)
class Onlooker:
    """For whom and on which day queues are told apart. Two are equal if all that tells them apart is."""

    user: Visitor = field(compare=False)
    pk: UUID | None
    held: tuple[tuple[UUID, bool, str], ...]  # the user's roles: organisation, whether it is the focal point, role
    covered: tuple[tuple[UUID, date], ...]  # colleagues who are away and whom the user covers, each with the last day of that
    today: date


def onlooker(user: Visitor, today: date) -> Onlooker:
    held = tuple((each.organisation_id, each.organisation.is_focal_point, each.role) for each in memberships(user))
    absences = apps.get_model("inquiries", "Absence").objects.covered_by(user, today)
    return Onlooker(user, user.pk, held, tuple(absences.values_list("user", "last_on")), today)


# What is not closed is asked for by the states it may be in, which an index finds; "other than closed" reads all that is.
_QUEUES: dict[str, Callable[[Onlooker], Q]] = {
    "new": lambda _: Q(state=lifecycle.RECEIVED),
    "mine": lambda looks: _held_by(looks) & Q(state__in=lifecycle.LIVING_STATES) & on_its_own(),
    "agency": lambda looks: had_by(reading_agencies(looks.user)) & Q(state__in=lifecycle.LIVING_STATES),
    "due_this_week": lambda looks: _due_this_week(looks.today) & on_its_own(),
    # One that is answered together with another comes back here should its own day pass before the answer is written.
    "overdue": lambda looks: Q(due_on__lt=looks.today),
    "escalated": lambda looks: escalated(looks.today),
    "waiting": lambda _: Q(state=lifecycle.WAITING) & on_its_own(),
    "to_approve": lambda looks: _to_approve(looks.user),
    "answered": lambda _: Q(state=lifecycle.ANSWERED),
    "to_close": lambda looks: Q(close_on__lt=looks.today),
    "all": lambda _: Q(),
}
QUEUES = tuple(_QUEUES)


# By target, which column holds its day, and which one when a supervisor was told that it was missed.
MISSED = {
    deadlines.ANSWER: ("due_on", "escalated_on"),
    deadlines.ACKNOWLEDGE: ("acknowledge_on", "take_escalated_on"),
    deadlines.CLOSE: ("close_on", "close_escalated_on"),
}


def escalated(today: date) -> Q:
    """What is late and has been passed on to a supervisor."""
    found = Q()
    for day, told in MISSED.values():
        found |= Q(**{f"{day}__lt": today, f"{told}__isnull": False})
    return found


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


class ClosureQuerySet(models.QuerySet["Closure"]):
    def coming(self, today: date) -> ClosureQuerySet:
        """Those that are not over, the next one first."""
        return self.filter(last_on__gte=today).order_by("first_on", "pk")


class RecalculationQuerySet(models.QuerySet["Recalculation"]):
    def unfinished(self) -> RecalculationQuerySet:
        return self.filter(is_finished=False)

    def latest_check(self) -> RecalculationQuerySet:
        return self.filter(cause="check", is_finished=True).order_by("-begun_on", "-pk")[:1]


class RoutingRuleQuerySet(models.QuerySet["RoutingRule"]):
    def in_order(self) -> RoutingRuleQuerySet:
        """As they are asked: the lowest tier first."""
        return self.select_related("agency").order_by("tier", "position", "pk")

    def in_force(self) -> RoutingRuleQuerySet:
        """Those that decide: switched on, and not towards an agency that may read inquiries no more."""
        return self.filter(Q(agency=None) | Q(agency__reads_inquiries=True), is_active=True)

    def visible_to(self, user: Visitor) -> RoutingRuleQuerySet:
        """The twin of `may_see_rules`."""
        roles = (Role.ADMINISTRATOR, Role.AUDITOR)
        sees = any(held.role in roles and held.organisation.is_focal_point for held in memberships(user))
        return self.all() if sees else self.none()


class DryRunQuerySet(models.QuerySet["DryRun"]):
    def visible_to(self, user: Visitor) -> DryRunQuerySet:
        """The user's own."""
        return self.filter(by=user.pk)

    def under_way(self) -> DryRunQuerySet:
        return self.filter(state__in=self.model.UNDER_WAY)

    def expired(self, today: date) -> DryRunQuerySet:
        """Those whose day is over."""
        return self.filter(begun_on__lt=today)


def _held_by(looks: Onlooker) -> Q:
    """The user's own cases; and while a colleague is away whom the user covers, those of theirs that are due by the end of that."""
    held = Q(officer=looks.pk)
    for colleague, last_on in looks.covered:
        held |= Q(officer=colleague, due_on__lte=last_on)
    return held


def on_its_own() -> Q:
    """Those that are not answered together with another one that is open."""
    merged = apps.get_model("inquiries", "Relation").objects.filter(kind="merged", other__state__in=lifecycle.UNANSWERED_STATES)
    return ~Q(pk__in=merged.values("inquiry"))


class MessageQuerySet(models.QuerySet["Message"]):
    def in_order(self) -> MessageQuerySet:
        return self.order_by("position")


# --- who asks -------------------------------------------------------------------------------------------------------


def is_gatekeeper(user: Visitor) -> bool:
    """Whether the user is a gatekeeper of the focal point, which is the only office that has any."""
    return any(held.role == Role.GATEKEEPER and held.organisation.is_focal_point for held in memberships(user))


def is_auditor(user: Visitor) -> bool:
    return any(held.role == Role.AUDITOR and held.organisation.is_focal_point for held in memberships(user))


def asking_organisations(user: Visitor) -> list[Organisation]:
    """The organisations in whose name the user may ask."""
    return [*firms_of(user), *associations_of(user)]


def worked_on_by(user: Visitor) -> Exists:
    """Whether the user has had a hand in the inquiry of the row, otherwise than as a gatekeeper."""
    events = apps.get_model("inquiries", "Event").objects.filter(inquiry=OuterRef("inquiry"), official=user.pk)
    return Exists(events.exclude(kind__startswith=lifecycle.BY_GATE))


class IdentityQuerySet(models.QuerySet["Identity"]):
    def sealed(self) -> IdentityQuerySet:
        """Those whose asker has not gone on to ask by name."""
        return self.filter(inquiry__mode=lifecycle.CONFIDENTIAL, sealed_words__isnull=False)

    def openable_by(self, user: Visitor, *, today: date) -> IdentityQuerySet:
        """Those for whose opening the user may ask; the twin of `may_ask_to_open`."""
        if not is_gatekeeper(user):
            return self.none()
        under_way = apps.get_model("inquiries", "Opening").objects.under_way(today).values("inquiry")
        return self.sealed().exclude(pk__in=under_way).exclude(worked_on_by(user))


class OpeningQuerySet(models.QuerySet["Opening"]):
    def visible_to(self, user: Visitor) -> OpeningQuerySet:
        """All, for a gatekeeper of the focal point; none for everybody else."""
        return self.all() if is_gatekeeper(user) else self.none()

    def under_way(self, today: date) -> OpeningQuerySet:
        """Those that wait for somebody: to decide, or to read while the grant lasts."""
        return self.filter(Q(state=lifecycle.ASKED) | Q(state=lifecycle.GRANTED, decided_on__gte=today - self.model.LASTS))

    def waiting(self) -> OpeningQuerySet:
        """Those that nobody has decided."""
        return self.filter(state=lifecycle.ASKED)

    def over(self, today: date, *, undecided_since: date) -> OpeningQuerySet:
        """Those whose time is over: asked for before `undecided_since` and not decided, or granted and not read."""
        unread = Q(state=lifecycle.GRANTED, decided_on__lt=today - self.model.LASTS)
        return self.filter(Q(state=lifecycle.ASKED, asked_on__lt=undecided_since) | unread)

    def ran_out_for(self, user: Visitor, *, today: date) -> OpeningQuerySet:
        """Those that the user asked for lately and that ran out, unless the identity has been asked for anew or is gone."""
        later = self.model.objects.filter(inquiry=OuterRef("inquiry"), position__gt=OuterRef("position"))
        mine = self.visible_to(user).filter(state=lifecycle.LAPSED, asked_by=user.pk, asked_on__gte=today - self.model.TOLD_FOR)
        return mine.filter(inquiry__mode=lifecycle.CONFIDENTIAL).exclude(Exists(later))

    def audited_by(self, user: Visitor) -> OpeningQuerySet:
        """All, for an auditor of the focal point, who reads that and not why; none for everybody else."""
        return self.all() if is_auditor(user) else self.none()

    def decidable_by(self, user: Visitor) -> OpeningQuerySet:
        """Those that the user may agree to or refuse; the twin of `may_decide_opening`."""
        return self.visible_to(user).waiting().exclude(asked_by=user.pk).exclude(worked_on_by(user))

    def readable_by(self, user: Visitor, *, today: date) -> OpeningQuerySet:
        """Those that somebody else has granted the user, and that are good today; the twin of `may_read_identity`."""
        granted = self.visible_to(user).filter(state=lifecycle.GRANTED, asked_by=user.pk)
        return granted.filter(decided_on__gte=today - self.model.LASTS).exclude(worked_on_by(user))

    def with_case(self) -> OpeningQuerySet:
        """With all that a row of the gatekeepers' page shows."""
        return self.select_related("inquiry", "inquiry__identity", "asked_by", "decided_by").defer("inquiry__sealed_subject")

    def oldest_first(self) -> OpeningQuerySet:
        return self.order_by("asked_on", "pk")

    def with_people(self) -> OpeningQuerySet:
        """With all that an auditor sees; no sealed column is fetched."""
        people = self.select_related("inquiry", "asked_by", "decided_by")
        return people.only(
            "state",
            "asked_on",
            "decided_on",
            "read_on",
            "inquiry__reference",
            "asked_by__name",
            "asked_by__email",
            "decided_by__name",
            "decided_by__email",
        )

    def newest_first(self) -> OpeningQuerySet:
        return self.order_by("-asked_on", "-position", "pk")


class NamedAskerQuerySet(models.QuerySet["NamedAsker"]):
    def followed_by(self, user: Visitor) -> NamedAskerQuerySet:
        """Those in the name of an organisation that the user belongs to now; the twin of `may_follow`."""
        return self.filter(organisation__in=asking_organisations(user))

    def known_to(self, user: Visitor) -> NamedAskerQuerySet:
        """Those of inquiries that the official may read; the twin of `may_reveal`."""
        return self.filter(inquiry__in=apps.get_model("inquiries", "Inquiry").objects.visible_to(user).values("pk"))

    def newest_first(self) -> NamedAskerQuerySet:
        return self.order_by("-inquiry__received_on", "inquiry__reference")


# --- answers for everybody ------------------------------------------------------------------------------------------

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

    def to_approve_by(self, user: Visitor) -> PublicationQuerySet:
        """Those that wait for approval and that the user may approve: the twin of `may_approve_publication`."""
        agencies = [held.organisation for held in memberships(user) if held.role in APPROVER_ROLES]
        revisions = apps.get_model("inquiries", "PublicationRevision").objects
        own = revisions.filter(publication=OuterRef("pk"), number__gt=Coalesce(OuterRef("published_revision"), 0), by=user.pk)
        return self.filter(state=lifecycle.IN_REVIEW, agency__in=agencies).exclude(Exists(own))

    def due(self, today: date) -> PublicationQuerySet:
        return self.filter(state=lifecycle.APPROVED, not_before__lte=today)

    def newest_first(self) -> PublicationQuerySet:
        return self.order_by(F("published_on").desc(nulls_last=True), "pk")

    def on_code(self, code: str) -> PublicationQuerySet:
        """Those on a control entry, on what stands below it and on what it stands below: 3A001 and 3A001.a.5 find each other."""
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
        """Those that have come out and may already answer `text`, the likeliest first; the same topic counts more.

        One does if its title or question shares LEAST_SHARED telling words with the text, or a third of them, or a control entry.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT tsvector_to_array(to_tsvector('english', %s))", [text])
            (lexemes,) = cursor.fetchone()
        # The longest words say most; a bound keeps the search cheap whatever is pasted in.
        telling = sorted(filter(_is_telling, lexemes), key=lambda lexeme: (-len(lexeme), lexeme))[:MOST_LEXEMES]
        entries = codes_in(text)
        if not entries and not self._any_shares(telling):
            return self.none()  # most questions end here, at the price of two plain statements
        public = self.public().defer("search", "question")
        on_entries = near_codes(self.model._meta.db_table, entries)  # noqa: SLF001  Django's documented _meta
        if not telling:
            return public.filter(on_entries).annotate(rank=Value(0.0)).order_by("pk")
        query = SearchQuery(_any_of(telling), config="simple", search_type="raw")
        shared = RawSQL(_SHARED, [telling], IntegerField())  # noqa: S611  the words are parameters
        share = Case(When(topic=topic, then=Value(1.5)), default=Value(1.0))
        ranked = public.annotate(rank=SearchRank(F("search"), query) * share, shared=shared)
        enough = Q(search=query, shared__gte=_enough(telling))
        return ranked.filter(enough | on_entries).order_by("-rank", "pk")

    def _any_shares(self, telling: list[str]) -> bool:
        """Whether any answer that has come out shares enough words: far cheaper to ask than which of them do."""
        found = f"published_revision IS NOT NULL AND search @@ to_tsquery('simple', %s) AND {_SHARED} >= %s"
        statement = f"SELECT EXISTS (SELECT 1 FROM inquiries_publication WHERE {found})"  # noqa: S608  the words are parameters
        with connections[self.db].cursor() as cursor:
            cursor.execute(statement, [_any_of(telling), telling, _enough(telling)])
            return bool(cursor.fetchone()[0])


LEAST_SHARED = 2
# How many of the words stand in an answer's title or question.
_SHARED = (
    "cardinality(ARRAY(SELECT unnest(tsvector_to_array(ts_filter(inquiries_publication.search, '{a,b}')))"
    " INTERSECT SELECT unnest(%s::text[])))"
)
# What every question here is full of, as the English dictionary stems it: two of these in common mean nothing.
_COMMON = """
control list export import licenc firm compani need sell buy use may would could countri custom end user item product
good question ask want year new know deliv deliveri order send ship permit requir rule union europ european eu trade
make made get one two three four five first whether answer say pleas help also thank dear regard tell case abroad third
person
"""
_EVERYWHERE = frozenset(_COMMON.split())


def _is_telling(lexeme: str) -> bool:
    """Whether it is a word, and not one that is everywhere; numbers, addresses and codes say nothing of what is asked."""
    return len(lexeme) > 2 and lexeme[0].isalpha() and lexeme.replace("-", "").isalnum() and lexeme not in _EVERYWHERE


def _enough(telling: list[str]) -> int:
    return min(LEAST_SHARED, math.ceil(len(telling) / 3))


def _any_of(telling: list[str]) -> str:
    """The words as a query for any of them in a title or question; matches nothing where there are none."""
    return " | ".join(f"{_quoted(each)}:AB" for each in telling)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def usable_by(self, user: Visitor) -> SavedFilterQuerySet:
        """The user's own and those that a colleague shares with an agency for which the user reads inquiries."""
        shared = Q(agency__in=reading_agencies(user))
        return self.filter(Q(owner=user.pk) | shared).order_by("name", "pk")

    def owned_by(self, user: Visitor) -> SavedFilterQuerySet:
        """Those that the user may rename, share and delete."""
        return self.filter(owner=user.pk).order_by("name", "pk")


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
        return self.order_by("message", "part", "start", "pk")


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def shown(self) -> AttachmentQuerySet:
        return self.filter(withheld_on=None)

    def withheld(self) -> AttachmentQuerySet:
        return self.filter(withheld_on__isnull=False)

    def in_order(self) -> AttachmentQuerySet:
        return self.order_by("message__position", "position", "pk")


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def not_over(self, today: date) -> AbsenceQuerySet:
        return self.filter(last_on__gte=today).order_by("first_on", "pk")

    def on(self, day: date) -> AbsenceQuerySet:
        return self.filter(first_on__lte=day, last_on__gte=day)

    def of(self, user: Visitor) -> AbsenceQuerySet:
        """The user's own, and those in which the user stands in."""
        return self.filter(Q(user=user.pk) | Q(cover=user.pk))

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
