"""The calculator of deadlines, by table and against an oracle of another make that walks through the days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inquiries import deadlines, lifecycle
from inquiries.calendars import Calendar
from inquiries.deadlines import Clock, Event, Targets, TargetTable, clock, rounds, standard
from inquiries.models import Priority, Topic

MONDAY = date(2026, 11, 23)
TARGETS = Targets(acknowledge=2, answer=5, close=10)
EE = Calendar("EE")
ONE_DAY = timedelta(days=1)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def history(*events: tuple[str, int] | tuple[str, int, int]) -> list[Event]:
    return [Event(event[0], day(event[1]), *event[2:]) for event in events]


def now(*events: tuple[str, int] | tuple[str, int, int], calendar: Calendar = EE, targets: Targets = TARGETS) -> Clock:
    return clock(rounds(history(*events))[-1], targets=targets, calendar=calendar)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("received", 0)], date(2026, 11, 30)),
        ([("received", 5)], date(2026, 12, 4)),  # came on a Saturday
        ([("received", 0), ("take", 0), ("ask-back", 1)], None),  # it is the asker's turn
        ([("received", 0), ("ask-back", 1), ("asker-writes", 3)], date(2026, 12, 2)),  # Wednesday and Thursday were the asker's
        ([("received", 0), ("answer", 2)], None),
        ([("received", 0), ("answer", 2), ("asker-writes", 7)], date(2026, 12, 7)),  # a new question, a new clock
        ([("received", 0), ("close", 2)], None),
        ([("received", 0), ("asker-writes", 1)], date(2026, 11, 30)),  # more words move nothing
        ([("received", 0), ("extend", 1, 3)], date(2026, 12, 3)),
        ([("received", 0), ("extend", 7, 3)], date(2026, 12, 3)),  # on the day itself: Monday, and three more
        ([("received", 0), ("extend", 10, 3)], date(2026, 12, 8)),  # late already: three from then
        ([("received", 0), ("extend", 1, 3), ("extend", 2, 2)], date(2026, 12, 7)),
        ([("received", 0), ("ask-back", 1), ("asker-writes", 3), ("extend", 3, 2)], date(2026, 12, 4)),
        ([("received", 0), ("answer", 2), ("asker-writes", 7), ("extend", 7, 1)], date(2026, 12, 8)),
        ([("received", 0), ("portal-escalates", 8), ("route", 9)], date(2026, 11, 30)),  # neither moves a day
    ],
)
def test_an_answer_in_five_business_days(events: list[Any], expected: date | None) -> None:
    assert now(*events).due_on == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("received", 0)], date(2026, 11, 25)),
        ([("received", 0), ("take", 1)], None),
        ([("received", 0), ("take", 1), ("route", 2)], None),  # taken once, whoever has it now
        ([("received", 0), ("take", 1), ("answer", 2), ("asker-writes", 3)], None),
        ([("received", 0), ("asker-closes", 1), ("asker-reopens", 7)], date(2026, 12, 2)),
    ],
)
def test_it_is_taken_in_two_business_days(events: list[Any], expected: date | None) -> None:
    assert now(*events).acknowledge_on == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("received", 0), ("take", 0)], None),
        ([("received", 0), ("take", 0), ("answer", 0)], date(2026, 12, 7)),
        ([("received", 0), ("take", 0), ("ask-back", 0)], date(2026, 12, 7)),
        ([("received", 0), ("take", 0), ("answer", 0), ("close", 1)], None),
        ([("received", 0), ("take", 0), ("answer", 0), ("asker-settles", 1)], None),
        ([("received", 0), ("take", 0), ("answer", 0), ("asker-writes", 1)], None),
    ],
)
def test_it_is_closed_after_ten_business_days_of_silence(events: list[Any], expected: date | None) -> None:
    assert now(*events).close_on == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("received", 0)], None),
        ([("received", 0), ("portal-escalates", 8)], day(8)),
        ([("received", 0), ("portal-escalates", 8), ("extend", 9, 2)], None),  # a new day, which may be missed anew
        ([("received", 0), ("portal-escalates", 8), ("extend", 9, 2), ("portal-escalates", 14)], day(14)),
        ([("received", 0), ("portal-escalates", 8), ("take", 8), ("answer", 9)], None),
        ([("received", 0), ("portal-escalates", 8), ("take", 8), ("answer", 9), ("asker-writes", 10)], None),
    ],
)
def test_an_escalation_is_of_one_day_that_was_missed(events: list[Any], expected: date | None) -> None:
    assert now(*events).escalated_on == expected


def test_a_case_is_marked_two_business_days_before_it_has_to_be_answered_or_closed() -> None:
    assert now(("received", 0)).warn_on == date(2026, 11, 26)
    assert now(("received", 0), ("take", 0), ("answer", 0)).warn_on == date(2026, 12, 3)


TAKING, CLOSING = "portal-escalates-taking", "portal-escalates-closing"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("received", 0), (TAKING, 3)], (day(3), None)),
        ([("received", 0), (TAKING, 3), ("take", 3)], (None, None)),
        ([("received", 0), ("take", 0), ("answer", 0), (CLOSING, 15)], (None, day(15))),
        ([("received", 0), ("take", 0), ("ask-back", 0), (CLOSING, 15), ("answer", 15)], (None, None)),
        ([("received", 0), ("take", 0), ("ask-back", 0), (CLOSING, 15), ("asker-writes", 15), ("ask-back", 16)], (None, None)),
        ([("received", 0), ("take", 0), ("answer", 0), (CLOSING, 15), ("close", 16)], (None, None)),
    ],
)
def test_what_is_not_taken_or_closed_in_time_is_passed_on_for_that_day(events: list[Any], expected: Any) -> None:
    found = now(*events)
    assert (found.take_escalated_on, found.close_escalated_on) == expected


def test_public_holidays_and_closures_do_not_count() -> None:
    one = Targets(1, 1, 1)
    christmas = history(("received", 30))
    assert clock(rounds(christmas)[-1], targets=one, calendar=EE).due_on == date(2026, 12, 28)
    closed = Calendar("EE", frozenset({date(2026, 12, 28)}))
    assert clock(rounds(christmas)[-1], targets=one, calendar=closed).due_on == date(2026, 12, 29)


def test_a_calendar_without_a_business_day_is_refused() -> None:
    always = Calendar("EE", frozenset(day(number) for number in range(4000)))
    with pytest.raises(ValueError, match="no business days"):
        always.after(MONDAY, 1)


def test_asking_back_after_the_day_hides_no_delay() -> None:
    late = rounds(history(("received", 0), ("take", 0), ("ask-back", 9)))[-1]
    assert deadlines.answer_due(late, target=5, calendar=EE) == date(2026, 11, 30)
    early = rounds(history(("received", 0), ("take", 0), ("ask-back", 3)))[-1]
    assert deadlines.answer_due(early, target=5, calendar=EE) is None


# --- targets --------------------------------------------------------------------------------------------------------


def test_every_topic_and_priority_has_a_standard_and_what_presses_comes_first() -> None:
    assert set(deadlines.TARGETS) == set(Topic.values)
    assert set(deadlines.PRESSING) == set(Priority.values)
    for topic in Topic.values:
        urgent, high, normal = (standard(topic, priority) for priority in ("urgent", "high", "normal"))
        assert 1 <= urgent.answer <= high.answer <= normal.answer
        assert all(each.acknowledge <= each.answer for each in (urgent, high, normal))


def test_a_target_is_in_force_from_its_day_until_the_next() -> None:
    first, second = Targets(1, 7, 9), Targets(2, 8, 9)
    table = TargetTable([("other", "normal", day(20), second), ("other", "normal", day(10), first)])
    found = [table.at("other", "normal", day(number)) for number in (9, 10, 19, 20, 99)]
    assert found == [standard("other", "normal"), first, first, second, second]
    assert table.at("other", "high", day(99)) == standard("other", "high")


# --- the oracle -----------------------------------------------------------------------------------------------------

COUNTRIES = {each: holidays.country_holidays(each) for each in ("EE", "FI", "DE", "US", "JP", "IL", "AE", "CN")}


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A walk through the table of moves, with gaps of up to two weeks and several events on some days."""
    state, has_officer, on = lifecycle.RECEIVED, False, date(2025, 12, 1) + timedelta(days=draw(st.integers(0, 500)))
    found = [Event("received", on)]
    for _ in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(sorted(lifecycle.moves_from(state))))
        on += timedelta(days=draw(st.integers(0, 14)))
        found.append(Event(kind, on, draw(st.integers(1, 12)) if kind == "extend" else 0))
        has_officer = kind in ("take", "hand-over") or (has_officer and kind != "route")
        state = lifecycle.MOVES[kind][state]
        if state == lifecycle.IN_HAND and not has_officer:
            state = lifecycle.RECEIVED
    return found


