"""Putting off what firms read of a piece of work: asked for by one official before the look, decided by another."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from organisations.models import User
from registry.disclosure import Audience, Purpose
from registry.models import LONGEST_DELAY, Delay, DelayState
from registry.permissions import delaying_capacities, may_decide_delay


class UnableToDelay(Exception):
    """The person may not ask this, or not decide it: whoever asks doesn't decide."""


class TooLong(Exception):
    """The last day is over or more than `LONGEST_DELAY` away."""


class AlreadyDecided(Exception):
    """Somebody was quicker, or the last day is over."""

    def __init__(self, delay: Delay) -> None:
        super().__init__(f"the delay is {delay.state}")
        self.delay = delay


@transaction.atomic
def ask(*, audience: Audience, purpose: Purpose, reason: str, until: date, by: User, today: date) -> Delay:
    """Ask that firms read of looks for this purpose only after `until`; the same wish sent twice is one.

    Raises UnableToDelay, TooLong, and ValidationError for a reason that doesn't hold.
    """
    if audience not in {capacity.audience for capacity in delaying_capacities(by)}:
        raise UnableToDelay
    if not today <= until <= today + LONGEST_DELAY:
        raise TooLong
    wish = Delay(audience=audience, purpose=purpose, reason=reason.strip(), until=until, asked_by=by, asked_on=today)
    wish.full_clean(exclude=["asked_by", "decided_by", "decided_on"], validate_unique=False, validate_constraints=False)
    delay, _made = Delay.objects.get_or_create(
        audience=audience,
        purpose=purpose,
        reason=wish.reason,
        until=until,
        asked_by=by,
        state=DelayState.ASKED,
        defaults={"asked_on": today},
    )
    return delay


def approve(*, delay: Delay, by: User, today: date) -> Delay:
    """Let the one who asked look under the delay. Raises UnableToDelay or AlreadyDecided."""
    return _decide(delay, DelayState.APPROVED, by=by, today=today)


def refuse(*, delay: Delay, by: User, today: date) -> Delay:
    """Refuse; looks are told at once as always. Raises UnableToDelay or AlreadyDecided."""
    return _decide(delay, DelayState.REFUSED, by=by, today=today)


@transaction.atomic
def _decide(delay: Delay, state: DelayState, *, by: User, today: date) -> Delay:
    delay = Delay.objects.select_for_update(of=("self",)).with_people().get(pk=delay.pk)
    if not may_decide_delay(by, delay):
        raise UnableToDelay
    if not delay.waits or delay.until < today:
        raise AlreadyDecided(delay)
    delay.state, delay.decided_by, delay.decided_on = state, by, today
    delay.save(update_fields=["state", "decided_by", "decided_on"])
    return delay
