"""Digests for many single addresses, of three sorts of wishes: seconds to write them, and the most memory that the process held.

`bench()` needs Django and a migrated database that it may write to; it takes its rows away again.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta

from django.utils import timezone

from advisories.models import Advisory, Digest, Kind, Pace, Urgency
from advisories.services import digesting
from mailroom.models import Envelope, Letter
from tests.bench import subscribers
from tests.bench.lines import peak, tell
from tests.bench.subscribers import DAY

WISHES: list[dict[str, object]] = [{}, {"kinds": [Kind.THREAT]}, {"least_urgency": Urgency.PRIORITY}]
ADVISORIES = 10  # that came out since the last digest


def bench(number: int = 100_000) -> None:
    """A tenth of the number first, so that its memory can be told from that of all."""
    for each in (number // 10, number):
        tell(_digests(each))


def _digests(number: int) -> dict[str, object]:
    now = timezone.now()
    _publish(now)
    subscribers.subscribe(number, now, *WISHES, pace=Pace.DAILY, told_until=now - 2 * DAY)  # of what came out two days ago
    began, cpu = time.perf_counter(), time.process_time()
    written = digesting.post_due(now=now)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    copies = Envelope.objects.filter(letter__purpose="advisory-digest-single").count()
    if not written == copies == number:
        raise RuntimeError("not every subscription got its digest")
    line = {
        "bench": "digests",
        "subscriptions": number,
        "letters": Letter.objects.filter(purpose="advisory-digest-single").count(),
        "seconds": round(seconds, 1),
        "cpu_seconds_of_worker": round(cpu, 1),
        "megabytes": round(peak(), 1),
        "load": round(os.getloadavg()[0], 1),
    }
    _clear()
    return line


def _publish(now: datetime) -> None:
    agency, editor, _approver = subscribers.agency()
    kinds, urgencies = (Kind.THREAT, Kind.GUIDANCE), (Urgency.ROUTINE, Urgency.PRIORITY)
    Advisory.objects.bulk_create(
        Advisory(
            agency=agency,
            author=editor,
            revised_by=editor,
            published_by=editor,
            kind=kinds[each % 2],
            urgency=urgencies[each // 2 % 2],
            tlp="clear",
            title=f"Notice {each}",
            summary="New resellers ask for many.",
            body="First orders.",
            state="published",
            published_at=now - DAY - timedelta(minutes=each),
            created_at=now - 2 * DAY,
        )
        for each in range(ADVISORIES)
    )


def _clear() -> None:
    Letter.objects.filter(purpose="advisory-digest-single").delete()
    for model in (Digest, Advisory):
        model.objects.all().delete()
    subscribers.clear()
