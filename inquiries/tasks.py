"""The clock of inquiries. Nothing that an asker does starts any of these."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from inquiries.services import (
    digest,
    dry_runs,
    erasing,
    escalating,
    identities,
    publishing,
    quarters,
    recomputing,
    rewrapping,
    stirring,
)


@shared_task
def post_digest() -> None:
    """Once a business day, at a fixed hour."""
    digest.post_digest(today=timezone.localdate())


@shared_task
def stir() -> None:
    """Every hour."""
    stirring.stir(since=stirring.last_days(timezone.localdate()))


@shared_task
def publish_due() -> None:
    """Every morning."""
    publishing.publish_due(today=timezone.localdate())


@shared_task
def escalate() -> None:
    """Every morning: nothing happens on a day of rest, and nothing twice."""
    while escalating.escalate(today=timezone.localdate()):
        pass


@shared_task
def recompute_deadlines(run: str) -> None:
    """Work out one batch of deadlines anew and hand on to the next: a stop of the worker loses nothing."""
    if recomputing.step(UUID(run)):
        recompute_deadlines.delay(run)


@shared_task
def check_deadlines() -> None:
    """Every night; what differs is set right, logged as an error and shown to administrators."""
    recomputing.check(today=timezone.localdate())


@shared_task
def publish_figures() -> None:
    """Every night; there is something to publish in the first night after a quarter."""
    quarters.publish_ended(today=timezone.localdate())


@shared_task
def erase_expired() -> None:
    """Every night: finish what was interrupted, erase what is over, clear the key store."""
    today = timezone.localdate()
    erasing.finish(today=today)
    while erasing.erase_expired(today=today):
        pass
    erasing.purge_orphans(today=today)


@shared_task
def try_rules(run: str) -> None:
    """When a person asks for it; a second call for the same run does nothing."""
    dry_runs.run(UUID(run))


@shared_task
def forget_dry_runs() -> None:
    """Every night."""
    dry_runs.forget(today=timezone.localdate())


@shared_task
def lapse_openings() -> None:
    """Every night."""
    while identities.lapse_over(today=timezone.localdate()):
        pass


@shared_task
def rewrap_keys(after: str = str(rewrapping.START)) -> None:
    """Wrap one batch of case keys anew and hand on to the next: a stop of the worker loses nothing."""
    batch = rewrapping.rewrap(after=UUID(after))
    if batch.last is not None:
        rewrap_keys.delay(str(batch.last))
