"""Several relays: one that can't be used is left alone, another takes over, and nobody suffers for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mailroom import figures, lifecycle
from mailroom.models import Envelope, Letter, RelayState
from mailroom.services import relays
from mailroom.services.delivery import Run, deliver, new_worker
from mailroom.services.relays import Choice
from mailroom.transport import Relay, further_relays_from_settings
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink, listening
from tests.processes import free_port

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


def send(now: datetime, *relays: Relay, **more: Any) -> Run:
    return deliver(worker=new_worker(), relay=relays[0], others=relays[1:], clock=lambda: now, **more)


@pytest.fixture
def closed() -> Relay:
    return Relay("127.0.0.1", free_port(), timeout=1)


def untouched(letter: Letter) -> bool:
    return set(letter.envelopes.values_list("state", "attempts", "doubts")) == {("queued", 0, 0)}


def test_where_the_first_relay_is_down_the_second_takes_all(write: Write, sink: Sink, closed: Relay, now: datetime) -> None:
    write(number=5)
    assert send(now, closed, sink.relay).sent == 5
    assert set(sink.counts.values()) == {1}
    state = RelayState.objects.get()
    assert (state.name, state.strikes, state.since, state.retry_at) == (closed.name, 1, now, now + 10 * SECOND)


@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "452 4.3.1 disk full", "550 5.7.1 you"])
def test_where_the_first_relay_turns_us_away_the_second_takes_all_at_once(
    answer: str, write: Write, sink: Sink, now: datetime
) -> None:
    letter = write(number=5)
    sink.senders_refused = answer
    with listening() as second:
        send(now, sink.relay, second.relay)
        assert set(second.counts.values()) == {1}
    assert set(letter.envelopes.values_list("state", "attempts")) == {("sent", 1)}


def test_while_no_relay_can_be_used_no_envelope_is_touched(write: Write, closed: Relay, now: datetime) -> None:
    letter = write(number=5)
    other = Relay("127.0.0.1", free_port(), timeout=1)
    for minutes in range(0, 200, 20):
        send(now + minutes * 60 * SECOND, closed, other)
    assert untouched(letter)
    assert all(each.is_open for each in RelayState.objects.all())


def test_a_relay_is_left_alone_for_longer_each_time_up_to_a_cap(now: datetime, closed: Relay) -> None:
    waits = []
    for _turn in range(9):
        choice = relays.choose([closed], now=now)
        assert choice is not None
        relays.trip(choice, now=now)
        retry_at = RelayState.objects.get().retry_at
        assert retry_at is not None
        assert relays.choose([closed], now=retry_at - SECOND) is None
        waits.append(retry_at - now)
        now = retry_at
    assert waits == [10 * SECOND * factor for factor in (1, 2, 4, 8, 16, 32)] + [lifecycle.LONGEST_BREAK] * 3
    assert RelayState.objects.get().since < now  # of the first failure, not of the last


def test_workers_that_find_it_down_together_count_as_one(now: datetime, closed: Relay) -> None:
    for _worker in range(4):
        relays.trip(Choice(closed), now=now)
    assert RelayState.objects.get().strikes == 1


def test_one_worker_tries_it_with_one_message_and_the_others_stay_away(write: Write, sink: Sink, now: datetime) -> None:
    letter = write(number=5)
    relays.trip(Choice(sink.relay), now=now)
    later = now + 10 * SECOND
    assert relays.choose([sink.relay], now=later) == Choice(sink.relay, on_trial=True)
    assert relays.choose([sink.relay], now=later) is None
    sink.at_rcpt["r0@firm.example"] = ["421 not yet"] * 9
    sink.at_rcpt |= {f"r{n}@firm.example": ["421 not yet"] * 9 for n in range(5)}
    send(now + 60 * SECOND, sink.relay)
    assert sum(len(left) < 9 for left in sink.at_rcpt.values()) == 1
    assert set(letter.envelopes.values_list("attempts", flat=True)) == {0}


def test_a_relay_that_takes_mail_again_is_used_from_then_on(write: Write, sink: Sink, now: datetime) -> None:
    write(number=5)
    relays.trip(Choice(sink.relay), now=now)
    later = now + 11 * SECOND
    assert send(later, sink.relay).sent == 5
    state = RelayState.objects.get()
    assert (state.is_open, state.strikes, state.since) == (False, 0, later)


def test_a_clock_that_jumped_back_does_not_close_a_relay_for_good(now: datetime, closed: Relay) -> None:
    relays.trip(Choice(closed), now=now + timedelta(days=30))
    assert relays.choose([closed], now=now) is not None


def test_what_was_cancelled_between_claim_and_content_is_no_fault_of_the_relay(write: Write, sink: Sink, now: datetime) -> None:
    letter = write(number=3)
    first = letter.envelopes.order_by("next_attempt_at", "pk")[0]
    # A worker that is quicker has taken the first: this one finds at the start that it is not its own any more.
    ticks = iter(range(1000))

    def clock() -> datetime:
        if next(ticks) == 4:
            Envelope.objects.filter(pk=first.pk, state="sending").update(lease_holder="another")
        return now

    deliver(worker=new_worker(), relay=sink.relay, clock=clock)
    assert not RelayState.objects.exists()
    assert set(sink.counts.values()) == {1}
    assert len(sink.counts) >= 2


def test_a_relays_bucket_lets_so_many_go_and_fills_again(write: Write, sink: Sink, now: datetime, settings: Any) -> None:
    settings.MAILROOM_RELAY_PER_MINUTE = 60
    write(number=30)
    assert send(now, sink.relay).sent == 10  # what flows in between two ticks
    assert send(now, sink.relay).sent == 0
    assert send(now + 5 * SECOND, sink.relay).sent == 5
    assert send(now + timedelta(hours=1), sink.relay).sent == 10
    assert set(sink.counts.values()) == {1}


def test_the_figures_say_which_relays_work_and_since_when(sink: Sink, closed: Relay, now: datetime, settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed.port
    settings.FURTHER_RELAYS = [
        {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": sink.port, "EMAIL_HOST_USER": None, "EMAIL_HOST_PASSWORD": None}
    ]
    relays.trip(Choice(closed), now=now)
    first, second = figures.relay_health()
    assert first == figures.RelayHealth(closed.name, is_open=True, since=now, retry_at=now + 10 * SECOND)
    assert second == figures.RelayHealth(sink.relay.name, is_open=False, since=None, retry_at=None)
    assert further_relays_from_settings() == [Relay("127.0.0.1", sink.port, timeout=settings.EMAIL_TIMEOUT)]


@pytest.mark.parametrize("wrong", [{"strikes": 1, "retry_at": None}, {"strikes": 0, "retry_at": "now"}])
def test_the_database_keeps_an_open_relay_with_its_time(wrong: dict[str, Any], now: datetime) -> None:
    values = wrong | {"retry_at": now if wrong["retry_at"] else None}
    with pytest.raises(IntegrityError, match="relay_open_until_when"), transaction.atomic():
        RelayState.objects.create(name="relay.example:25", since=now, **values)
