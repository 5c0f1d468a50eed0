"""Working out all deadlines anew: after the office's days have changed, and every night to see that the columns say what is so.

It goes batch by batch, each in a transaction of its own; its row knows how far it has come, so that it may be stopped at any time.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction

from inquiries.deadlines import Event
from inquiries.models import Event as HistoryRow
from inquiries.models import Inquiry, Recalculation
from inquiries.services import casebook, clock
from inquiries.services.clock import Rules

log = logging.getLogger(__name__)

BATCH = 500


def start(cause: Recalculation.Cause, *, today: date) -> Recalculation:
    return Recalculation.objects.create(cause=cause, begun_on=today, total=Inquiry.objects.with_deadlines().count())


@transaction.atomic
def step(pk: UUID, *, limit: int = BATCH) -> bool:
    """Do the next batch of a recalculation; return whether there is more to do."""
    run = Recalculation.objects.select_for_update().get(pk=pk)
    if run.is_finished:
        return False
    batch = list(Inquiry.objects.with_deadlines().filter(pk__gt=run.last).order_by("pk").defer("sealed_subject")[:limit])
    run.differed += _set_right(batch, clock.rules())
    run.done += len(batch)
    run.last = batch[-1].pk if batch else run.last
    run.is_finished = len(batch) < limit
    run.save(update_fields=["last", "done", "differed", "is_finished"])
    if run.is_finished and run.is_alarming:
        log.error("%s deadlines were not what their history says, and have been set right.", run.differed)
    return not run.is_finished


def finish(run: Recalculation) -> Recalculation:
    """Do all that is left of a recalculation."""
    while step(run.pk):
        pass
    run.refresh_from_db()
    return run


def check(*, today: date) -> Recalculation:
    """First finish what a stopped worker has left, which is expected to differ; then see that nothing else does."""
    for run in Recalculation.objects.unfinished().order_by("begun_on", "pk"):
        finish(run)
    Recalculation.objects.filter(cause=Recalculation.Cause.CHECK, differed=0).delete()
    return finish(start(Recalculation.Cause.CHECK, today=today))


def _set_right(batch: list[Inquiry], rules: Rules) -> int:
    histories = _histories(batch)
    return sum(_set_one_right(inquiry, rules) for inquiry in batch if clock.settle(inquiry, histories[inquiry.pk], rules))


def _histories(batch: Iterable[Inquiry]) -> dict[UUID, list[Event]]:
    found: dict[UUID, list[Event]] = defaultdict(list)
    rows = HistoryRow.objects.filter(inquiry__in=batch).order_by("inquiry", "position")
    for inquiry, kind, on, days in rows.values_list("inquiry", "kind", "on", "days"):
        found[inquiry].append(Event(kind, on, days or 0))
    return found


def _set_one_right(inquiry: Inquiry, rules: Rules) -> bool:
    """Look again under the lock: somebody may have moved it since the batch was read."""
    inquiry = casebook.locked(inquiry)
    if not clock.settle(inquiry, clock.events_of(inquiry), rules):
        return False
    inquiry.save(update_fields=list(clock.DERIVED))
    return True
