"""Queues with a filter, kept under a name."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.db import transaction
from django.utils.translation import gettext as _

from inquiries.models import SavedFilter
from inquiries.permissions import may_change_filter
from inquiries.querysets import reading_agencies
from organisations.models import Organisation, User

MOST_FILTERS = 50


class UnableToSave(Exception):
    """The verb is refused; the message says why and what to do."""


@transaction.atomic
def save(*, name: str, query: Mapping[str, str], agency: Organisation | None, by: User) -> SavedFilter:
    """Keep a filter under a name of the user's; one that has the name is replaced. `agency` is with whom it is shared."""
    _check_sharing(agency, by)
    own = SavedFilter.objects.owned_by(by)
    if not own.filter(name=name).exists() and own.count() >= MOST_FILTERS:
        raise UnableToSave(_("You have %(most)d saved filters; delete one first.") % {"most": MOST_FILTERS})
    saved, _is_new = SavedFilter.objects.update_or_create(
        owner=by, name=name, defaults={"query": urlencode(query), "agency": agency}
    )
    return saved


@transaction.atomic
def change(saved: SavedFilter, *, name: str, agency: Organisation | None, by: User) -> SavedFilter:
    """Rename or share a filter of one's own."""
    _check_own(saved, by)
    _check_sharing(agency, by)
    if SavedFilter.objects.owned_by(by).filter(name=name).exclude(pk=saved.pk).exists():
        raise UnableToSave(_("Another of your filters has this name."))
    saved.name, saved.agency = name, agency
    saved.save(update_fields=["name", "agency"])
    return saved


def delete(saved: SavedFilter, *, by: User) -> None:
    _check_own(saved, by)
    saved.delete()


def _check_own(saved: SavedFilter, by: User) -> None:
    if not may_change_filter(by, saved):
        raise UnableToSave(_("Only whoever saved a filter can change it."))


def _check_sharing(agency: Organisation | None, by: User) -> None:
    if agency is not None and agency not in reading_agencies(by):
        raise UnableToSave(_("You can share filters with your own agency only."))
