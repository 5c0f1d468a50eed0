"""The numbers that inquiries offer to the dashboard and to those who oversee the work."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncQuarter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inquiries import lifecycle, retention
from inquiries.models import Breach, Consultation, ErasedBreach, Event, Inquiry, Mention, Opening, Recalculation, State
from inquiries.querysets import escalated, onlooker, queue_counts, supervised_agencies
from organisations.permissions import Visitor

# Days since an inquiry came in: from, to.
AGES = ((0, 7), (8, 14), (15, 30), (31, 60), (61, 100_000))
AGE_LABELS = (
    gettext_lazy("A week at most"),
    gettext_lazy("Two weeks"),
    gettext_lazy("A month"),
    gettext_lazy("Two months"),
    gettext_lazy("Older"),
)
QUARTERS = 4


@dataclass(frozen=True)
class Table:
    """Counts with a label to each row; `name` stands for it in an address."""

    name: str
    caption: str
    head: list[str]
    rows: list[tuple[str, list[int]]]


def openings_to_decide(user: Visitor) -> int:
    """How many wishes to learn who asks wait for this gatekeeper."""
    return Opening.objects.decidable_by(user).count()


def openings_run_out(user: Visitor, *, today: date) -> int:
    """How many of this gatekeeper's own wishes ran out lately."""
    return Opening.objects.ran_out_for(user, today=today).count()


def queues(user: Visitor, *, today: date) -> dict[str, int]:
    """How many inquiries the user would find in each queue of the desk."""
    return queue_counts(onlooker(user, today))


def about_advisory(user: Visitor, key: UUID) -> tuple[int, int]:
    """How many of the inquiries that the user may see were asked about an advisory, and how many are sightings of it."""
    found = Inquiry.objects.visible_to(user).about_advisory(key)
    counted = found.aggregate(asked=Count("pk", filter=Q(is_sighting=False)), seen=Count("pk", filter=Q(is_sighting=True)))
    return counted["asked"], counted["seen"]


def deadlines_that_differed() -> int:
    """How many deadlines the last nightly check had to set right."""
    found = Recalculation.objects.latest_check().first()
    return found.differed if found else 0


def overseen(user: Visitor, *, today: date) -> list[Table]:
    """What a supervisor looks at: backlog, load and why answers were late, of what the supervisor oversees."""
    return [
        _backlog(user, today),
        _load(user, today, by="agency__name", name="agencies", caption=_("Load of each agency"), nobody=_("Focal point")),
        _load(user, today, by="officer__name", name="people", caption=_("Load of each person"), nobody=_("Nobody yet")),
        _answers(user, today),
        _reasons(user, today),
    ]


def _open(user: Visitor) -> QuerySet[Inquiry]:
    return Inquiry.objects.supervised_by(user).exclude(state=lifecycle.CLOSED)


def _backlog(user: Visitor, today: date) -> Table:
    """How old what is not closed has become."""
    bands = {
        f"age_{place}": Count("pk", filter=Q(received_on__lte=today - timedelta(days=low), received_on__gte=_days_ago(today, high)))
        for place, (low, high) in enumerate(AGES)
    }
    found = {state: numbers for state, *numbers in _open(user).order_by().values_list("state").annotate(**bands)}
    states = [State(state) for state in lifecycle.STATES if state != lifecycle.CLOSED]
    rows = [(str(state.label), list(found.get(state, [0] * len(AGES)))) for state in states]
    return Table("backlog", _("Backlog by age"), [_("State"), *map(str, AGE_LABELS), _("All")], _with_sums(rows))


def _days_ago(today: date, days: int) -> date:
    return today - timedelta(days=days)


def _load(user: Visitor, today: date, *, by: str, name: str, caption: str, nobody: str) -> Table:
    counts = {
        "new": Q(state=lifecycle.RECEIVED),
        "untaken": Q(acknowledge_on__lt=today),
        "in_hand": Q(state=lifecycle.IN_HAND),
        "overdue": Q(due_on__lt=today),
        "escalated": escalated(today),
        "waiting": Q(state=lifecycle.WAITING),
        "to_close": Q(close_on__lt=today),
    }
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(counts))
    annotated = {key: Count("pk", filter=condition) for key, condition in counts.items()}
    for who, *numbers in _open(user).order_by(by).values_list(by).annotate(**annotated):
        found[who or nobody] = [before + more for before, more in zip(found[who or nobody], numbers, strict=True)]
    head = [
        _("Who"),
        _("New"),
        _("Not taken in time"),
        _("In hand"),
        _("Overdue"),
        _("Escalated"),
        _("Waiting for the asker"),
        _("To close"),
    ]
    return Table(name, caption, head, sorted(found.items()))


