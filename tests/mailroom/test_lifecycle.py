from datetime import timedelta

import pytest

from mailroom import lifecycle


@pytest.mark.parametrize(
    ("attempts", "chance", "wait"),
    [
        (1, 0, timedelta(minutes=1)),
        (2, 0, timedelta(minutes=2)),
        (5, 0, timedelta(minutes=16)),
        (9, 0, timedelta(minutes=256)),
        (10, 0, timedelta(hours=6)),
        (200, 0, timedelta(hours=6)),
        (1, 1, timedelta(seconds=75)),
        (200, 1, timedelta(hours=7.5)),
    ],
)
def test_the_wait_doubles_up_to_a_cap_and_is_longer_by_chance(attempts: int, chance: float, wait: timedelta) -> None:
    assert lifecycle.delay(attempts, chance=chance) == wait


def test_attempts_end_after_about_two_days() -> None:
    whole = sum((lifecycle.delay(n, chance=0) for n in range(1, lifecycle.MOST_ATTEMPTS)), timedelta())
    assert timedelta(days=1.5) < whole < timedelta(days=2.5)


def test_nothing_moves_out_of_sent_suppressed_or_cancelled() -> None:
    closed = {lifecycle.SENT, lifecycle.SUPPRESSED, lifecycle.CANCELLED}
    assert not closed & {state for table in lifecycle.MOVES.values() for state in table}
