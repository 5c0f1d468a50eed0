"""Mail into a counting sink on this machine, with the ledger written; the yardstick is smtplib on one reused connection.

The machine may be busy with other things: yardstick and portal take turns, and what counts is the ratio within one round. `bench()`
needs Django and a migrated database that it may write to; it takes its rows away again.
"""

from __future__ import annotations

import json
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone

from advisories.models import Advisory, Kind, Pace, Urgency
from advisories.services import editing
from advisories.services.editing import Content
from mailroom import figures, mime
from mailroom.models import Envelope, Letter, Priority
from mailroom.services import Recipient, pause, post, post_to_query
from mailroom.services.claiming import claim, release
from mailroom.services.delivery import _session, deliver, new_worker
from mailroom.transport import Relay
from organisations.models import User
from tests.bench import subscribers
from tests.bench.desk import signed_in
from tests.bench.lines import tell
from tests.processes import environment

ROOT = Path(__file__).resolve().parent.parent.parent
SENDER = "focalpoint@portal.example"
SOURCE = "bench:mail"
TEXT = "A supplier asks for a mill by an unusual way, and names an end user that nobody knows.\n" * 40
DAY = timedelta(days=1)
ROUNDS = 10
DOMAINS = 500


class CountingSink:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._read())

    def take_count(self) -> tuple[int, int]:
        """The messages and the different recipients since the last time."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        messages, recipients = self._read().split()
        return int(messages), int(recipients)

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


class Sender:
    """A worker process that begins when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._read()

    def begin(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> dict[str, float]:
        found: dict[str, float] = json.loads(self._read())
        return found

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def _process(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.terminate()


@contextmanager
def counting_sink() -> Iterator[CountingSink]:
    with _process("tests.bench.sink") as process:
        yield CountingSink(process)


@contextmanager
def senders(number: int, sink: CountingSink) -> Iterator[list[Sender]]:
    with ExitStack() as stack:
        yield [Sender(stack.enter_context(_process("tests.bench.sender", str(sink.port)))) for _ in range(number)]


def bench(number: int = 10_000, many: int = 100_000) -> dict[str, object]:
    """Print the figures and return the first of them."""
    _clear()
    try:
        with counting_sink() as sink:
            first = _speed(sink, number)
            tell(_from_the_click(sink, number))
            _clear()
            tell(_fan_out(many))
            tell(_claims(many))
            tell(_urgent_beside_bulk(sink, many))
            for workers in (1, 2, 4):
                tell(_scale(sink, number, workers))
            tell(_memory(sink, number))
    finally:
        _clear()
    return first


def _speed(sink: CountingSink, number: int) -> dict[str, object]:
    """Yardstick and portal in short turns, so that a busy moment of the machine spoils few of them; medians of the turns."""
    each = number // ROUNDS
    smtp, ours = [], []
    for _round in range(ROUNDS):
        smtp.append(_smtplib(sink, each))
        _post(each)
        ours.append(_deliver(sink, each))
        _clear()
    ratios = [theirs / own for theirs, own in zip(smtp, ours, strict=True)]
    line: dict[str, object] = {
        "bench": "mail",
        "envelopes": number,
        "sent_per_second": round(each / statistics.median(ours)),
        "smtplib_per_second": round(each / statistics.median(smtp)),
        "ratio_to_smtplib": round(statistics.median(ours) ** -1 * statistics.median(smtp), 2),
        "ratios_by_turn": [round(found, 2) for found in statistics.quantiles(ratios, n=4)],
        # What both do when nothing else runs, as far as any turn had the machine for itself.
        "quickest_sent_per_second": round(each / min(ours)),
        "quickest_smtplib_per_second": round(each / min(smtp)),
        "ratio_of_quickest": round(min(smtp) / min(ours), 2),
        "sent_per_second_overall": round(number / sum(ours)),
        "smtplib_per_second_overall": round(number / sum(smtp)),
        **_load(),
    }
    tell(line)
    return line


def _from_the_click(sink: CountingSink, number: int) -> dict[str, object]:
    """From the click on “Publish” on the page of an advisory to the first and the last mail, by two worker processes."""
    advisory, editor = _approved()
    subscribers.subscribe(number, timezone.now(), pace=Pace.IMMEDIATE)
    client = signed_in(editor)
    client.get(reverse("focalpoint:advisory", args=[advisory.pk]))  # the page that has the button
    with senders(2, sink) as workers:
        began = time.perf_counter()
        response = client.post(reverse("focalpoint:advisory-publish", args=[advisory.pk]))
        posted = time.perf_counter() - began
        for each in workers:
            each.begin()
        first = _wait_for(sink, 1, began)
        for each in workers:
            each.end()
        seconds = time.perf_counter() - began
    if response.status_code != HTTPStatus.FOUND:
        raise RuntimeError("the advisory was not published")
    _expect_ledger(number, advisory.source)
    Letter.objects.of_source(advisory.source).delete()
    advisory.delete()
    subscribers.clear()
    line = {
        "bench": "mail from the click",
        "envelopes": number,
        "answered_after": round(posted, 2),
        "first_mail_after": round(first, 2),
    }
    return line | {"all_after": round(seconds, 2), **_load(), **_done(sink)}


def _approved() -> tuple[Advisory, User]:
    agency, editor, approver = subscribers.agency()
    content = Content(
        kind=Kind.THREAT, tlp="clear", urgency=Urgency.ROUTINE, title="A notice", summary="What it says.", body=TEXT, what_to_do=""
    )
    now = timezone.now()
    advisory = editing.draft(content=content, agency=agency, by=editor, now=now)
    advisory = editing.submit_for_review(advisory, by=editor, now=now)
    return editing.approve(advisory, revision=advisory.revision, by=approver, now=now), editor


def _fan_out(number: int) -> dict[str, object]:
    seconds = _post(number)
    _clear()
    return {"bench": "mail fan-out", "envelopes": number, "seconds": round(seconds, 2), **_load()}


def _claims(number: int) -> dict[str, object]:
    """A claim of a hundred with so many queued that the statistics know nothing of; and one behind all of them, paused."""
    _post(number)
    took = []
    with _session("bench"):
        for _turn in range(20):
            began = time.perf_counter()
            claim(worker="bench", limit=100, now=timezone.now(), lease=DAY)
            took.append(time.perf_counter() - began)
            release(worker="bench")
        pause(source=SOURCE)
        to = [Recipient("behind@firm.example")]
        post(
            purpose="bench",
            source=f"{SOURCE}:behind",
            subject="Behind",
            text=TEXT,
            to=to,
            now=timezone.now(),
            priority=Priority.BULK,
        )
        began = time.perf_counter()
        if len(claim(worker="bench", limit=100, now=timezone.now(), lease=DAY)) != 1:
            raise RuntimeError("what stands behind a paused letter was not found")
        behind = time.perf_counter() - began
    _clear()
    line = {"bench": "mail claim", "queued": number, "milliseconds": round(statistics.median(took) * 1000, 1)}
    return line | {"seconds_behind_all_of_them_paused": round(behind, 2), **_load()}


def _urgent_beside_bulk(sink: CountingSink, number: int) -> dict[str, object]:
    """An urgent letter to a hundred while one worker is at a bulk run: seconds from posting to the last of the hundred."""
    _post(number)
    with senders(1, sink) as (worker,):
        worker.begin()
        _wait_for(sink, 500, time.perf_counter())
        now = timezone.now()
        to = [Recipient(f"urgent{n}@firm.example") for n in range(100)]
        post(purpose="bench", source=f"{SOURCE}:urgent", subject="Urgent", text=TEXT, to=to, now=now, priority=Priority.URGENT)
        while not figures.totals(f"{SOURCE}:urgent").is_finished:
            time.sleep(0.02)
        last = max(figures.sent_within(f"{SOURCE}:urgent", [100]).values())
        behind = figures.totals(SOURCE).queued
    _clear()
    return {
        "bench": "mail urgent beside bulk",
        "bulk": number,
        "bulk_still_queued": behind,
        "seconds": round((last - now).total_seconds(), 2),
        **_load(),
        **_done(sink),
    }


def _scale(sink: CountingSink, number: int, workers: int) -> dict[str, object]:
    _post(number)
    with senders(workers, sink) as started:
        began = time.perf_counter()
        for each in started:
            each.begin()
        said = [each.end() for each in started]
        seconds = time.perf_counter() - began
    _expect(sink, number)
    _expect_ledger(number)
    _clear()
    return {
        "bench": "mail workers",
        "workers": workers,
        "envelopes": number,
        "sent_per_second": round(number / seconds),
        "cpu_seconds_of_workers": round(sum(each["cpu"] for each in said), 2),
        **_load(),
    }


def _memory(sink: CountingSink, number: int) -> dict[str, object]:
    """The most memory that one worker process held after so many and after five times as many."""
    with senders(1, sink) as (worker,):
        held = []
        for each in (number, number * 4):
            _post(each)
            worker.begin()
            held.append(worker.end()["megabytes"])
            _clear()
    return {
        "bench": "mail memory",
        "megabytes": [round(each, 1) for each in held],
        "envelopes": [number, number * 5],
        **_done(sink),
    }


def _post(number: int) -> float:
    """Seconds to write so many envelopes by INSERT … SELECT, as a publication does."""
    now = timezone.now()
    seed = post(
        purpose="bench",
        source=f"{SOURCE}:seed",
        subject="Seed",
        text="Seed",
        to=(Recipient(f"r{n}@firm{n % DOMAINS}.example") for n in range(number)),
        now=now,
        not_before=now + DAY,
    )
    audience = Envelope.objects.filter(letter=seed).values_list(Concat(Value("to-"), F("address")), F("name"))
    began = time.perf_counter()
    post_to_query(purpose="bench", source=SOURCE, subject="TLP:CLEAR A notice", text=TEXT, audience=audience, now=now)
    seconds = time.perf_counter() - began
    seed.delete()
    return seconds


def _smtplib(sink: CountingSink, number: int) -> float:
    """Seconds for a plain loop over smtplib with the same bytes and no ledger at all."""
    content = mime.freeze(
        mime.Content(
            key="",
            sender=SENDER,
            subject="TLP:CLEAR A notice",
            text=TEXT,
            html="",
            language="en",
            list_id="",
            written_at=timezone.now(),
        )
    ).copy(message_id="<1@portal.example>", to="somebody@firm.example", token="")
    message = content[: -len(b".\r\n")]
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        for n in range(number):
            smtp.sendmail(SENDER, f"r{n}@firm{n % DOMAINS}.example", message)
    seconds = time.perf_counter() - began
    _expect(sink, number)
    return seconds


def _deliver(sink: CountingSink, number: int) -> float:
    began = time.perf_counter()
    relay = Relay(host="127.0.0.1", port=sink.port)
    deliver(worker=new_worker(), relay=relay, clock=timezone.now, longest=DAY)
    seconds = time.perf_counter() - began
    _expect(sink, number)
    _expect_ledger(number)
    return seconds


def _wait_for(sink: CountingSink, number: int, began: float) -> float:
    seen = 0
    while seen < number:
        seen += sink.take_count()[0]
        time.sleep(0.005)
    return time.perf_counter() - began


def _load() -> dict[str, Any]:
    return {"load": round(os.getloadavg()[0], 1)}


def _done(sink: CountingSink) -> dict[str, Any]:
    """Forget what the sink has counted."""
    sink.take_count()
    return {}


def _expect(sink: CountingSink, number: int) -> None:
    if sink.take_count() != (number, number):
        raise RuntimeError("the sink did not get each message once")


def _expect_ledger(number: int, source: str = SOURCE) -> None:
    if figures.totals(source).sent != number:
        raise RuntimeError("the ledger does not say that all were sent")


def _clear() -> None:
    letters = Letter.objects.filter(source__startswith=SOURCE)
    Envelope.objects.filter(letter__in=letters).delete()
    letters.delete()