@settings(max_examples=1500, deadline=None)
@given(
    histories(),
    st.sampled_from(sorted(COUNTRIES)),
    st.builds(Targets, st.integers(1, 5), st.integers(1, 30), st.integers(1, 30)),
    st.lists(st.integers(0, 700), max_size=12),
)
def test_every_day_agrees_with_walking_through_the_days(
    events: list[Event], country: str, targets: Targets, closed: list[int]
) -> None:
    closures = frozenset(date(2025, 12, 1) + timedelta(days=number) for number in closed)
    found = clock(rounds(events)[-1], targets=targets, calendar=Calendar(country, closures))
    assert found == Walk(events, country, closures, targets).to_the_end()


@settings(deadline=None)
@given(histories(), st.integers(1, 30))
def test_an_answer_is_owed_in_the_open_states_and_nowhere_else(events: list[Event], target: int) -> None:
    found = clock(rounds(events)[-1], targets=Targets(1, target, 5), calendar=EE)
    state, has_officer = lifecycle.RECEIVED, False
    for event in events[1:]:
        has_officer = event.kind in ("take", "hand-over") or (has_officer and event.kind != "route")
        state = lifecycle.MOVES[event.kind][state]
        state = lifecycle.RECEIVED if state == lifecycle.IN_HAND and not has_officer else state
    assert (found.due_on is not None) == (state in lifecycle.OPEN_STATES)
    assert (found.close_on is not None) == (state in (lifecycle.WAITING, lifecycle.ANSWERED))
    assert found.acknowledge_on is None or state == lifecycle.RECEIVED


