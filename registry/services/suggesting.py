"""An official of the focal point suggests to a firm that it meets another, and learns nothing by it.

Whether the two are shown to each other is not the official's to know. So the verb does the same whatever is so, and the clock tells
the firm in the morning or doesn't: neither the answer nor the time it takes can say which.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from organisations.models import Organisation, User
from organisations.permissions import firms_of
from registry import emails
from registry.models import Suggestion, SuggestionState
from registry.permissions import may_propose, may_suggest
from registry.services import notices
from registry.services.introducing import ONCE_IN, both_are_shown, hold, shown, were_to_meet

OPEN_FOR: Final = timedelta(days=60)
MOST_OPEN: Final = 3  # of one firm
# The entry whose firm reads it, and the other one.
Pair = tuple[uuid.UUID, uuid.UUID]


class UnableToSuggest(Exception):
    """The person may not do this for the agency, acts for one of the two, or one of them is no more."""


class TooSoon(Exception):
    """The agency has suggested these two, as its cell shows them, within a year."""


class HasEnded(Exception):
    """It was declined or taken up, or its time is over, or one of the two is not shown any more."""


@transaction.atomic
def suggest(*, refs: Pair, entry_ids: Pair, words: str, agency: Organisation, by: User, today: date) -> Suggestion:
    """Write down what the firm of the first is to read. The caller has seen both through the gateway, under these references.

    The same from the same person on the same day is one suggestion, sent twice. Raises UnableToSuggest or TooSoon.
    """
    held = hold(*entry_ids)
    own = firms_of(by)
    if len(held) != 2 or not may_suggest(by, agency) or any(entry.organisation in own for entry in held.values()):
        raise UnableToSuggest
    if sent := sent_already(refs=refs, words=words, agency=agency, by=by, today=today):
        return sent
    (entry_ref, other_ref), (entry_id, other_id) = refs, entry_ids
    return Suggestion.objects.create(
        entry=held[entry_id],
        other=held[other_id],
        entry_ref=entry_ref,
        other_ref=other_ref,
        agency=agency,
        words=words,
        by=by,
        on=today,
        expires_on=today + OPEN_FOR,
    )


def sent_already(*, refs: Pair, words: str, agency: Organisation, by: User, today: date) -> Suggestion | None:
    """Return this very suggestion, if it was made today. Raises TooSoon for another one of the two within a year.

    By the references alone, which are all that the agency knows of its own work: by the entries themselves it would hear that
    one whose name is now hidden is one that it knew by name.
    """
    last = Suggestion.objects.of_pair_as_shown(*refs).filter(agency=agency, on__gt=today - ONCE_IN).order_by("-on", "pk").first()
    if last and (last.entry_ref, last.words, last.by_id, last.on) != (refs[0], words, by.pk, today):
        raise TooSoon
    return last


def tell(*, today: date, now: datetime) -> int:
    """Tell the firms of what was suggested before now, where they may know of it; forget what is a year old. Returns how many."""
    Suggestion.objects.filter(on__lte=today - ONCE_IN).delete()
    waiting = Suggestion.objects.filter(state=SuggestionState.WAITING).order_by("on", "pk")
    return sum(_tell(found, today=today, now=now) for found in list(waiting))


@transaction.atomic
def decline(*, suggestion: Suggestion, by: User, today: date) -> Suggestion:
    """Say no for the firm; nobody is told. Raises UnableToSuggest or HasEnded."""
    entries = hold(suggestion.entry_id, suggestion.other_id)
    held = Suggestion.objects.select_for_update().filter(pk=suggestion.pk).first()
    if held is None:
        raise HasEnded
    if not may_propose(by, entries[held.entry_id].organisation):
        raise UnableToSuggest
    if not held.is_open(today) or not both_are_shown(entries, today):
        raise HasEnded
    held.state = SuggestionState.DECLINED
    held.save(update_fields=["state"])
    return held


def standing(firm: Organisation, today: date) -> list[Suggestion]:
    """Return what a firm may take up: open, and the two shown to each other, asked anew each time."""
    found = list(Suggestion.objects.of(firm).open(today).order_by("-on", "pk")[:MOST_OPEN])
    seen = shown({pk for each in found for pk in (each.entry_id, each.other_id)}, today) if found else set()
    return [each for each in found if {each.entry_id, each.other_id} <= seen]


@transaction.atomic
def _tell(found: Suggestion, *, today: date, now: datetime) -> bool:
    entries = hold(found.entry_id, found.other_id)
    held = Suggestion.objects.select_for_update().filter(pk=found.pk, state=SuggestionState.WAITING).first()
    if held is None:
        return False  # an entry was erased meanwhile, or another worker was quicker
    may_know = _may_know(held, entries, today)
    held.state = SuggestionState.OPEN if may_know else SuggestionState.UNTOLD
    held.save(update_fields=["state"])
    if may_know:
        firm = entries[held.entry_id].organisation
        mail = emails.notice("suggestion", firm=firm.name, lines=[])
        notices.post_to(firm, mail, purpose="suggestion", source=f"suggestion:{held.pk}", now=now)
    return may_know


def _may_know(held: Suggestion, entries: Collection[uuid.UUID], today: date) -> bool:
    """Whether the two are shown to each other, neither asked for the other nor was told of it in a year, and the firm has room."""
    told = Suggestion.objects.exclude(state__in=(SuggestionState.WAITING, SuggestionState.UNTOLD))
    return (
        both_are_shown(entries, today)
        and held.expires_on >= today
        and not were_to_meet(held.entry_id, held.other_id, today)
        and not told.of_pair(held.entry_id, held.other_id).exists()
        and told.filter(entry=held.entry_id).open(today).count() < MOST_OPEN
    )
