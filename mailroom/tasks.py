"""The clock of the mailroom; the work is in the rows."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from mailroom import doorbell, transport
from mailroom.services import delivery


@shared_task
def deliver() -> None:
    """Send what is due. Beat calls this every ten seconds; several may run at once."""
    lease = timedelta(seconds=settings.MAILROOM_LEASE_SECONDS)
    run = delivery.deliver(
        worker=delivery.new_worker(),
        relay=transport.relay_from_settings(),
        others=transport.further_relays_from_settings(),
        clock=timezone.now,
        lease=lease,
    )
    if run.more:
        doorbell.wake()
