"""The clock of inquiries. Nothing that an asker does starts any of these."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from inquiries.services import digest, erasing, publishing, rewrapping, stirring


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
def erase_expired() -> None:
    """Every night: finish what was interrupted, erase what is over, clear the key store."""
    today = timezone.localdate()
    erasing.finish(today=today)
    while erasing.erase_expired(today=today):
        pass
    erasing.purge_orphans(today=today)


@shared_task
def rewrap_keys(after: str = str(rewrapping.START)) -> None:
    """Wrap one batch of case keys anew and hand on to the next: a stop of the worker loses nothing."""
    batch = rewrapping.rewrap(after=UUID(after))
    if batch.last is not None:
        rewrap_keys.delay(str(batch.last))
