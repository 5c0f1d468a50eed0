"""Dry runs of the rules: counted in the background, a page of inquiries at a time, and kept until the next day.

Counting takes seconds, so it starts from the beginning when its worker stops. Whoever counts holds an advisory lock, which
PostgreSQL takes back once their connection ends, however it ends; so no time of day has to be kept to know of a worker that died.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Max

from inquiries.models import DryRun, Inquiry, RoutingRule
from inquiries.permissions import may_change_rules, may_see_rules
from inquiries.querysets import kinds_of_inquiries
from inquiries.services import rules
from inquiries.services.rehearsal import Rehearsal, Rehearsing
from inquiries.services.rules import Terms
from organisations.models import Organisation, User

PAGE: Final = 2000
# So few inquiries that they are counted before a worker has heard the bell.
AT_ONCE: Final = 2000

State = DryRun.State


class UnableToTry(Exception):
    """Not by this person."""


class IsUnderWay(Exception):
    """Another dry run of theirs is; `run` says which."""

    def __init__(self, run: DryRun) -> None:
        super().__init__()
        self.run = run


@transaction.atomic
def start(
    *, rule: RoutingRule | None = None, terms: Terms | None = None, version: int | None = None, by: User, today: date
) -> DryRun:
    """Keep what is to be tried: the rules in force, or `terms` as a new rule or in place of `rule`, seen in `version`.

    The same asked twice is one run; one that nobody has begun, or that has stopped, makes room for another. Raises UnableToTry,
    IsUnderWay, and UnableToChange for terms that could not be saved.
    """
    may = may_see_rules(by) if terms is None else may_change_rules(by)
    if not may:
        raise UnableToTry
    if terms is not None:
        rules.sketch(rule, terms=terms)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # a form sent twice comes one after the other
    mine = DryRun.objects.visible_to(by)
    run = DryRun(by=by, begun_on=today, rule=rule, sketch=_sketched(terms, version))
    for other in mine.under_way():
        if not has_stopped(other) and (other.rule_id, other.sketch) == (run.rule_id, run.sketch):
            return other
        _make_room(other)
    run.number = 1 + (mine.aggregate(last=Max("number"))["last"] or 0)
    run.total = Inquiry.objects.filter(received_on__gt=run.since).count()
    run.save(force_insert=True)
    return run


def _make_room(other: DryRun) -> None:
    if other.state == State.RUNNING and not has_stopped(other):
        raise IsUnderWay(other)
    give_up(other.pk)


def run(pk: UUID) -> None:
    """Count a dry run that waits; one that somebody has begun, or that is gone, is left alone."""
    with counting(pk) as is_ours:
        if is_ours and DryRun.objects.filter(pk=pk, state=State.WAITING).update(state=State.RUNNING):
            _run(DryRun.objects.select_related("rule").get(pk=pk))


def _run(run: DryRun) -> None:
    try:
        outcome = _count(run)
    except Exception:
        give_up(run.pk)
        raise
    if outcome:
        is_over = {"state": State.DONE, "done": outcome.total, "total": outcome.total, "result": outcome.as_json}
        DryRun.objects.filter(pk=run.pk, state=State.RUNNING).update(**is_over)


@contextmanager
def counting(pk: UUID) -> Iterator[bool]:
    """Hold what says that somebody is counting a dry run, if nobody else does; yields whether that is so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_lock(pk)])
        is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_lock(pk)])


def has_stopped(run: DryRun) -> bool:
    """Whether it is over without a result: it has failed, or nobody counts it any more. Reads it anew where that is in doubt."""
    if run.state == State.RUNNING and not _is_counted(run.pk):
        run.refresh_from_db()  # who counts lets go after the last word
        return not run.is_done
    return run.state == State.FAILED


# As pg_locks writes a lock on one 64-bit key.
_IS_LOCKED = """
SELECT EXISTS (
    SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database AND datname = current_database()
    WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = %s
)
"""


def _is_counted(pk: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_LOCKED, [_lock(pk)])
        return bool(cursor.fetchone()[0])


def _lock(pk: UUID) -> int:
    return int.from_bytes(pk.bytes[:8], signed=True)


def give_up(pk: UUID) -> None:
    """Say of a dry run that it came to nothing."""
    DryRun.objects.under_way().filter(pk=pk).update(state=State.FAILED)


def result(run: DryRun) -> Rehearsal | None:
    return Rehearsal.from_json(run.result) if run.result else None


def forget(*, today: date) -> int:
    """Delete the dry runs of the days before; return how many."""
    return DryRun.objects.expired(today).delete()[0]


def _count(run: DryRun) -> Rehearsal | None:
    """Ask the rules about all inquiries; None once the run has been given up meanwhile."""
    rehearsing = Rehearsing(instead=rules.sketch(run.rule, terms=_terms(run.sketch)) if run.sketch else None)
    going = DryRun.objects.filter(pk=run.pk, state=State.RUNNING)
    for kinds in kinds_of_inquiries(after=run.since, size=PAGE):
        rehearsing.add(kinds)
        if not going.update(done=F("done") + len(kinds)):
            return None
    return rehearsing.outcome()


def _sketched(terms: Terms | None, version: int | None) -> dict[str, Any] | None:
    """What was typed, as the row keeps it and the form takes it again."""
    if terms is None:
        return None
    said = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return said | {"agency": str(terms.agency.pk) if terms.agency else None, "version": version}


def _terms(sketch: dict[str, Any]) -> Terms:
    said = {name: sketch[name] for name in Terms.__dataclass_fields__}
    return Terms(**said | {"agency": Organisation.objects.get(pk=said["agency"]) if said["agency"] else None})
