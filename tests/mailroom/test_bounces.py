from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from mailroom import bounces
from mailroom.bounces import FORWARDED, HARD, POLICY, SOFT

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", HARD), ("5.1.2", HARD), ("5.1.3", HARD), ("5.1.6", HARD), ("5.1.10", HARD), ("5.2.1", HARD),
        ("5.2.2", SOFT), ("5.0.0", SOFT), ("5.1.0", SOFT), ("5.4.4", SOFT), ("5.3.0", SOFT), ("5.11.1", SOFT), ("5.1.11", SOFT),
        ("4.1.1", SOFT), ("4.2.1", SOFT), ("4.2.2", SOFT), ("4.4.1", SOFT), ("4.4.7", SOFT), ("", SOFT), ("junk", SOFT),
        ("5.7.1", POLICY), ("5.7.26", POLICY), ("4.7.0", POLICY), ("5.6.0", POLICY), ("5.5.2", POLICY),
        ("5.1.8", POLICY), ("5.2.3", POLICY), ("5.3.4", POLICY),
    ],
)  # fmt: skip
def test_a_status_says_whether_the_mailbox_is_gone_busy_or_averse(status: str, kind: str) -> None:
    assert bounces.kind_of(status) == kind


def test_every_status_that_stops_an_address_has_words() -> None:
    assert all(bounces.words_of(f"5.{each}") for each in bounces.GONE)
    assert [str(bounces.words_of(each)) for each in ("5.1.1", "5.2.9", "5.0.0", "", "junk")] == [
        "The mailbox does not exist", "Something is wrong with the mailbox", "", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "is_gone"),
    [
        ("smtp-550 5.1.1", True), ("smtp-556 5.1.10", True), ("smtp-550", False), ("smtp-550 5.1.11", False),
        ("smtp-554 5.7.1", False), ("smtp-550 5.121", False), ("smtp-450 4.1.1", False),
    ],
)  # fmt: skip
def test_a_refusal_on_the_spot_is_known_by_its_status_alone(error: str, is_gone: bool) -> None:  # noqa: FBT001
    assert bool(re.search(bounces.REFUSED_AS_GONE, error)) == is_gone


def fates(*said: tuple[int, str]) -> list[tuple[date, str]]:
    """So many days ago, this was said."""
    return [(DAY - timedelta(days=ago), kind) for ago, kind in said]


@pytest.mark.parametrize(
    ("history", "is_over"),
    [
        ([], False),
        ([(0, SOFT), (3, SOFT), (5, SOFT), (7, SOFT)], True),
        ([(0, SOFT), (3, SOFT), (5, SOFT), (6, SOFT)], False),  # not for long enough
        ([(0, SOFT), (7, SOFT), (7, SOFT), (7, SOFT)], False),  # not on enough days
        ([(0, SOFT), (3, SOFT), (4, ""), (5, SOFT), (7, SOFT), (9, SOFT)], False),  # one arrived between
        ([(0, SOFT), (3, SOFT), (4, FORWARDED), (5, SOFT), (7, SOFT), (9, SOFT)], False),
        ([(0, SOFT), (3, SOFT), (4, POLICY), (5, SOFT), (7, SOFT)], True),  # a refusal of ours counts neither way
        ([(0, POLICY), (3, POLICY), (5, POLICY), (7, POLICY)], False),
        ([(0, ""), (1, SOFT), (3, SOFT), (5, SOFT), (8, SOFT)], False),
    ],
)
def test_an_address_that_takes_nothing_for_long_enough_has_run_dry(history: list[tuple[int, str]], is_over: bool) -> None:  # noqa: FBT001
    assert bounces.has_run_dry(fates(*history)) == is_over


def test_a_server_that_calls_many_mailboxes_gone_is_not_believed() -> None:
    assert [bounces.is_flood(gone, of=20) for gone in (1, 10, 11)] == [False, False, True]
    assert [bounces.is_flood(gone, of=1000) for gone in (11, 200, 201)] == [False, False, True]
