"""The rules against floods: in calm nobody waits, in a flood everybody gets a turn, and no counter is anybody's."""

from __future__ import annotations

import pytest

from inquiries.floods import Admission, Bucket, Drawers, Gate, Limits, Wait

NOON = 1_800_000_000.0
LIMITS = Limits(shortest=3, burst=5, per_minute=6, own_places=2, longest_queue=60)


def hold(gate: Gate, *, age: float = 60, turn: int | None = None, now: float = NOON) -> Wait | None:
    return gate.hold(opened=now - age, turn=turn, now=now)


@pytest.fixture
def flooded() -> Gate:
    """A gate at which a crowd stands that opened its forms within one minute."""
    gate = Gate(LIMITS)
    for _ in range(LIMITS.burst + LIMITS.own_places):
        assert hold(gate) is None
    return gate


def test_a_form_sent_faster_than_anybody_writes_waits_for_the_rest_of_the_time() -> None:
    assert hold(Gate(LIMITS), age=0.5) == Wait(3, is_flood=False)
    assert hold(Gate(LIMITS), age=2.5) == Wait(1, is_flood=False)
    assert hold(Gate(LIMITS), age=3) is None


def test_a_form_sent_too_fast_takes_nobodys_place() -> None:
    gate = Gate(LIMITS)
    for _ in range(100):
        hold(gate, age=0)
    assert [hold(gate) for _ in range(LIMITS.burst)] == [None] * LIMITS.burst


def test_in_calm_nobody_waits() -> None:
    gate = Gate(LIMITS)
    assert {hold(gate, now=NOON + 10 * number) for number in range(1000)} == {None}


def test_in_a_flood_a_form_gets_a_turn_and_is_taken_when_it_comes(flooded: Gate) -> None:
    held = hold(flooded)
    assert held
    assert held.turn
    assert held.seconds == held.turn - NOON
    assert hold(flooded, turn=held.turn, now=NOON + 1) == Wait(held.seconds - 1, is_flood=True, turn=held.turn)
    assert hold(flooded, turn=held.turn, now=held.turn) is None


def test_turns_are_as_far_apart_as_the_limit_says(flooded: Gate) -> None:
    turns = [held.turn for held in (hold(flooded) for _ in range(4)) if held and held.turn]
    assert turns == [NOON + 3, NOON + 13, NOON + 23, NOON + 33]


def test_the_queue_has_an_end_and_opens_again(flooded: Gate) -> None:
    held = [hold(flooded) for _ in range(20)]
    assert [each.turn for each in held if each and each.turn] == [NOON + 3 + 10 * number for number in range(6)]
    assert held[-1] == Wait(60, is_flood=True)
    later = hold(flooded, now=NOON + 300)
    assert later is None


def test_who_opened_the_form_before_the_flood_is_let_in(flooded: Gate) -> None:
    assert hold(flooded) is not None
    assert hold(flooded, age=600) is None


def test_a_hoard_of_old_forms_gains_little(flooded: Gate) -> None:
    let_in = sum(hold(flooded, age=600) is None for _ in range(1000))
    assert let_in == LIMITS.own_places


def test_the_gate_remembers_no_more_than_a_day(flooded: Gate) -> None:
    for minute in range(5000):
        for _ in range(3):
            hold(flooded, now=NOON + 60 * minute)
    assert len(flooded._taken) <= 1442


def test_a_bucket_gives_back_what_time_fills_and_no_more() -> None:
    bucket = Bucket(2, per_second=0.5)
    assert [bucket.take(NOON) for _ in range(3)] == [0, 0, 2]
    assert [bucket.take(NOON + 2) for _ in range(2)] == [0, 2]
    assert [bucket.take(NOON + 9999) for _ in range(3)] == [0, 0, 2]
    assert bucket.take(NOON) > 0  # a clock set back gives nothing


def test_messages_of_one_inquiry_slow_no_other() -> None:
    admission = Admission(Limits(messages=3))
    one, other = b"one", b"other"
    assert [admission.hold_message(one, now=NOON) for _ in range(5)] == [0, 0, 0, 60, 60]
    assert admission.hold_message(other, now=NOON) == 0


def test_calls_and_forms_slow_one_another_not() -> None:
    admission = Admission(LIMITS)
    while not admission.hold_call(now=NOON):
        pass
    assert admission.hold_form(opened=NOON - 60, turn=None, now=NOON) is None


def test_what_has_a_bucket_can_not_be_read_from_memory_and_is_forgotten() -> None:
    drawers = Drawers(1, per_second=1)
    drawers.take(b"an inquiry", NOON)
    salt, names = drawers._salt, set(drawers._buckets)
    assert b"an inquiry" not in repr(drawers.__dict__).encode()
    drawers.take(b"an inquiry", NOON + 3601)
    assert drawers._salt != salt
    assert not names & set(drawers._buckets)


def test_buckets_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drawers, "MOST", 100)
    drawers = Drawers(1, per_second=1)
    for number in range(1000):
        drawers.take(str(number).encode(), NOON)
    assert len(drawers._buckets) <= 100


def test_files_are_counted_by_number_and_size_and_all_that_come_at_once_can_come() -> None:
    admission = Admission(Limits(files=100))
    assert admission.hold_files([0] * 10 + [40_000_000], now=NOON) == 0
    assert admission.hold_files([60_000_000], now=NOON) == 12
    assert admission.hold_files([60_000_000], now=NOON + 12) == 0
    assert admission.hold_files([200_000_000], now=NOON + 12) == 100
    assert admission.hold_files([200_000_000], now=NOON + 112) == 0
