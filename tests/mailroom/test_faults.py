"""What may die, dies; everything arrives all the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery

from mailroom import figures
from mailroom.models import Envelope
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink
from tests.processes import environment, running

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = 2000
KILLS = 3
SENDERS = 2  # worker processes that send, per Celery worker
PATIENCE = 90


@contextmanager
def celery_worker(folder: Path, sink: Sink) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as `make run` starts it, but without its clock, so that the test rings when it likes."""
    env = environment(DJANGO_SETTINGS_MODULE="tests.mailroom.short_leases", EMAIL_URL=f"smtp://127.0.0.1:{sink.port}")
    command = ["celery", "--app", "portal", "worker", "--concurrency", str(SENDERS), "--without-gossip", "--without-mingle"]
    with running(command, log=folder / "worker.log", env=env) as process:
        yield process


def test_kill_9_of_workers_loses_nothing_and_repeats_at_most_one_copy_per_killed_process(
    sink: Sink, write: Write, tmp_path: Path
) -> None:
    letter = write(number=NUMBER)
    bell = Celery("bell", broker=os.environ["REDIS_URL"])
    bell.control.purge()
    chance = random.Random()
    stops = sorted(chance.sample(range(50, NUMBER - 200), KILLS))
    ends = time.monotonic() + PATIENCE

    def work_until(enough: int) -> None:
        while len(sink.received) < enough or (enough >= NUMBER and not figures.totals("test:1").is_finished):
            assert time.monotonic() < ends, (tmp_path / "worker.log").read_text()[-2000:]
            for _ in range(SENDERS):
                bell.send_task("mailroom.tasks.deliver", expires=5)
            deadline = time.monotonic() + 0.5
            while len(sink.received) < enough and time.monotonic() < deadline:
                time.sleep(chance.random() * 0.005)

    for stop in stops:
        with celery_worker(tmp_path, sink) as process:
            work_until(stop)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    with celery_worker(tmp_path, sink):
        work_until(NUMBER)

    assert set(sink.counts) == {f"r{n}@firm.example" for n in range(NUMBER)}
    repeated = [address for address, times in sink.counts.items() if times > 1]
    assert sum(sink.counts.values()) - NUMBER <= KILLS * SENDERS
    for address in repeated:
        assert len({message["Message-ID"] for message in sink.messages(address)}) == 1
    totals = figures.totals("test:1")
    assert totals.by_state == {state: NUMBER * (state == "sent") for state in totals.by_state}
    assert totals.is_whole
    # Every copy that went twice is named: it was in doubt.
    doubted = set(Envelope.objects.filter(letter=letter, doubts__gt=0).values_list("address", flat=True))
    assert set(repeated) <= doubted
