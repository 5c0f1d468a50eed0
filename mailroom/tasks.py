"""The clock and the doorbell of the mailroom; the work is in the rows."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import current_app, shared_task
from django.conf import settings
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from mailroom.services import delivery

log = logging.getLogger(__name__)

LONGEST_RING = 60  # seconds after which an unheard ring is dropped; the clock ticks anyway


@shared_task
def deliver() -> None:
    """Send what is due. Beat calls this every ten seconds; several may run at once."""
    lease = timedelta(seconds=getattr(settings, "MAILROOM_LEASE_SECONDS", delivery.LEASE.total_seconds()))
    run = delivery.deliver(worker=delivery.new_worker(), relay=delivery.relay_from_settings(), clock=timezone.now, lease=lease)
    if run.more:
        wake()


def wake() -> None:
    """Ring for a worker now instead of at the clock's next tick; call it after the transaction that posted.

    Where Redis is down the letter only leaves later, so that is logged and nothing else.
    """
    try:
        with doorbell() as connection:
            deliver.apply_async(connection=connection, retry=False, expires=LONGEST_RING)
    except OperationalError as error:
        log.warning("mail goes out at the next tick: the queue can't be reached (%s)", type(error).__name__)


def doorbell() -> Connection:
    """A connection to the broker that gives up at once, because the person who published is waiting for a page."""
    quick = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1, "interval_start": 0, "interval_step": 0}
    return current_app.connection_for_write(transport_options=current_app.conf.broker_transport_options | quick)
