"""What may die, dies; everything arrives all the same. LONG_RUN=1 does it at the size of a real advisory."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import redis
from celery import Celery
from django.conf import settings as portal_settings
from django.db import connection
from django.utils import timezone

from mailroom import figures
from mailroom.models import Envelope
from mailroom.services import Recipient, UnableToPost, post
from mailroom.services.delivery import BATCH, Run, deliver, new_worker
from tests.mailroom.conftest import Write
from tests.mailroom.postgres_server import OwnPostgres, own_postgres
from tests.mailroom.sink import Sink
from tests.processes import environment, running

pytestmark = pytest.mark.django_db(transaction=True)
LONG_RUN = bool(os.environ.get("LONG_RUN"))
NUMBER = 10_000 if LONG_RUN else 600
KILLS = 20 if LONG_RUN else 3
CRASHES = 10 if LONG_RUN else 2
SENDERS = 2  # worker processes that send, per Celery worker
PATIENCE = 600 if LONG_RUN else 180
MINUTE = timedelta(minutes=1)


@contextmanager
def celery_worker(folder: Path, sink: Sink, settings: str = "tests.mailroom.short_leases") -> Iterator[subprocess.Popen[bytes]]:
    """A worker as `make run` starts it, but without its clock, so that the test rings when it likes."""
    env = environment(DJANGO_SETTINGS_MODULE=settings, EMAIL_URL=f"smtp://127.0.0.1:{sink.port}")
    command = ["celery", "--app", "portal", "worker", "--concurrency", str(SENDERS), "--without-gossip", "--without-mingle"]
    with running(command, log=folder / "worker.log", env=env) as process:
        yield process


class Bell:
    """Rings as the clock does, and lets a test look on."""

    def __init__(self, sink: Sink, log: Path) -> None:
        self._sink, self._log = sink, log
        self._celery = Celery("bell", broker=os.environ["REDIS_URL"])
        self._celery.control.purge()
        self._ends = time.monotonic() + PATIENCE

    def ring_until(self, enough: int, *, rings: int = SENDERS) -> None:
        """Ring until so many have arrived and, where that is all of them, the ledger says so."""
        while len(self._sink.received) < enough or (enough >= NUMBER and not figures.totals("test:1").is_finished):
            assert time.monotonic() < self._ends, self._log.read_text()[-2000:]
            for _ in range(rings):
                self._celery.send_task("mailroom.tasks.deliver", expires=5)
            deadline = time.monotonic() + 0.5
            while len(self._sink.received) < enough and time.monotonic() < deadline:
                time.sleep(random.random() * 0.005)


def everybody(number: int = NUMBER) -> set[str]:
    return {f"r{n}@firm.example" for n in range(number)}


def assert_all_arrived(sink: Sink, *, most_twice: int) -> None:
    """Nothing is lost; no more than so many came twice, under the same Message-ID, and the ledger names each of them."""
    assert set(sink.counts) == everybody()
    repeated = {address for address, times in sink.counts.items() if times > 1}
    assert sum(sink.counts.values()) - NUMBER <= most_twice
    for address in repeated:
        assert len({message["Message-ID"] for message in sink.messages(address)}) == 1
    totals = figures.totals("test:1")
    assert totals.by_state == {state: NUMBER * (state == "sent") for state in totals.by_state}
    assert totals.is_whole
    assert repeated <= set(Envelope.objects.filter(doubts__gt=0).values_list("address", flat=True))


def test_kill_9_of_workers_loses_nothing_and_repeats_at_most_one_copy_per_killed_process(
    sink: Sink, write: Write, tmp_path: Path
) -> None:
    write(number=NUMBER)
    bell = Bell(sink, tmp_path / "worker.log")
    for stop in sorted(random.sample(range(50, NUMBER - 150), KILLS)):
        with celery_worker(tmp_path, sink) as process:
            bell.ring_until(stop)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    with celery_worker(tmp_path, sink):
        bell.ring_until(NUMBER)
    assert_all_arrived(sink, most_twice=KILLS * SENDERS)


def test_redis_may_forget_everything_in_the_middle(sink: Sink, write: Write, tmp_path: Path) -> None:
    write(number=NUMBER)
    sink.seconds_each = 0.001
    bell = Bell(sink, tmp_path / "worker.log")
    broker = redis.Redis.from_url(portal_settings.CACHES["default"]["LOCATION"])
    with celery_worker(tmp_path, sink):
        for share in (4, 2):
            bell.ring_until(NUMBER // share)
            broker.flushdb()
        bell.ring_until(NUMBER)
    assert_all_arrived(sink, most_twice=0)


def ended_sessions() -> int:
    """End all sessions of the test's database but our own; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_a_database_that_ends_every_session_in_the_middle_loses_and_repeats_nothing(
    sink: Sink, write: Write, tmp_path: Path
) -> None:
    """As somebody does who wants to change a table."""
    write(number=NUMBER)
    sink.seconds_each = 0.001
    bell = Bell(sink, tmp_path / "worker.log")
    with celery_worker(tmp_path, sink):
        for share in (4, 2):
            bell.ring_until(NUMBER // share)
            assert ended_sessions() >= 1
        bell.ring_until(NUMBER)
    assert_all_arrived(sink, most_twice=0)


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        yield postgres


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_postgresql_that_stops_or_crashes_in_the_middle_loses_and_repeats_nothing(
    how: Literal["fast", "immediate"], postgres: OwnPostgres, sink: Sink, write: Write, tmp_path: Path
) -> None:
    """The workers live on, and say afterwards what they sent."""
    write(number=NUMBER)
    sink.seconds_each = 0.001
    bell = Bell(sink, tmp_path / "worker.log")
    with celery_worker(tmp_path, sink, settings="portal.settings"):
        for stop in sorted(random.sample(range(50, NUMBER - 150), CRASHES)):
            bell.ring_until(stop)
            postgres.stop(how)
            postgres.start()
        bell.ring_until(NUMBER)
    assert_all_arrived(sink, most_twice=0)


@pytest.mark.parametrize("repeats", [True, False])
def test_a_power_cut_loses_nothing_and_repeats_no_more_than_a_claim_a_worker_and_nothing_that_must_not_be(
    postgres: OwnPostgres, sink: Sink, write: Write, tmp_path: Path, *, repeats: bool
) -> None:
    """PostgreSQL and workers die at once, and with them all that only they knew."""
    letter = write(number=NUMBER, repeats=repeats)
    sink.seconds_each = 0.001
    bell = Bell(sink, tmp_path / "worker.log")
    with celery_worker(tmp_path, sink) as process:
        bell.ring_until(random.randint(50, NUMBER - 250))
        postgres.stop("immediate")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    postgres.start()
    with celery_worker(tmp_path, sink):
        bell.ring_until(NUMBER - SENDERS * (not repeats))
    in_doubt = set(letter.envelopes.filter(state="in_doubt").values_list("address", flat=True))
    assert set(sink.counts) | in_doubt == everybody()
    assert sink.counts.total() - len(sink.counts) <= SENDERS * BATCH * repeats
    assert len(in_doubt) <= SENDERS * (not repeats)
    for address, times in sink.counts.items():
        assert len({message["Message-ID"] for message in sink.messages(address)}) == 1, times


def test_two_beats_at_once_send_nothing_twice(sink: Sink, write: Write, tmp_path: Path) -> None:
    write(number=NUMBER)
    bell = Bell(sink, tmp_path / "worker.log")
    with celery_worker(tmp_path, sink):
        bell.ring_until(NUMBER, rings=4 * SENDERS)
    assert_all_arrived(sink, most_twice=0)


def together(number: int, **how: Any) -> list[Run]:
    """So many workers at once, each in a thread with a database session of its own."""

    def work(_number: int) -> Run:
        try:
            return deliver(worker=new_worker(), **how)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(work, range(number)))


