from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from mailroom import figures, lifecycle
from mailroom.models import Envelope, Priority, State
from mailroom.services import cancel
from mailroom.services.delivery import Claimed, Run, claim, deliver, deliver_batch, new_worker, record, release_expired
from mailroom.transport import Fate, Outcome, Relay, Unreachable
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink
from tests.processes import free_port

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def run(sink: Sink, now: datetime, **changes: Any) -> Run:
    settings: dict[str, Any] = {"worker": new_worker(), "relay": sink.relay, "clock": lambda: now}
    return deliver(**(settings | changes))


def states() -> dict[str, int]:
    return {state: number for state, number in figures.totals("test:1").by_state.items() if number}


def test_everybody_gets_one_copy_over_one_connection(sink: Sink, write: Write, now: datetime) -> None:
    letter = write(number=250)
    done = run(sink, now)
    assert done.sent == 250
    assert sink.counts == {f"r{n}@firm.example": 1 for n in range(250)}
    assert sink.connections == 1
    assert states() == {"sent": 250}
    assert set(letter.envelopes.values_list("sent_at", flat=True)) == {now}


def test_a_copy_says_who_it_is_from_and_that_no_person_sent_it(sink: Sink, write: Write, now: datetime) -> None:
    letter = write("a@firm.example", list_id="advisories.portal.example", html="<p>Some words.</p>")
    run(sink, now)
    (message,) = sink.messages("a@firm.example")
    assert message["Message-ID"] == letter.envelopes.get().message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<advisories.portal.example>"
    assert message["Date"] == "Mon, 23 Nov 2026 09:30:00 +0000"
    assert not re.search(rb"<img|http", sink.received[0][1])


def test_a_copy_is_delivered_once_however_often_the_clock_ticks(sink: Sink, write: Write, now: datetime) -> None:
    write(number=3)
    for _ in range(3):
        run(sink, now)
    assert set(sink.counts.values()) == {1}


def test_a_temporary_refusal_is_tried_again_later_and_not_before(sink: Sink, write: Write, now: datetime) -> None:
    letter = write("slow@firm.example", "quick@firm.example")
    sink.at_rcpt["slow@firm.example"] = ["450 4.2.0 greylisted"]
    run(sink, now)
    slow = letter.envelopes.get(address="slow@firm.example")
    assert (slow.state, slow.attempts, slow.last_error) == (State.QUEUED, 1, "smtp-450")
    assert slow.next_attempt_at is not None
    assert MINUTE <= slow.next_attempt_at - now <= 1.25 * MINUTE
    run(sink, now + timedelta(seconds=59))
    assert sink.counts == {"quick@firm.example": 1}
    run(sink, now + 2 * MINUTE)
    assert sink.counts == {"quick@firm.example": 1, "slow@firm.example": 1}
    assert states() == {"sent": 2}


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
def test_a_final_refusal_fails_that_envelope_alone(sink: Sink, write: Write, now: datetime, stage: str) -> None:
    letter = write("gone@firm.example", "here@firm.example")
    getattr(sink, stage)["gone@firm.example"] = ["550 5.1.1 no such gone@firm.example here"]
    run(sink, now)
    gone = letter.envelopes.get(address="gone@firm.example")
    assert (gone.state, gone.last_error, gone.next_attempt_at) == (State.FAILED, "smtp-550 5.1.1", None)
    assert states() == {"failed": 1, "sent": 1}


def test_after_the_last_attempt_a_temporary_refusal_fails(sink: Sink, write: Write, now: datetime) -> None:
    letter = write("slow@firm.example")
    letter.envelopes.update(attempts=lifecycle.MOST_ATTEMPTS - 1)
    sink.at_data["slow@firm.example"] = ["452 4.2.2 mailbox full"]
    run(sink, now)
    assert states() == {"failed": 1}


