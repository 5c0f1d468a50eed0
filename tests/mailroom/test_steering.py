"""Pausing, resuming and cancelling, and what becomes of copies in doubt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mailroom import figures
from mailroom.models import Choice, Course, Envelope, Priority, Settlement
from mailroom.services import cancel, doubts, pause, resume
from mailroom.services.claiming import claim, release_expired
from mailroom.services.delivery import Run, deliver, new_worker
from mailroom.services.doubts import UnableToSettle
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def send(sink: Sink, now: datetime, **more: Any) -> Run:
    return deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now, **more)


def states(source: str = "test:1") -> dict[str, int]:
    found = figures.totals(source)
    assert found.is_whole
    return {state: number for state, number in found.by_state.items() if number}


def test_what_is_paused_is_not_claimed_and_others_are(write: Write, sink: Sink, now: datetime) -> None:
    write(number=300, priority=Priority.BULK)
    write("urgent@firm.example", source="test:2", priority=Priority.URGENT)
    write("bulk@firm.example", source="test:3", priority=Priority.BULK, now=now + MINUTE)
    assert pause(source="test:1") == 1
    send(sink, now + MINUTE)
    assert sink.counts == {"urgent@firm.example": 1, "bulk@firm.example": 1}
    assert states() == {"queued": 300}
    assert figures.is_paused("test:1")
    assert resume(source="test:1") == 1
    send(sink, now + MINUTE)
    assert set(sink.counts.values()) == {1}
    assert states() == {"sent": 300}


def test_a_pause_holds_for_a_worker_from_its_next_claim(write: Write, sink: Sink, now: datetime) -> None:
    write(number=30)
    ticks = iter(range(10_000))

    def clock() -> datetime:
        if next(ticks) == 12:
            pause(source="test:1")
        return now

    deliver(worker=new_worker(), relay=sink.relay, clock=clock, batch=10)
    assert 0 < len(sink.received) <= 10
    resume(source="test:1")
    send(sink, now)
    assert sink.counts == {f"r{n}@firm.example": 1 for n in range(30)}


def test_an_envelope_that_a_late_claim_held_is_let_go_by_the_next_run(write: Write, sink: Sink, now: datetime) -> None:
    """A claim may find the letter paused, and hold the envelope after somebody has resumed it: it must not stay there."""
    write("a@firm.example")
    Envelope.objects.update(is_held=True)
    assert send(sink, now).sent == 1


def test_what_is_cancelled_while_paused_ends(write: Write, sink: Sink, now: datetime) -> None:
    write(number=5)
    pause(source="test:1")
    send(sink, now)
    assert cancel(source="test:1") == 5
    assert resume(source="test:1") == 0
    send(sink, now)
    assert sink.counts == {}
    assert states() == {"cancelled": 5}


def test_one_that_comes_back_after_it_was_cancelled_ends_at_the_next_claim(write: Write, sink: Sink, now: datetime) -> None:
    letter = write("a@firm.example")
    claim(worker="lost", limit=1, now=now, lease=MINUTE)
    letter.envelopes.update(started_at=now)
    assert cancel(source="test:1") == 0  # it is leaving
    release_expired(now=now + MINUTE)
    assert states() == {"in_doubt": 1}
    send(sink, now + MINUTE)
    assert sink.counts == {}
    assert states() == {"cancelled": 1}


def test_a_copy_that_may_not_be_repeated_waits_for_a_person(write: Write, sink: Sink, now: datetime) -> None:
    letter = write("a@firm.example", "b@firm.example", repeats=False)
    sink.drops = {"a@firm.example"}
    send(sink, now)
    send(sink, now + timedelta(days=9))
    assert sink.counts == {"a@firm.example": 1, "b@firm.example": 1}
    assert letter.envelopes.parked().get().address == "a@firm.example"
    assert states() == {"sent": 1, "in_doubt": 1}


def test_a_dead_workers_copy_that_may_not_be_repeated_waits_as_well(write: Write, sink: Sink, now: datetime) -> None:
    letter = write("a@firm.example", repeats=False)
    claim(worker="lost", limit=1, now=now, lease=MINUTE)
    letter.envelopes.update(started_at=now, attempts=1)
    release_expired(now=now + MINUTE)
    assert send(sink, now + timedelta(days=9)).sent == 0
    assert letter.envelopes.parked().count() == 1


def test_a_person_sends_again_or_takes_as_arrived_once(write: Write, sink: Sink, now: datetime) -> None:
    letter = write("a@firm.example", "b@firm.example", repeats=False)
    letter.envelopes.update(state="in_doubt", next_attempt_at=None, doubts=1)
    first, second = letter.envelopes.order_by("address")
    doubts.send_again(first, by="Edda Editor", now=now)
    doubts.take_as_arrived(second, by="Edda Editor", now=now)
    for each in (first, second):
        for decide in (doubts.send_again, doubts.take_as_arrived):
            with pytest.raises(UnableToSettle):
                decide(each, by="Edda Editor", now=now)
    send(sink, now)
    assert sink.counts == {"a@firm.example": 1}
    assert sink.messages("a@firm.example")[0]["Message-ID"] == first.message_id
    assert states() == {"sent": 2}
    decided = Settlement.objects.of_source("test:1").order_by("envelope__address").values_list("choice", "by", "at")
    assert list(decided) == [(Choice.SEND_AGAIN, "Edda Editor", now), (Choice.ARRIVED, "Edda Editor", now)]


def test_all_that_a_dead_worker_had_started_was_sent_but_for_the_last(write: Write, sink: Sink, now: datetime) -> None:
    letter = write(number=5)
    claimed = claim(worker="lost", limit=5, now=now, lease=MINUTE)
    letter.envelopes.filter(pk__in=[each.id for each in claimed[:3]]).update(started_at=now, attempts=1)
    assert release_expired(now=now + MINUTE) == 5
    found = [letter.envelopes.get(pk=each.id) for each in claimed]
    assert [each.state for each in found] == ["sent", "sent", "in_doubt", "queued", "queued"]
    assert [each.sent_at for each in found[:2]] == [now, now]
    send(sink, now + MINUTE)
    assert len(sink.received) == 3
    assert states() == {"sent": 5}


def test_a_lease_is_not_taken_from_a_worker_that_lives_however_the_clock_jumps(write: Write, sink: Sink, now: datetime) -> None:
    write(number=5)
    ticks = iter(range(10_000))

    def clock() -> datetime:
        """Another worker comes, whose clock is a day ahead, while each message is on its way."""
        if next(ticks) >= 4:
            assert release_expired(now=now + timedelta(days=1)) == 0
        return now

    # The lock belongs to a database session, and another worker's is another one.
    deliver(worker=new_worker(), relay=sink.relay, clock=_elsewhere(clock))
    assert set(sink.counts.values()) == {1}
    assert states() == {"sent": 5}
    assert set(Envelope.objects.values_list("doubts", flat=True)) == {0}


def _elsewhere(clock: Any) -> Any:
    """The clock asked from a thread, which has a database session of its own."""

    def asked() -> datetime:
        try:
            return clock()
        finally:
            connection.close()

    def ask() -> datetime:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asked).result()

    return ask


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"is_held": True, "state": "cancelled", "next_attempt_at": None}, "envelope_held_is_waiting"),
        ({"has_slot": True, "state": "cancelled", "next_attempt_at": None}, "envelope_with_slot_is_waiting"),
    ],
)
def test_the_database_refuses_what_can_not_be(change: dict[str, Any], name: str, write: Write) -> None:
    write("a@firm.example")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Envelope.objects.update(**change)
    Envelope.objects.update(is_held=True, has_slot=True)


def test_a_letter_has_a_course_that_is_known_and_a_decision_its_name(write: Write, now: datetime) -> None:
    letter = write("a@firm.example")
    with pytest.raises(IntegrityError, match="letter_course_is_known"), transaction.atomic():
        type(letter).objects.update(course="lost")
    type(letter).objects.update(course=Course.PAUSED)
    with pytest.raises(IntegrityError, match="settlement_says_by_whom"), transaction.atomic():
        Settlement.objects.create(envelope=letter.envelopes.get(), choice=Choice.ARRIVED, by="", at=now)
    with pytest.raises(IntegrityError, match="settlement_choice_is_known"), transaction.atomic():
        Settlement.objects.create(envelope=letter.envelopes.get(), choice="guess", by="Edda Editor", at=now)
