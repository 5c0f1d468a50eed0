"""The deadlines of an inquiry: worked out from its history, the targets and the calendar, kept in its columns for the queues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from inquiries import deadlines, lifecycle, models
from inquiries.calendars import Calendar, days_after
from inquiries.deadlines import Clock, Event, Round, Targets, TargetTable
from inquiries.models import Closure, Inquiry, ResponseTarget
from inquiries.querysets import is_fetched
from organisations.querysets import prepared

# The columns that are worked out and never set by hand.
DERIVED = (
    "due_on", "warn_on", "acknowledge_on", "close_on", "escalated_on", "take_escalated_on", "close_escalated_on",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What deadlines are worked out with, read once for any number of inquiries."""

    calendar: Calendar
    targets: TargetTable

    def targets_of(self, inquiry: Inquiry, started: date) -> Targets:
        """The targets of a round that started on that day: those in force then, whatever has been set since.

        A target that a routing rule set for this case goes before that of its topic.
        """
        found = self.targets.at(inquiry.topic, inquiry.priority, started)
        return replace(found, answer=inquiry.target_days) if inquiry.target_days else found

    def clock(self, inquiry: Inquiry, current: Round) -> Clock:
        return deadlines.clock(current, targets=self.targets_of(inquiry, current.started), calendar=self.calendar)

    def answer_due(self, inquiry: Inquiry, current: Round) -> date | None:
        """The day on which the answer of a round is or was due; None if it had been put to the asker before."""
        target = self.targets_of(inquiry, current.started).answer
        return deadlines.answer_due(current, target=target, calendar=self.calendar)


@dataclass(frozen=True)
class FirstAnswer:
    """The first answer of an inquiry: `days` are the business days for which the office had the question."""

    on: date
    days: int
    is_in_time: bool


def office_calendar() -> Calendar:
    closures = frozenset(day for first, last in _closures() for day in (first, *days_after(first, last)))
    return Calendar(settings.COUNTRY, closures)


@prepared
def _closures() -> QuerySet[Closure, tuple[date, date]]:
    return Closure.objects.values_list("first_on", "last_on")


def rules() -> Rules:
    table = TargetTable((topic, priority, valid_from, Targets(*days)) for topic, priority, valid_from, *days in _targets())
    return Rules(office_calendar(), table)


@prepared
def _targets() -> QuerySet[ResponseTarget, tuple[Any, ...]]:
    return ResponseTarget.objects.values_list("topic", "priority", "valid_from", "acknowledge", "answer", "close")


def events_of(inquiry: Inquiry) -> list[Event]:
    """The history as the calculator reads it, oldest first."""
    if is_fetched(inquiry, "events"):
        return as_read(inquiry.events.all())  # fetched in their order
    found = inquiry.events.order_by("position").values_list("kind", "on", "days")
    return [Event(kind, on, days or 0) for kind, on, days in found]


def as_read(rows: Iterable[models.Event]) -> list[Event]:
    return [Event(row.kind, row.on, row.days or 0) for row in rows]


def current_round(inquiry: Inquiry) -> Round:
    return deadlines.rounds(events_of(inquiry))[-1]


def settle(inquiry: Inquiry, events: Sequence[Event], by: Rules) -> bool:
    """Set the derived columns of a locked inquiry, unsaved; return whether any of them was another."""
    found = by.clock(inquiry, deadlines.rounds(events)[-1])
    differs = any(getattr(inquiry, name) != getattr(found, name) for name in DERIVED)
    for name in DERIVED:
        setattr(inquiry, name, getattr(found, name))
    return differs


def late_since(inquiry: Inquiry, *, today: date) -> date | None:
    """The day on which the answer was due, if one is owed and that day is past; also while the asker is asked after it."""
    if inquiry.state not in lifecycle.UNANSWERED_STATES or (inquiry.due_on is not None and inquiry.due_on >= today):
        return None
    current = current_round(inquiry)
    if not current.is_running:
        return None
    due = rules().answer_due(inquiry, current)
    return due if due is not None and due < today else None


def first_answer(inquiry: Inquiry, events: Sequence[Event], by: Rules) -> FirstAnswer | None:
    for current in deadlines.rounds(events):
        if current.answered is not None:
            due = by.answer_due(inquiry, current)
            days = deadlines.office_days(current, until=current.answered, calendar=by.calendar)
            return FirstAnswer(current.answered, days, is_in_time=due is None or current.answered <= due)
    return None


@dataclass(frozen=True)
class Standing:
    """Who has a question since when, and what was added to its time: the line of the clock on the case page."""

    current: Round
    clock: Clock
    is_with_asker: bool
    since: date
    paused_days: int
    days_left: int | None  # business days until the answer is due; negative ones since it was
    was_late: bool  # in any round, as far as its last day tells, or put off, which may have been late

    @property
    def is_paused(self) -> bool:
        return self.current.is_running and self.current.asked is not None

    @property
    def days_late(self) -> int:
        return max(0, -(self.days_left or 0))

    @property
    def may_be_extended(self) -> bool:
        return len(self.current.extensions) < deadlines.MOST_EXTENSIONS


def standing(inquiry: Inquiry, *, today: date) -> Standing:
    events, by = events_of(inquiry), rules()
    current = deadlines.rounds(events)[-1]
    found = by.clock(inquiry, current)
    with_asker, since = _holder(events)
    pauses = [*current.pauses, *([(current.asked, today)] if current.asked else [])]
    return Standing(
        current=current,
        clock=found,
        is_with_asker=with_asker,
        since=since,
        paused_days=sum(by.calendar.between(asked, until) for asked, until in pauses),
        days_left=_business_days_until(found.due_on, today, by.calendar),
        was_late=any(each.extensions or _was_late(inquiry, each, by, today) for each in deadlines.rounds(events)),
    )


def _was_late(inquiry: Inquiry, each: Round, by: Rules, today: date) -> bool:
    targets, ended = by.targets_of(inquiry, each.started), each.ended or today
    answered = deadlines.answer_due(each, target=targets.answer, calendar=by.calendar)
    closed = deadlines.close_due(each, target=targets.close, calendar=by.calendar)
    return (
        (answered is not None and (each.answered or ended) > answered)
        or (closed is not None and ended > closed)
        or (each.taken or ended) > deadlines.take_due(each, target=targets.acknowledge, calendar=by.calendar)
    )


def _business_days_until(day: date | None, today: date, calendar: Calendar) -> int | None:
    if day is None:
        return None
    return calendar.between(today, day) if day >= today else -calendar.between(day, today)


TO_ASKER = ("ask-back", "answer", "close", "asker-settles", "asker-closes")
TO_OFFICE = ("asker-writes", "asker-reopens")
CHANGES_HANDS = ("take", "hand-over", "route", "apply-rules", "portal-routes")


def _holder(events: Sequence[Event]) -> tuple[bool, date]:
    """Whether the asker has the word, and since which day whoever has it does."""
    with_asker, since = False, events[0].on
    for event in events:
        if event.kind in TO_ASKER and not with_asker:
            with_asker, since = True, event.on
        elif (event.kind in CHANGES_HANDS and not with_asker) or (event.kind in TO_OFFICE and with_asker):
            with_asker, since = False, event.on
    return with_asker, since