def test_a_refused_connection_touches_nobody(write: Write, now: datetime, sink: Sink) -> None:
    letter = write(number=3)
    before = list(letter.envelopes.order_by("pk").values())
    closed = Relay(host="127.0.0.1", port=free_port(), timeout=5)
    with pytest.raises(Unreachable):
        closed.connect()
    assert run(sink, now, relay=closed).sent == 0
    assert list(letter.envelopes.order_by("pk").values()) == before
    assert run(sink, now).sent == 3


@pytest.mark.parametrize("reply", ["550 sender rejected", "451 try later", "421 closing"])
def test_a_refused_sender_suppresses_no_recipient(sink: Sink, write: Write, now: datetime, reply: str) -> None:
    letter = write(number=3)
    sink.senders_refused = reply
    run(sink, now)
    assert states() == {"queued": 3}
    assert set(letter.envelopes.values_list("attempts", flat=True)) == {0}
    sink.senders_refused = ""
    run(sink, now + 2 * MINUTE)
    assert states() == {"sent": 3}


def test_a_server_that_says_421_is_left_and_asked_again(sink: Sink, write: Write, now: datetime) -> None:
    write(number=5)
    sink.at_rcpt["r2@firm.example"] = ["421 4.7.0 too many messages"]
    run(sink, now)
    run(sink, now + 2 * MINUTE)
    assert set(sink.counts.values()) == {1}
    assert states() == {"sent": 5}
    assert sink.connections >= 2


def test_a_connection_lost_before_the_content_is_no_doubt(sink: Sink, write: Write, now: datetime) -> None:
    letter = write(number=5)
    sink.drops_at_rcpt = {"r2@firm.example"}
    run(sink, now)
    run(sink, now + 2 * MINUTE)
    assert sink.counts == {f"r{n}@firm.example": 1 for n in range(5)}
    assert set(letter.envelopes.values_list("doubts", flat=True)) == {0}


def test_a_connection_lost_after_the_content_is_a_doubt_and_goes_again_under_the_same_message_id(
    sink: Sink, write: Write, now: datetime
) -> None:
    letter = write(number=5)
    sink.drops = {"r2@firm.example"}
    run(sink, now)
    lost = letter.envelopes.get(address="r2@firm.example")
    assert (lost.state, lost.doubts, lost.last_error) == (State.IN_DOUBT, 1, "connection-lost")
    run(sink, now + 2 * MINUTE)
    assert sink.counts == {f"r{n}@firm.example": 1 + (n == 2) for n in range(5)}
    assert [message["Message-ID"] for message in sink.messages("r2@firm.example")] == [lost.message_id] * 2
    assert states() == {"sent": 5}
    assert figures.totals("test:1").repeated == 1


def test_two_workers_at_once_send_nothing_twice(sink: Sink, write: Write, now: datetime) -> None:
    write(number=400)

    def work() -> None:
        try:
            run(sink, now, batch=7)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sink.counts == {f"r{n}@firm.example": 1 for n in range(400)}
    assert sink.connections == 2


def test_a_claim_passes_over_what_another_worker_is_claiming(write: Write, now: datetime) -> None:
    write(number=3)
    taken: list[Claimed] = []
    has_claimed, may_commit = Event(), Event()

    def claim_and_linger() -> None:
        try:
            with transaction.atomic():
                taken.extend(claim(worker="one", limit=2, now=now, lease=MINUTE))
                has_claimed.set()
                may_commit.wait(5)
        finally:
            connection.close()

    lingering = Thread(target=claim_and_linger)
    lingering.start()
    assert has_claimed.wait(5)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    rest = claim(worker="two", limit=3, now=now, lease=MINUTE)
    may_commit.set()
    lingering.join()
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
    assert (len(taken), len(rest)) == (2, 1)
    assert not {each.id for each in taken} & {each.id for each in rest}


def test_a_lease_that_ran_out_returns_what_was_not_started_without_doubt(write: Write, now: datetime) -> None:
    letter = write(number=3)
    claim(worker="one", limit=3, now=now, lease=MINUTE)
    assert release_expired(now=now + timedelta(seconds=59)) == 0
    assert release_expired(now=now + MINUTE) == 3
    assert set(letter.envelopes.values_list("state", "attempts", "doubts", "next_attempt_at")) == {(State.QUEUED, 0, 0, now)}


