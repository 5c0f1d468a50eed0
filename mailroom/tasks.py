"""The clock of the mailroom; the work is in the rows."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from mailroom import doorbell, transport
from mailroom.accounts import Unreachable
from mailroom.services import delivery, returns

log = logging.getLogger(__name__)


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


@shared_task
def take_refusals() -> None:
    """Stop lists to mailboxes of which a server said at once that they are gone."""
    returns.take_refusals(now=timezone.now())


@shared_task
def fetch_returns() -> None:
    """Take up what has come back to the mailbox for it, if there is one. Several may run at once."""
    if settings.BOUNCE_MAILBOX:
        try:
            returns.fetch(settings.BOUNCE_MAILBOX, now=timezone.now())
        except Unreachable as error:
            log.warning("mailbox of returned mail can't be read: %s", error)
