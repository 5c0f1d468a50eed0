"""Dry runs of the rules: counted in the background, a page of inquiries at a time, and kept for a day.

Counting takes seconds, so it starts from the beginning when its worker stops; its row says how far it has come, and when nobody has
heard of it for long, that it is over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

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
    *,
    rule: RoutingRule | None = None,
    terms: Terms | None = None,
    version: int | None = None,
    by: User,
    today: date,
    now: datetime,
) -> DryRun:
    """Keep what is to be tried: the rules in force, or `terms` as a new rule or in place of `rule`, seen in `version`.

    The same asked twice is one run. Raises UnableToTry, IsUnderWay, and UnableToChange for terms that could not be saved.
    """
    may = may_see_rules(by) if terms is None else may_change_rules(by)
    if not may:
        raise UnableToTry
    if terms is not None:
        rules.sketch(rule, terms=terms)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # a form sent twice comes one after the other
    mine = DryRun.objects.visible_to(by)
    mine.silent(now).update(state=State.FAILED)
    run = DryRun(by=by, begun_on=today, heard_at=now, rule=rule, sketch=_sketched(terms, version))
    other = mine.under_way().first()
    if other is None:
        run.total = Inquiry.objects.filter(received_on__gt=run.since).count()
        run.save()
        return run
    if (other.rule_id, other.sketch) != (run.rule_id, run.sketch):
        raise IsUnderWay(other)
    return other


def run(pk: UUID, *, clock: Callable[[], datetime]) -> None:
    """Count a dry run that waits; one that somebody has begun, or that is gone, is left alone."""
    found = DryRun.objects.filter(pk=pk)
    if not found.filter(state=State.WAITING).update(state=State.RUNNING, heard_at=clock()):
        return
    try:
        outcome = _count(found.select_related("rule").get(), clock)
    except Exception:
        give_up(pk)
        raise
    if outcome:
        is_over = {"state": State.DONE, "done": outcome.total, "total": outcome.total, "heard_at": clock()}
        found.filter(state=State.RUNNING).update(result=outcome.as_json, **is_over)


def give_up(pk: UUID) -> None:
    """Say of a dry run that it came to nothing."""
    DryRun.objects.under_way().filter(pk=pk).update(state=State.FAILED)


def result(run: DryRun) -> Rehearsal | None:
    return Rehearsal.from_json(run.result) if run.result else None


def forget(*, now: datetime) -> int:
    """Delete the dry runs of more than a day ago; return how many."""
    return DryRun.objects.expired(now).delete()[0]


def _count(run: DryRun, clock: Callable[[], datetime]) -> Rehearsal | None:
    """Ask the rules about all inquiries; None once the run has been given up meanwhile."""
    rehearsing = Rehearsing(instead=rules.sketch(run.rule, terms=_terms(run.sketch)) if run.sketch else None)
    going = DryRun.objects.filter(pk=run.pk, state=State.RUNNING)
    for kinds in kinds_of_inquiries(after=run.since, size=PAGE):
        rehearsing.add(kinds)
        if not going.update(done=F("done") + len(kinds), heard_at=clock()):
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