class Walk:
    """The rules once more, as somebody with a paper calendar would keep them: one day after the other, crossing off what is left.

    It knows nothing of rounds, stretches or sums: only who has the question when the day begins, and how many days are left.
    """

    def __init__(self, events: list[Event], country: str, closures: frozenset[date], targets: Targets) -> None:
        self.events, self.closures, self.targets = events, closures, targets
        self.holidays = COUNTRIES[country]
        self.office_has_it = False
        self.left = self.left_to_take = self.left_to_close = 0
        self.due: date | None = None
        self.take_by: date | None = None
        self.close_by: date | None = None
        self.escalated: dict[str, date | None] = {}
        self.was_taken = False
        self.marks: list[date] = []

    def to_the_end(self) -> Clock:
        today, waiting = self.events[0].on, list(self.events)
        while waiting or self._is_undecided():
            self._cross_off(today)
            while waiting and waiting[0].on == today:
                self._hear(waiting.pop(0), today)
            today += ONE_DAY
        marked = self.due if self.office_has_it else self.close_by
        return Clock(
            due_on=self.due if self.office_has_it else None,
            warn_on=next(self._business_days_before(marked)) if marked else None,
            acknowledge_on=self.take_by if self.office_has_it and not self.was_taken else None,
            close_on=self.close_by,
            escalated_on=self.escalated.get("portal-escalates") if self.office_has_it else None,
            take_escalated_on=self.escalated.get(TAKING) if self.office_has_it and not self.was_taken else None,
            close_escalated_on=self.escalated.get(CLOSING) if self.close_by else None,
        )

    def _is_undecided(self) -> bool:
        return (
            (self.office_has_it and self.due is None)
            or (self.office_has_it and not self.was_taken and self.take_by is None)
            or self.left_to_close > 0
        )

    def _cross_off(self, today: date) -> None:
        if not self._is_worked_on(today):
            return
        if self.left_to_close:
            self.left_to_close -= 1
            self.close_by = today if self.left_to_close == 0 else None
        if not self.office_has_it:
            return
        if self.left:
            self.left -= 1
            self.due = today if self.left == 0 else None
        if self.left_to_take:
            self.left_to_take -= 1
            self.take_by = today if self.left_to_take == 0 else None

    def _hear(self, event: Event, today: date) -> None:
        kind = event.kind
        if kind in ("received", "asker-writes", "asker-reopens"):
            self._hear_the_asker(is_new=kind == "received" or not self.is_owed)
        elif kind in ("ask-back", "answer"):
            self.office_has_it, self.close_by, self.left_to_close = False, None, self.targets.close
            self.is_owed, self.escalated[CLOSING] = self.is_owed and kind == "ask-back", None
        elif kind in ("close", "asker-settles", "asker-closes"):
            self.office_has_it = self.is_owed = False
            self.close_by, self.left_to_close = None, 0
        elif kind in ("take", "hand-over"):
            self.was_taken = True
        elif kind == "extend":
            self.left, self.due, self.escalated["portal-escalates"] = self.left + event.days, None, None
        elif kind.startswith("portal-escalates"):
            self.escalated[kind] = today

    is_owed = False

    def _hear_the_asker(self, *, is_new: bool) -> None:
        self.office_has_it, self.close_by, self.left_to_close = True, None, 0
        if is_new:
            self.is_owed = True
            self.left, self.due, self.escalated = self.targets.answer, None, {}
            self.left_to_take, self.take_by = self.targets.acknowledge, None

    def _is_worked_on(self, day_: date) -> bool:
        if day_ in self.closures or self.holidays.get(day_):
            return False
        return day_.weekday() not in self._weekend(day_) or day_ in getattr(self.holidays, "weekend_workdays", ())

    def _weekend(self, day_: date) -> set[int]:
        found = getattr(self.holidays, "_get_weekend", lambda _day: self.holidays.weekend)(day_)
        return set(found)

    def _business_days_before(self, day_: date) -> Iterator[date]:
        """The second business day before."""
        seen = 0
        while True:
            day_ -= ONE_DAY
            seen += self._is_worked_on(day_)
            if seen == 2:
                yield day_
