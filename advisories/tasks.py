"""The clock of advisories."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from advisories.models import Advisory
from advisories.services import delivering, scheduling
from mailroom import doorbell


@shared_task
def release_due() -> None:
    """Every minute: each in a transaction of its own, so that one which can't come out keeps none of the others back."""
    now = timezone.now()
    released = [scheduling.release(each, now=now, today=timezone.localdate(now)) for each in Advisory.objects.to_release(now)]
    if any(released):
        doorbell.wake()


@shared_task
def expire_due() -> None:
    """Every night, after the last day."""
    now = timezone.now()
    for each in Advisory.objects.to_expire(timezone.localdate(now)):
        scheduling.expire(each, today=timezone.localdate(now), now=now)


@shared_task
def deliver_webhooks() -> None:
    """Post what waits for webhooks. Beat calls this every ten seconds; while one is at it, another ends at once."""
    delivering.deliver(worker=delivering.new_worker(), clock=timezone.now)