def _answers(user: Visitor, today: date) -> Table:
    """How many answers went out, how many came after their day, and how often and by how much they were put off."""
    since = _first_quarter(today)
    overseen_ = _of_overseen(user)
    events = (
        Event.objects.filter(overseen_, kind__in=["answer", "extend"], on__gte=since)
        .annotate(quarter=TruncQuarter("on"))
        .values("quarter")
        .order_by()
        .annotate(answers=Count("pk", filter=Q(kind="answer")), extensions=Count("pk", filter=Q(kind="extend")), days=Sum("days"))
    )
    late = (
        Breach.objects.filter(overseen_, target=Breach.Target.ANSWER, met_on__gte=since)
        .annotate(quarter=TruncQuarter("met_on"))
        .values("quarter")
        .order_by()
        .annotate(number=Count("inquiry", distinct=True))
    )
    lates = {row["quarter"]: row["number"] for row in late}
    found = {row["quarter"]: row for row in events}
    rows = [
        (quarter_name(quarter), [_number(found, quarter, "answers"), lates.get(quarter, 0), *_extended(found, quarter)])
        for quarter in _quarters(today)
    ]
    head = [_("Quarter"), _("Answers"), _("Late answers"), _("Put off"), _("By business days")]
    return Table("answers", _("Answers and extensions of what has not been erased"), head, rows)


def _extended(found: dict[date, Any], quarter: date) -> list[int]:
    return [_number(found, quarter, "extensions"), _number(found, quarter, "days")]


def _number(found: dict[date, Any], quarter: date, name: str) -> int:
    return (found.get(quarter, {}).get(name)) or 0


def _reasons(user: Visitor, today: date) -> Table:
    """Why cases were taken, answered or closed late; what was erased counts for the focal point, which oversees all agencies."""
    since, counted = _first_quarter(today), defaultdict[tuple[str, date], int](int)
    living = (
        Breach.objects.filter(_of_overseen(user), on__gte=since)
        .annotate(quarter=TruncQuarter("on"))
        .values("reason", "quarter")
        .order_by()
        .annotate(number=Count("pk"))
    )
    for row in living:
        counted[row["reason"], row["quarter"]] += row["number"]
    if _oversees_all(user):
        for erased in ErasedBreach.objects.filter(quarter__gte=since):
            counted[erased.reason, erased.quarter] += erased.number
    quarters = _quarters(today)
    rows = [(str(reason.label), [counted[reason, quarter] for quarter in quarters]) for reason in Breach.Reason]
    head = [_("Reason"), *map(quarter_name, quarters), _("All")]
    return Table("reasons", _("Why cases were taken, answered or closed late"), head, _with_sums(rows))


def _oversees_all(user: Visitor) -> bool:
    return any(agency.is_focal_point for agency in supervised_agencies(user))


def _of_overseen(user: Visitor) -> Q:
    return Q() if _oversees_all(user) else Q(inquiry__in=Inquiry.objects.supervised_by(user))


def _with_sums(rows: list[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    """Each row with its sum at its end, and a last row with the sums of the columns."""
    summed = [(label, [*numbers, sum(numbers)]) for label, numbers in rows]
    return [*summed, (_("All"), [sum(column) for column in zip(*(numbers for _label, numbers in summed), strict=True)])]


def _quarters(today: date) -> list[date]:
    """The first days of the last quarters, this one last."""
    found = [retention.quarter(today)]
    while len(found) < QUARTERS:
        found.insert(0, retention.quarter(found[0] - timedelta(days=1)))
    return found


def _first_quarter(today: date) -> date:
    return _quarters(today)[0]


def quarter_name(quarter: date) -> str:
    return _("Q%(number)d %(year)d") % {"number": (quarter.month + 2) // 3, "year": quarter.year}


def mentions_unseen(user: Visitor) -> int:
    """In how many notes a colleague calls the user, who has not seen them yet."""
    return Mention.objects.visible_to(user).unseen().count()


def consulting(user: Visitor, *, today: date) -> dict[str, int]:
    """How many answers and disagreements wait for the user's decision, and how much the user's agencies are asked."""
    asked = Consultation.objects.awaited().asked_of(user)
    counts: dict[str, int] = asked.aggregate(asked=Count("pk"), asked_overdue=Count("pk", filter=Q(due_on__lt=today)))
    to_settle = Inquiry.objects.to_settle_by(user).count()
    return counts | {"to_approve": Inquiry.objects.to_approve_by(user).count(), "to_settle": to_settle}
