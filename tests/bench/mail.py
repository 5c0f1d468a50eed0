"""Envelopes a second into a counting sink on this machine, and smtplib on one reused connection beside it as the yardstick.

`bench()` needs Django and a migrated database that it may write to; it takes its rows away again.
"""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from mailroom import figures, mime
from mailroom.models import Envelope, Letter
from mailroom.services import Recipient, post, post_to_query
from mailroom.services.delivery import deliver, new_worker
from mailroom.transport import Relay

ROOT = Path(__file__).resolve().parent.parent.parent
SENDER = "focalpoint@portal.example"
SOURCE = "bench:mail"
TEXT = "A supplier asks for a mill by an unusual way, and names an end user that nobody knows.\n" * 40
DAY = timedelta(days=1)


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


@contextmanager
def counting_sink() -> Iterator[CountingSink]:
    command = [sys.executable, "-m", "tests.bench.sink"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield CountingSink(process)
        process.terminate()


def bench(number: int = 10_000) -> dict[str, object]:
    """Print and return one line of figures for `number` envelopes."""
    _clear()
    try:
        with counting_sink() as sink:
            fan_out = _fan_out(number)
            yardstick = _smtplib(sink, number)
            ours = _deliver(sink, number)
    finally:
        _clear()
    line = {
        "bench": "mail",
        "envelopes": number,
        "fan_out_per_second": round(number / fan_out),
        "sent_per_second": round(number / ours),
        "smtplib_per_second": round(number / yardstick),
        "ratio_to_smtplib": round(yardstick / ours, 2),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return line


def _fan_out(number: int) -> float:
    """Seconds to write so many envelopes by INSERT … SELECT from rows of addresses."""
    now = timezone.now()
    to = (Recipient(f"r{n}@firm.example") for n in range(number))
    seed = post(purpose="bench", source=f"{SOURCE}:seed", subject="Seed", text="Seed", to=to, now=now, not_before=now + DAY)
    audience = Envelope.objects.filter(letter=seed).values_list(Concat(Value("to-"), F("address")), F("name"))
    began = time.perf_counter()
    post_to_query(purpose="bench", source=SOURCE, subject="TLP:CLEAR A notice", text=TEXT, audience=audience, now=now)
    return time.perf_counter() - began


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
            smtp.sendmail(SENDER, f"r{n}@firm.example", message)
    seconds = time.perf_counter() - began
    _expect(sink, number)
    return seconds


def _deliver(sink: CountingSink, number: int) -> float:
    began = time.perf_counter()
    relay = Relay(host="127.0.0.1", port=sink.port)
    deliver(worker=new_worker(), relay=relay, clock=timezone.now, longest=DAY)
    seconds = time.perf_counter() - began
    _expect(sink, number)
    if figures.totals(SOURCE).sent != number:
        raise RuntimeError("the ledger does not say that all were sent")
    return seconds


def _expect(sink: CountingSink, number: int) -> None:
    if sink.take_count() != (number, number):
        raise RuntimeError("the sink did not get each message once")


def _clear() -> None:
    letters = Letter.objects.filter(source__startswith=SOURCE)
    Envelope.objects.filter(letter__in=letters).delete()
    letters.delete()
