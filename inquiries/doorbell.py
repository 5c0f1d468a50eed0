"""Rings for a worker. A door of its own, because the pages of the desk ring too and know no tasks."""

from __future__ import annotations

from uuid import UUID

from celery import current_app
from kombu import Connection
from kombu.exceptions import OperationalError

from inquiries.models import DryRun
from inquiries.services import dry_runs


class UnableToRing(Exception):
    """The queue can't be reached."""


def rewrap_keys() -> None:
    """Have the case keys wrapped anew now instead of at night."""
    _ring("inquiries.tasks.rewrap_keys")


def recompute_deadlines(run: UUID) -> None:
    """Have a recalculation go on now instead of at night."""
    _ring("inquiries.tasks.recompute_deadlines", str(run))


def try_rules(run: UUID) -> None:
    """Have a dry run of the rules counted; no night's run does it instead."""
    _ring("inquiries.tasks.try_rules", str(run))


def begin_dry_run(run: DryRun) -> None:
    """Count few inquiries now, and have a worker count many. Raises UnableToRing, with the run given up."""
    if run.total <= dry_runs.AT_ONCE:
        dry_runs.run(run.pk)
        return
    try:
        try_rules(run.pk)
    except UnableToRing:
        dry_runs.give_up(run.pk)
        raise


def _ring(task: str, *args: str) -> None:
    try:
        with _connection() as connection:
            current_app.send_task(task, args, connection=connection, retry=False)
    except OperationalError as error:
        raise UnableToRing from error


def _connection() -> Connection:
    """A connection to the broker that gives up at once, because the administrator is waiting for a page."""
    quick = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1, "interval_start": 0, "interval_step": 0}
    return current_app.connection_for_write(transport_options=current_app.conf.broker_transport_options | quick)