def test_a_mail_server_slower_than_a_lease_makes_no_second_copy(sink: Sink, write: Write) -> None:
    write(number=20)
    sink.seconds_each = 0.1
    lease = timedelta(seconds=0.5)  # a claim of ten takes two of them
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(together, 2, relay=sink.relay, clock=timezone.now, lease=lease, batch=10)
        while not slow.done():
            together(1, relay=sink.relay, clock=timezone.now, lease=lease, batch=1, longest=timedelta())
        slow.result()
    assert sink.counts == dict.fromkeys(everybody(20), 1)
    assert set(Envelope.objects.values_list("doubts", flat=True)) == {0}


def test_whatever_a_mail_server_does_everybody_gets_a_copy_or_the_ledger_says_why(sink: Sink, write: Write, now: datetime) -> None:
    chance = random.Random()
    addresses = [f"r{n}@firm{n % 10}.example" for n in range(300)]
    write(*addresses)
    for address in chance.sample(addresses, 90):
        fault = chance.choice([sink.at_rcpt, sink.at_data])
        fault[address] = [chance.choice(["450 4.2.0 grey", "451 4.7.1 later", "421 bye", "452 4.2.2 full"])] * chance.randint(1, 3)
    gone = set(chance.sample(addresses, 10))
    for address in gone:
        sink.at_rcpt[address] = ["550 5.1.1 none"]
    sink.domains_refused = {"firm3.example": "450 4.7.1 too much", "firm5.example": "554 5.7.1 not you"}
    sink.drops = set(chance.sample(addresses, 5))
    sink.drops_at_rcpt = set(chance.sample(addresses, 5))
    may_be_twice = set(sink.drops)
    for turn in range(400):
        together(2, relay=sink.relay, clock=lambda at=now: at)
        assert figures.totals("test:1").is_whole
        if figures.totals("test:1").is_finished:
            break
        now += 10 * MINUTE
        if turn == 20:
            sink.domains_refused.pop("firm3.example")
    refused = gone | {address for address in addresses if address.endswith("@firm5.example")}
    assert set(sink.counts) | refused == set(addresses)
    assert {address for address, times in sink.counts.items() if times > 1} <= may_be_twice
    failed = Envelope.objects.filter(state="failed").values_list("address", flat=True)
    assert set(failed) <= refused


