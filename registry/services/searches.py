"""Searches of the registry, kept under a name."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from organisations.models import User
from registry.models import SavedSearch
from registry.permissions import Capacity

MOST_SEARCHES = 30  # of a person in one capacity


class UnableToSave(Exception):
    """The verb is refused; the message says why and what to do."""


@transaction.atomic
def save(*, name: str, query: str, capacity: Capacity, by: User) -> SavedSearch:
    """Keep a search under a name of the person's, in the capacity in which it was asked; one that has the name is replaced."""
    User.objects.select_for_update().get(pk=by.pk)  # so that two at once don't pass the bound together
    own = SavedSearch.objects.of(by, audience=capacity.audience, organisation=capacity.organisation)
    if not own.filter(name=name).exists() and own.count() >= MOST_SEARCHES:
        raise UnableToSave(_("You have %(most)d saved searches; delete one first.") % {"most": MOST_SEARCHES})
    saved, _is_new = SavedSearch.objects.update_or_create(
        owner=by, audience=capacity.audience, organisation=capacity.organisation, name=name, defaults={"query": query}
    )
    return saved


def delete(*, search: uuid.UUID, by: User) -> bool:
    """Delete a search of one's own; whether there was one."""
    deleted, _rows = SavedSearch.objects.filter(owner=by, pk=search).delete()
    return bool(deleted)
