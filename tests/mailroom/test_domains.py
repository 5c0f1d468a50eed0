"""Patience: a domain that says "later" is left alone for a while, and the others go on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mailroom import figures, lifecycle
from mailroom.models import Domain, Envelope, Priority
from mailroom.services import domains
from mailroom.services.claiming import claim, release
from mailroom.services.delivery import Run, deliver, new_worker
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def send(sink: Sink, now: datetime, **more: Any) -> Run:
    return deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now, **more)


def at(domain: str, number: int) -> list[str]:
    return [f"r{n}@{domain}" for n in range(number)]


@pytest.mark.parametrize("answer", ["450 4.7.1 slow down", "451 4.7.0 later", "452 too much"])
def test_a_domain_that_says_later_holds_back_its_own_mail_and_no_others(
    answer: str, write: Write, sink: Sink, now: datetime
) -> None:
    write(*at("slow.example", 50), *at("quick.example", 50))
    sink.domains_refused["slow.example"] = answer
    send(sink, now)
    assert set(sink.counts) == set(at("quick.example", 50))
    # One was asked for, and the one that had been named to the relay by then.
    assert sum(sink.asked_in_vain.values()) <= 2
    waiting = Envelope.objects.filter(state="queued")
    assert waiting.filter(attempts=0).count() >= 48
    assert not waiting.filter(next_attempt_at__lte=now + 59 * SECOND).exists()
    assert figures.slowed_domains(now) == 1
    sink.domains_refused.clear()
    send(sink, now + 2 * MINUTE)
    assert set(sink.counts.values()) == {1}
    assert figures.totals("test:1").sent == 100


def test_each_time_it_says_so_the_wait_grows_up_to_a_cap_and_successes_shorten_it(write: Write, sink: Sink, now: datetime) -> None:
    waits = []
    for _turn in range(9):
        domains.slow("slow.example", now=now)
        until = Domain.objects.get().slowed_until
        assert until is not None
        waits.append(until - now)
        now = until
    assert waits == [MINUTE * factor for factor in (1, 2, 4, 8, 16, 32)] + [lifecycle.LONGEST_HOLD] * 3
    for left in (8, 7):
        write("a@slow.example", source=f"test:{left}", now=now)
        send(sink, now)
        assert Domain.objects.get().strikes == left


def test_workers_that_hear_it_together_count_as_one(now: datetime) -> None:
    for seconds in range(3):
        domains.slow("slow.example", now=now + seconds * SECOND)
    assert Domain.objects.get().strikes == 1


def test_an_urgent_letter_does_not_wait_for_a_slowed_domain(write: Write, sink: Sink, now: datetime) -> None:
    domains.slow("slow.example", now=now)
    write("a@slow.example", priority=Priority.URGENT)
    write("b@slow.example", source="test:2")
    send(sink, now)
    assert sink.counts == {"a@slow.example": 1}


def test_a_clock_that_jumped_back_does_not_hold_a_domain_for_good(write: Write, sink: Sink, now: datetime) -> None:
    domains.slow("slow.example", now=now + timedelta(days=30))
    write("a@slow.example")
    assert send(sink, now).sent == 1


def test_a_domains_bucket_gives_each_its_time_and_other_domains_go_on(
    write: Write, sink: Sink, now: datetime, settings: Any
) -> None:
    settings.MAILROOM_DOMAIN_PER_MINUTE = 60
    write(*at("big.example", 30), "a@small.example")
    assert send(sink, now).sent == 11  # ten of the bucket, and the other
    assert Envelope.objects.filter(has_slot=True).count() == 20
    assert send(sink, now).sent == 0
    assert send(sink, now + 5 * SECOND).sent == 5
    times = Envelope.objects.filter(state="queued").order_by("next_attempt_at").values_list("next_attempt_at", flat=True)
    assert [round((each - now).total_seconds()) for each in times] == list(range(6, 21))
    write("late@big.example", source="test:2")
    send(sink, now + 5 * SECOND)
    assert "late@big.example" not in sink.counts  # it stands behind those that were there before
    assert send(sink, now + 21 * SECOND).sent == 16
    assert set(sink.counts.values()) == {1}


def test_what_waits_is_passed_over_once_and_not_at_each_claim(write: Write, now: datetime) -> None:
    """What may not leave is moved out of the way of the next claim: however much it is, that one finds the others at once."""
    domains.slow("slow.example", now=now)
    write(*at("slow.example", 300))
    write("a@quick.example", source="test:2", now=now + SECOND)
    later = now + SECOND
    assert [each.address for each in claim(worker="one", limit=10, now=later, lease=MINUTE)] == ["a@quick.example"]
    assert not Envelope.objects.due(later).exists()


def test_a_claim_takes_no_more_than_it_may_however_many_it_looks_at(write: Write, now: datetime) -> None:
    domains.slow("slow.example", now=now)
    write(*at("slow.example", 15))
    write(*at("quick.example", 60), source="test:2", now=now + SECOND)
    later = now + SECOND
    assert len(claim(worker="one", limit=10, now=later, lease=MINUTE)) == 10
    release(worker="one")
    assert len(claim(worker="two", limit=60, now=later, lease=MINUTE)) == 60
