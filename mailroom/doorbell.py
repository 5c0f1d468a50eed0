"""Rings for a worker. A door of its own, because the pages of the desk ring too and know no tasks."""

from __future__ import annotations

import logging

from celery import current_app
from kombu import Connection
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

LONGEST_RING = 60  # seconds after which an unheard ring is dropped; the clock ticks anyway


def wake(task: str = "mailroom.tasks.deliver") -> None:
    """Ring for a worker now instead of at the clock's next tick; call it after the transaction that posted.

    Other apps that keep a queue in rows name the task that looks at theirs.

    Where Redis is down the letter only leaves later, so that is logged and nothing else.
    """
    try:
        with _connection() as connection:
            current_app.send_task(task, connection=connection, retry=False, expires=LONGEST_RING)
    except OperationalError as error:
        log.warning("%s comes at the next tick: the queue can't be reached (%s)", task, type(error).__name__)


def _connection() -> Connection:
    """A connection to the broker that gives up at once, because the person who published is waiting for a page."""
    quick = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1, "interval_start": 0, "interval_step": 0}
    return current_app.connection_for_write(transport_options=current_app.conf.broker_transport_options | quick)
