"""The clock of inquiries. Nothing that an asker does starts any of these."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from inquiries.services import digest, publishing, stirring


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