def test_a_lease_that_ran_out_leaves_what_was_started_in_doubt(write: Write, now: datetime, sink: Sink) -> None:
    letter = write(number=1)
    claim(worker="one", limit=1, now=now, lease=MINUTE)
    letter.envelopes.update(started_at=now, attempts=1)
    release_expired(now=now + MINUTE)
    lost = letter.envelopes.get()
    assert (lost.state, lost.doubts, lost.last_error) == (State.IN_DOUBT, 1, "worker-lost")
    run(sink, now + MINUTE)
    assert states() == {"sent": 1}


def test_an_envelope_that_kills_every_worker_is_left_for_a_person_in_the_end(write: Write, now: datetime, sink: Sink) -> None:
    letter = write(number=1)
    claim(worker="one", limit=1, now=now, lease=MINUTE)
    letter.envelopes.update(started_at=now, attempts=lifecycle.MOST_ATTEMPTS)
    release_expired(now=now + MINUTE)
    assert run(sink, now + timedelta(days=9)).sent == 0
    assert states() == {"in_doubt": 1}


def test_a_worker_whose_lease_was_taken_over_sends_and_records_nothing(write: Write, now: datetime, sink: Sink) -> None:
    letter = write(number=2)
    mine = claim(worker="slow", limit=2, now=now, lease=MINUTE)
    release_expired(now=now + MINUTE)
    theirs = claim(worker="quick", limit=2, now=now + MINUTE, lease=MINUTE)
    assert {each.id for each in theirs} == {each.id for each in mine}
    with sink.relay.connect() as over:
        deliver_batch(claimed=mine, over=over, worker="slow", clock=lambda: now + MINUTE, run=Run())
    assert sink.received == []
    assert not record(envelope=mine[0], outcome=Outcome(Fate.ACCEPTED), worker="slow", now=now + MINUTE)
    assert set(letter.envelopes.values_list("state", "lease_holder")) == {(State.SENDING, "quick")}


def test_what_is_cancelled_after_the_claim_does_not_leave(write: Write, now: datetime, sink: Sink) -> None:
    write(number=3)
    claimed = claim(worker="one", limit=3, now=now, lease=MINUTE)
    assert cancel(source="test:1") == 3
    with sink.relay.connect() as over:
        deliver_batch(claimed=claimed, over=over, worker="one", clock=lambda: now, run=Run())
    assert sink.received == []
    assert states() == {"cancelled": 3}


def test_an_urgent_letter_overtakes_a_bulk_run(write: Write, now: datetime, sink: Sink) -> None:
    write(number=40, priority=Priority.BULK)
    ticks = count()

    def clock() -> datetime:
        if next(ticks) == 25:
            write("urgent@firm.example", priority=Priority.URGENT, source="test:2")
        return now

    run(sink, now, clock=clock, batch=10)
    place = [address for address, _content in sink.received].index("urgent@firm.example")
    assert place <= 20


def test_a_run_that_took_long_enough_leaves_the_rest_to_the_next(write: Write, now: datetime, sink: Sink) -> None:
    write(number=30)
    sink.seconds_each = 0.1
    first = run(sink, now, batch=5, longest=timedelta(seconds=1))
    assert first.more
    assert 0 < first.sent < 30
    sink.seconds_each = 0
    assert not run(sink, now).more
    assert set(sink.counts.values()) == {1}


def test_delivery_inside_a_transaction_is_refused(sink: Sink, now: datetime) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        run(sink, now)


def test_marks_wait_for_the_disk_again_after_a_run(sink: Sink, now: datetime) -> None:
    run(sink, now)
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_no_error_keeps_the_servers_words(sink: Sink, write: Write, now: datetime) -> None:
    write("gone@firm.example")
    sink.at_rcpt["gone@firm.example"] = ["550 5.1.1 gone@firm.example: Some words."]
    run(sink, now)
    assert Envelope.objects.get().last_error == "smtp-550 5.1.1"