def test_a_full_disk_at_the_mail_server_touches_nobody_and_all_arrive_when_there_is_room(
    sink: Sink, write: Write, now: datetime
) -> None:
    letter = write(number=50)
    sink.room_for = 20
    for turn in range(3):
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda at=now + turn * MINUTE: at)
    assert len(sink.received) == 20
    assert set(letter.envelopes.exclude(state="sent").values_list("state", "attempts")) == {("queued", 0)}
    sink.room_for = None
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now + 60 * MINUTE)
    assert sink.counts == dict.fromkeys(everybody(50), 1)


@pytest.mark.parametrize("answer", ["452 4.3.1 Insufficient system storage", "552 5.3.1 Mail system full"])
def test_a_disk_that_is_full_only_when_the_content_has_come_touches_nobody_either(
    answer: str, sink: Sink, write: Write, now: datetime
) -> None:
    letter = write(number=50)
    sink.at_data["r20@firm.example"] = [answer] * 2
    for minutes in (0, 1, 2):
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda at=now + minutes * MINUTE: at)
    assert sink.counts == dict.fromkeys(everybody(50), 1)
    assert set(letter.envelopes.values_list("state", "attempts")) == {("sent", 1)}


def test_a_clock_that_jumps_loses_nothing_and_sends_nothing_twice(sink: Sink, write: Write, now: datetime) -> None:
    write(number=300)
    sink.at_rcpt["r7@firm.example"] = ["450 4.2.0 grey"] * 3
    chance = random.Random()

    def jumping() -> datetime:
        return now + chance.choice([-1, 0, 0, 0, 1]) * timedelta(days=chance.randint(0, 3))

    ends = time.monotonic() + PATIENCE
    while not figures.totals("test:1").is_finished and time.monotonic() < ends:
        together(2, relay=sink.relay, clock=jumping, batch=7, longest=timedelta(seconds=2))
        now += timedelta(hours=6)
    assert sink.counts == dict.fromkeys(everybody(300), 1)
    assert set(Envelope.objects.values_list("doubts", flat=True)) == {0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "A word\r\nBcc: spy@firm.example"},
        {"to": [Recipient("a@firm.example", "A\r\nBcc: spy@firm.example")]},
        {"to": [Recipient("a@firm.example>\r\nRCPT TO:<spy@firm.example")]},
        {"to": [Recipient("no address")]},
        {"to": [Recipient("a@firm.example, spy@firm.example")]},
        {"list_id": "list>\r\nBcc: spy@firm.example"},
        {"text": "x" * 5_000_000},
        {"html": "x" * 5_000_000},
    ],
)
def test_what_is_no_letter_is_refused_in_words_and_writes_nothing(wrong: dict[str, Any], now: datetime) -> None:
    usual: dict[str, Any] = {"subject": "A word", "text": "Words.", "to": [Recipient("a@firm.example")]}
    with pytest.raises(UnableToPost) as refusal:
        post(purpose="test", source="test:1", now=now, **(usual | wrong))
    assert len(str(refusal.value)) > 20
    assert not Envelope.objects.exists()
