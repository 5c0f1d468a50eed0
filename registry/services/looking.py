"""Tokens for programs that look: bound to one audience of one organisation and to purposes when they are made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from organisations.models import LOOK_SCOPES, User
from organisations.services import MadeToken, issue_token
from registry.disclosure import Purpose
from registry.models import LookToken
from registry.permissions import Capacity, named_capacities


class UnableToBind(Exception):
    """The person does not look in this capacity."""


@transaction.atomic
def make_token(
    *, name: str, capacity: Capacity, purposes: Iterable[Purpose], days: int, form: bytes, by: User, today: date
) -> MadeToken:
    """Make a token that looks in one capacity for these purposes; the same form sent again makes no second one.

    Raises UnableToBind, or `organisations.services.UnableToMakeToken` for one that lasts too long.
    """
    if capacity.organisation is None or capacity not in named_capacities(by, today=today):
        raise UnableToBind
    # Not the content as it is: a form of the account's page that was sent here too would else bind a token of other scopes.
    made = issue_token(name=name, scopes=LOOK_SCOPES, days=days, form=form + b"look", by=by, today=today)
    bounds = {"organisation": capacity.organisation, "audience": capacity.audience, "purposes": sorted(set(purposes))}
    LookToken.objects.get_or_create(token=made.token, defaults=bounds)
    return made
