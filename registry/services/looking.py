"""Tokens for programs that look: bound to one audience of one organisation and to purposes when they are made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from organisations.models import LOOK_SCOPES, Scope, User
from organisations.services import MadeToken, issue_token
from registry.disclosure import Purpose
from registry.models import LookToken
from registry.permissions import Capacity, may_suggest, named_capacities, suits_suggesting


class UnableToBind(Exception):
    """The person does not look in this capacity, or nobody suggests anything in it."""


@transaction.atomic
def make_token(
    *,
    name: str,
    capacity: Capacity,
    purposes: Iterable[Purpose],
    days: int,
    form: bytes,
    by: User,
    today: date,
    suggests: bool = False,
) -> MadeToken:
    """Make a token that looks in one capacity for these purposes; the same form sent again makes no second one.

    With `suggests` it also suggests to firms that they meet.

    Raises UnableToBind, or `organisations.services.UnableToMakeToken` for one that lasts too long.
    """
    if capacity.organisation is None or capacity not in named_capacities(by, today=today):
        raise UnableToBind
    purposes = set(purposes)
    if suggests and (not may_suggest(by, capacity.organisation) or not suits_suggesting(capacity, purposes)):
        raise UnableToBind
    scopes = LOOK_SCOPES if suggests else (Scope.REGISTRY_LOOK,)
    # Not the content as it is: a form of the account's page that was sent here too would else bind a token of other scopes.
    made = issue_token(name=name, scopes=scopes, days=days, form=form + b"look", by=by, today=today)
    bounds = {"organisation": capacity.organisation, "audience": capacity.audience, "purposes": sorted(purposes)}
    LookToken.objects.get_or_create(token=made.token, defaults=bounds)
    return made
