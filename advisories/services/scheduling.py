"""What the clock does with advisories: bring out what is scheduled, and end what has had its last day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.models import Advisory, Move
from advisories.services.digesting import call_back
from advisories.services.editing import UnableTo, bring_out, locked, moved, unschedule
from organisations.models import User

# By how much the clock may miss a moment: as long as a restart of the machine may take.
LATEST_RELEASE = timedelta(hours=1)


class UnableToSchedule(UnableTo):
    pass


class UnableToHold(UnableTo):
    pass


@transaction.atomic
def schedule(advisory: Advisory, *, at: datetime, by: User, now: datetime) -> Advisory:
    """Have the clock bring out at a moment what is approved, or at another moment than before; raises UnableToSchedule."""
    advisory = locked(advisory)
    if not permissions.may_schedule(by, advisory):
        raise UnableToSchedule(_("Only an editor or approver of the agency can schedule, and only what is approved."))
    if at <= now:
        raise UnableToSchedule(_("That moment is over. Choose a later one, or publish it now."))
    if advisory.valid_to and timezone.localdate(at) > advisory.valid_to:
        raise UnableToSchedule(_("Its last day would be over by then. Choose an earlier moment, or change its last day."))
    advisory.scheduled_for, advisory.scheduled_by = at, by
    return moved(advisory, "schedule", Move.SCHEDULED, by=by, now=now, note=f"{timezone.localtime(at):%Y-%m-%d %H:%M %Z}")


@transaction.atomic
def hold(advisory: Advisory, *, by: User, now: datetime) -> Advisory:
    """Take a scheduled advisory off the clock; it stays approved. Raises UnableToHold."""
    advisory = locked(advisory)
    if not permissions.may_hold(by, advisory):
        raise UnableToHold(_("Only an editor or approver of the agency can hold back, and only what is scheduled."))
    unschedule(advisory)
    return moved(advisory, "hold", Move.HELD, by=by, now=now)


def release(advisory: Advisory, *, now: datetime, today: date) -> Advisory | None:
    """Bring out what is scheduled, for the clock; None if it isn't due any more.

    What was missed by more than LATEST_RELEASE, or can't come out, is held for a person: late news may be wrong by now, and
    whoever agreed on an embargo with others has to be asked.
    """
    with transaction.atomic():
        found = Advisory.objects.to_release(now).select_for_update(of=("self",), skip_locked=True).filter(pk=advisory.pk).first()
        if found is None or found.scheduled_for is None or found.scheduled_by is None:
            return None
        advisory, by = locked(found), found.scheduled_by
        if now - found.scheduled_for > LATEST_RELEASE:
            return _held(advisory, _("The moment for which it was scheduled was missed: decide anew."), now=now)
        if not permissions.works_for(by, advisory):
            return _held(advisory, _("Whoever scheduled it is no editor or approver here any more."), now=now)
        try:
            with transaction.atomic():
                bring_out(advisory, "release", by=by, now=now, today=today)
        except UnableTo as error:
            return _held(locked(found), str(error), now=now)
        return advisory


@transaction.atomic
def expire(advisory: Advisory, *, today: date, now: datetime) -> Advisory | None:
    """End what is out and whose last day is over, for the clock; None if that has been done. Mail that has not left stays here."""
    found = Advisory.objects.to_expire(today).select_for_update(of=("self",), skip_locked=True).filter(pk=advisory.pk).first()
    if found is None:
        return None
    call_back(found)
    return moved(found, "expire", Move.EXPIRED, by=None, now=now)


def _held(advisory: Advisory, why: str, *, now: datetime) -> Advisory:
    unschedule(advisory)
    return moved(advisory, "hold", Move.HELD, by=None, now=now, note=why)
