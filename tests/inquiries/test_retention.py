from datetime import date, timedelta

import pytest

from inquiries import lifecycle, retention
from inquiries.models import Mode
from inquiries.models.counts import Outcome

DAY = date(2026, 11, 23)


def history(*kinds: str) -> list[tuple[str, date]]:
    """One event a day, the first on DAY."""
    return [(kind, DAY + timedelta(days=place)) for place, kind in enumerate(kinds)]


@pytest.mark.parametrize(
    ("kinds", "outcome", "day"),
    [
        (["received"], None, None),
        (["received", "take"], None, None),
        (["received", "take", "answer"], retention.ANSWERED, 2),
        (["received", "take", "answer", "asker-writes"], None, None),
        (["received", "take", "answer", "asker-reopens"], None, None),
        (["received", "take", "answer", "asker-settles"], retention.SETTLED, 3),
        (["received", "take", "answer", "close"], retention.ANSWERED, 3),
        (["received", "take", "close"], retention.CLOSED, 2),
        (["received", "asker-closes"], retention.WITHDRAWN, 1),
        (["received", "take", "answer", "asker-writes", "asker-closes"], retention.SETTLED, 4),
        (["received", "take", "ask-back"], retention.WAITING, 2),
        (["received", "take", "ask-back", "take"], retention.WAITING, 2),
        (["received", "take", "answer", "asker-rotates"], retention.ANSWERED, 2),
    ],
)
def test_a_case_ends_by_its_last_word(kinds: list[str], outcome: str | None, day: int | None) -> None:
    ended = retention.ending(history(*kinds))
    expected = None if outcome is None or day is None else retention.Ending(outcome, DAY + timedelta(days=day))
    assert ended == expected


def test_nothing_is_erased_while_an_answer_is_owed() -> None:
    assert retention.erase_on(history("received", "take", "ask-back", "asker-writes"), mode="anonymous") is None


def test_the_table_has_a_time_for_every_mode_and_outcome() -> None:
    assert set(retention.DAYS) == set(Mode.values)
    assert all(set(days) == set(Outcome.values) - {Outcome.OPEN} for days in retention.DAYS.values())


@pytest.mark.parametrize("mode", Mode.values)
def test_the_time_runs_from_the_day_of_the_ending(mode: str) -> None:
    days = retention.DAYS[mode][retention.ANSWERED]
    assert retention.erase_on(history("received", "take", "answer"), mode=mode) == DAY + timedelta(days=2 + days)


def test_what_ends_a_case_in_the_table_is_a_move_of_the_lifecycle() -> None:
    assert set(retention._OUTCOMES) <= set(lifecycle.MOVES)


@pytest.mark.parametrize(
    ("day", "first"), [(date(2026, 1, 1), 1), (date(2026, 3, 31), 1), (date(2026, 4, 1), 4), (date(2026, 12, 31), 10)]
)
def test_a_quarter_begins_with_its_first_month(day: date, first: int) -> None:
    assert retention.quarter(day) == date(2026, first, 1)
