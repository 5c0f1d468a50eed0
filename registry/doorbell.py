"""Rings for a worker. A door of its own, because the pages of the desk ring too and know no tasks."""

from __future__ import annotations

from uuid import UUID

from celery import current_app
from kombu.exceptions import OperationalError


def work_on_import(pk: UUID) -> None:
    """Have an import worked on now. Where the queue can't be reached, the clock takes it up within minutes."""
    quick = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1, "interval_start": 0, "interval_step": 0}
    try:
        with current_app.connection_for_write(transport_options=current_app.conf.broker_transport_options | quick) as connection:
            current_app.send_task("registry.tasks.work_on_import", [str(pk)], connection=connection, retry=False)
    except OperationalError:
        return
