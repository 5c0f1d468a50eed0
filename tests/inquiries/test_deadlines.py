from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inquiries.deadlines import Event, due_on, is_business_day

MONDAY = date(2026, 11, 23)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


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
    ],
)
def test_five_business_days(events: list[tuple[str, int]], expected: date | None) -> None:
    assert due_on([Event(kind, day(on)) for kind, on in events], target=5, country="EE") == expected


def test_public_holidays_do_not_count() -> None:
    assert due_on([Event("received", date(2026, 12, 23))], target=1, country="EE") == date(2026, 12, 28)


@given(
    st.lists(st.tuples(st.sampled_from(["take", "ask-back", "asker-writes"]), st.integers(0, 9)), max_size=12),
    st.integers(1, 20),
)
def test_the_deadline_agrees_with_counting_day_by_day(moves: list[tuple[str, int]], target: int) -> None:
    events, on = [Event("received", MONDAY)], MONDAY
    for kind, gap in moves:
        on += timedelta(days=gap)
        events.append(Event(kind, on))
    assert due_on(events, target=target, country="EE") == _by_counting(events, target)


def _by_counting(events: list[Event], target: int) -> date | None:
    """An oracle of another make: walk through the days with the question who has the ball at the start of each."""
    if _asked_at_the_end(events):
        return None
    day_, left = events[0].on, target
    while left:
        day_ += timedelta(days=1)
        left -= is_business_day(day_, country="EE") and not _asker_holds(events, day_)
    return day_


def _asked_at_the_end(events: list[Event]) -> bool:
    asked = False
    for event in events:
        asked = event.kind == "ask-back" or (asked and event.kind != "asker-writes")
    return asked


def _asker_holds(events: list[Event], when: date) -> bool:
    """Whether some question was open when the day began."""
    asked: date | None = None
    for event in events:
        if event.kind == "ask-back":
            asked = event.on
        elif event.kind == "asker-writes" and asked is not None:
            if asked < when <= event.on:
                return True
            asked = None
    return False
