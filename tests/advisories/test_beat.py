"""The clock dies at any point and is started anew: nothing is left undone, and nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.utils import timezone

from advisories.models import Advisory, Digest, Subscription
from advisories.services import audience, scheduling
from mailroom.services import Recipient, post
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.mailroom.sink import Sink, listening
from tests.processes import environment, running

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 2
ROUND = 100  # mails that are written while the clock stands
PATIENCE = 180  # seconds
WORKER = ["worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


@pytest.fixture
def now() -> datetime:
    """Some days ago by the clock of the processes that run beside the test."""
    return timezone.now() - timedelta(days=3)


def started(command: list[str], log: Path, sink: Sink) -> AbstractContextManager[subprocess.Popen[bytes]]:
    env = environment(EMAIL_URL=f"smtp://127.0.0.1:{sink.port}")
    return running(["celery", "--app", "tests.advisories.quick_beat", *command], log=log, env=env)


def wait_until(happened: Callable[[], bool], log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < ends, log.read_text()[-6000:]
        time.sleep(0.02)


def test_kill_9_of_beat_leaves_nothing_undone_and_does_nothing_twice(
    approved: Make,
    published: Make,
    editor: User,
    firm: Organisation,
    signatory: User,
    subscribed: Callable[..., Subscription],
    now: datetime,
    tmp_path: Path,
) -> None:
    log, beat = tmp_path / "celery.log", ["beat", "--schedule", str(tmp_path / "schedule"), "--pidfile", ""]
    audience.subscribe(organisation=firm, address="daily@firm.example", by=signatory, now=now - timedelta(hours=1), pace="daily")
    subscribed(firm, "atonce@firm.example")
    told = published(tlp="clear")
    scheduled = scheduling.schedule(approved(tlp="clear"), at=timezone.now() - timedelta(minutes=1), by=editor, now=now)
    Celery("bell", broker=os.environ["REDIS_URL"]).control.purge()

    def write(turn: int) -> None:
        to = [Recipient(f"r{turn}-{number}@firm.example") for number in range(ROUND)]
        post(purpose="test", source=f"test:{turn}", subject="A word", text="Some words.", to=to, now=now)

    with listening() as sink, started(WORKER, log, sink):
        sink.seconds_each = 0.002
        for turn in range(KILLS):
            write(turn)
            with started(beat, log, sink) as clock:
                enough = len(sink.received) + random.randint(1, ROUND)
                wait_until(lambda enough=enough: len(sink.received) >= enough, log)
                kill(clock)
        write(KILLS)
        with started(beat, log, sink):
            ours = {f"r{turn}-{number}@firm.example" for turn in range(KILLS + 1) for number in range(ROUND)}
            wait_until(lambda: {"daily@firm.example", *ours} <= set(sink.counts) and sink.counts["atonce@firm.example"] >= 2, log)
            time.sleep(1)  # some more rings, for what might come twice
    # The scheduled one came out after the digest's last period.
    assert sink.counts == dict.fromkeys(ours, 1) | {"atonce@firm.example": 2, "daily@firm.example": 1}
    assert Advisory.objects.get(pk=scheduled.pk).is_current
    assert [event.move for event in scheduled.events.filter(move="publish")] == ["publish"]
    assert list(Digest.objects.get().advisories.all()) == [told]


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
