"""When the office is closed, and how soon it answers: set by an administrator, never for days that are past."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inquiries.deadlines import Targets
from inquiries.models import Closure, Recalculation, ResponseTarget
from inquiries.permissions import may_keep_calendar
from inquiries.services import recomputing
from organisations.models import User


class UnableToSet(Exception):
    """Not by this person, or not for a day that has begun."""


@transaction.atomic
def close_office(*, first_on: date, last_on: date, reason: str, by: User, today: date) -> Recalculation:
    """Declare the office closed from the first to the last day; return the recalculation that it needs. Raises UnableToSet."""
    if not may_keep_calendar(by) or first_on < today:
        raise UnableToSet
    Closure.objects.create(first_on=first_on, last_on=last_on, reason=reason, declared_on=today, by=by)
    return recomputing.start(Recalculation.Cause.CLOSURE, today=today)


@transaction.atomic
def take_back(closure: Closure, *, by: User, today: date) -> Recalculation:
    """Take back a closure that has not begun; return the recalculation that it needs. Raises UnableToSet."""
    if not may_keep_calendar(by) or closure.first_on <= today:
        raise UnableToSet
    closure.delete()
    return recomputing.start(Recalculation.Cause.CLOSURE, today=today)


def set_targets(*, topic: str, priority: str, targets: Targets, valid_from: date, by: User, today: date) -> ResponseTarget:
    """Set the targets of questions whose clock starts on `valid_from` or later; clocks that run keep theirs. Raises UnableToSet."""
    if not may_keep_calendar(by) or valid_from <= today:
        raise UnableToSet
    days = {"acknowledge": targets.acknowledge, "answer": targets.answer, "close": targets.close}
    row, _is_new = ResponseTarget.objects.update_or_create(
        topic=topic, priority=priority, valid_from=valid_from, defaults={**days, "set_on": today, "by": by}
    )
    return row
