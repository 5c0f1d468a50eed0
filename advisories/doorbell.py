"""Rings for a worker to write the mail to an association's members."""

from __future__ import annotations

from celery import current_app
from kombu.exceptions import OperationalError


def write_to_members() -> None:
    """Have it written now. Where the queue can't be reached, the clock takes it up within a minute."""
    quick = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1, "interval_start": 0, "interval_step": 0}
    try:
        with current_app.connection_for_write(transport_options=current_app.conf.broker_transport_options | quick) as connection:
            current_app.send_task("advisories.tasks.write_to_members", connection=connection, retry=False, expires=60)
    except OperationalError:
        return
