"""Opening the registry to a partner: an agency of another state, or a body that promotes business. Closed unless opened."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from organisations.models import Kind, Organisation, User
from registry.disclosure import Audience
from registry.models import LONGEST_OPENING, PartnerOpening
from registry.permissions import may_open_to_partners


class UnableToOpen(Exception):
    """The person may not, or the organisation is no partner, or it enforces."""


class WrongDay(Exception):
    """The last day is over or more than `LONGEST_OPENING` away."""


class IsOpen(Exception):
    """The partner looks as this audience already: close that first."""


@transaction.atomic
def open_to(
    *, partner: Organisation, audience: Audience, until: date, reason: str, is_no_enforcer: bool, by: User, today: date
) -> PartnerOpening:
    """Let the partner's officers look as `audience` to the end of `until`.

    `is_no_enforcer` is the administrator's word that the body neither enforces nor oversees: the registry is never for that.
    Raises UnableToOpen, WrongDay, IsOpen, and ValidationError for a reason that doesn't hold.
    """
    if not may_open_to_partners(by) or partner.kind != Kind.PARTNER or not is_no_enforcer:
        raise UnableToOpen
    if not today <= until <= today + LONGEST_OPENING:
        raise WrongDay
    Organisation.objects.select_for_update(no_key=True).get(pk=partner.pk)  # a form sent twice comes one after the other
    if PartnerOpening.objects.in_force(today).filter(organisation=partner, audience=audience).exists():
        raise IsOpen
    made = PartnerOpening(
        organisation=partner, audience=audience, until=until, reason=reason.strip(), opened_by=by, opened_on=today
    )
    made.full_clean(exclude=["organisation", "opened_by", "closed_by", "closed_on"], validate_constraints=False)
    made.save()
    return made


@transaction.atomic
def close(*, opening: PartnerOpening, by: User, today: date) -> PartnerOpening:
    """End it at once, also for the partner's tokens; twice does no more. Raises UnableToOpen."""
    if not may_open_to_partners(by):
        raise UnableToOpen
    held = PartnerOpening.objects.select_for_update().get(pk=opening.pk)
    if held.is_open(today):
        held.closed_by, held.closed_on = by, today
        held.save(update_fields=["closed_by", "closed_on"])
    return held
