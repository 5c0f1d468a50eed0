"""Two listed entries are introduced to each other when both say yes, and neither is told who the other is before."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from organisations.models import User
from registry import emails
from registry.disclosure import Audience, Field, Purpose
from registry.models import (
    Disclosed,
    Entry,
    Introduction,
    IntroductionMessage,
    IntroductionState,
    Look,
    LookKind,
    MeetingSide,
    Suggestion,
    SuggestionState,
)
from registry.permissions import may_propose
from registry.services import notices

OPEN_FOR: Final = timedelta(days=60)
ONCE_IN: Final = timedelta(days=365)  # for a pair, whoever asks
MOST_OPEN: Final = 5  # of one asker
MOST_MESSAGES: Final = 100
REASON: Final = "Introduction to which both have agreed"


class UnableToIntroduce(Exception):
    """The person may not do this, or one of the two is not shown for matchmaking, or is the other."""


class TooSoon(Exception):
    """The two were to be introduced within a year."""


class TooMany(Exception):
    """The asker waits for MOST_OPEN answers."""


class HasEnded(Exception):
    """It was answered or taken back, or its time is over, or one of the two is not shown any more."""


@transaction.atomic
def ask(*, asker: Entry, asked_id: uuid.UUID, words: str, field: str, by: User, today: date, now: datetime) -> Introduction:
    """Ask to be introduced, and tell the other firm that somebody in `field`, which the asker's cell shows, would like to meet it.

    Raises UnableToIntroduce, TooSoon or TooMany.
    """
    held = hold(asker.pk, asked_id)
    if asker.pk == asked_id or not may_propose(by, asker.organisation) or not both_are_shown(held, today):
        raise UnableToIntroduce
    if were_to_meet(asker.pk, asked_id, today):
        raise TooSoon
    # A refusal doesn't make room, or the asker would notice it.
    waiting = Introduction.objects.filter(asker=asker.pk, expires_on__gte=today).exclude(state=IntroductionState.AGREED)
    if waiting.count() >= MOST_OPEN:
        raise TooMany
    made = Introduction.objects.create(
        asker=held[asker.pk], asked=held[asked_id], words=words, asked_by=by, asked_on=today, expires_on=today + OPEN_FOR
    )
    Suggestion.objects.of_pair(asker.pk, asked_id).open(today).update(state=SuggestionState.ASKED)
    line = _("Somebody in this field would like to meet you: %(field)s.") % {"field": field}
    _tell(made, made.asked, "introduction", [line if field else _("Somebody would like to meet you.")], now=now)
    return made


@transaction.atomic
def answer(*, introduction: Introduction, says_yes: bool, by: User, today: date, now: datetime) -> Introduction:
    """Say yes or no for the firm that was asked. With the yes each is unveiled to the other, which is in both ledgers.

    Of a no nobody is told. Raises UnableToIntroduce or HasEnded.
    """
    held = _held(introduction)
    if not may_propose(by, held.asked.organisation):
        raise UnableToIntroduce
    if not held.can_be_answered(today) or not both_are_shown({held.asker_id: held.asker, held.asked_id: held.asked}, today):
        raise HasEnded
    held.state, held.answered_on = (IntroductionState.AGREED if says_yes else IntroductionState.DECLINED), today
    if says_yes:
        held.asker_name, held.asked_name = held.asker.legal_name, held.asked.legal_name
    held.save(update_fields=["state", "answered_on", "asker_name", "asked_name"])
    if says_yes:
        to_asked = _unveiled(held.asker, to=held.asked, by=by, today=today)
        to_asker = _unveiled(held.asked, to=held.asker, by=held.asked_by, today=today)
        Look.objects.bulk_create([to_asked, to_asker])
        for entry in (held.asker, held.asked):
            _tell(held, entry, "introduced", [], now=now)
    return held


@transaction.atomic
def take_back(*, introduction: Introduction, by: User, today: date) -> Introduction:
    """Take the wish back for the firm that asked, while it waits for an answer. Raises UnableToIntroduce or HasEnded."""
    held = _held(introduction)
    if not may_propose(by, held.asker.organisation):
        raise UnableToIntroduce
    if not held.waits_for_asker(today):
        raise HasEnded
    held.state = IntroductionState.TAKEN_BACK
    held.save(update_fields=["state"])
    return held


@transaction.atomic
def write(*, introduction: Introduction, text: str, by: User, today: date, now: datetime) -> Introduction:
    """Write to the other, once both have agreed and while both are shown. Raises UnableToIntroduce or HasEnded."""
    held = _held(introduction)
    side = MeetingSide.ASKER if may_propose(by, held.asker.organisation) else MeetingSide.ASKED
    mine, other = (held.asker, held.asked) if side == MeetingSide.ASKER else (held.asked, held.asker)
    if not may_propose(by, mine.organisation):
        raise UnableToIntroduce
    if not held.is_agreed or not both_are_shown({held.asker_id: held.asker, held.asked_id: held.asked}, today):
        raise HasEnded
    last = held.messages.order_by("-pk").first()
    if last and (last.by_id, last.text) == (by.pk, text):
        return held  # sent twice
    if held.messages.count() >= MOST_MESSAGES:
        raise UnableToIntroduce
    IntroductionMessage.objects.create(introduction=held, side=side, by=by, at=now, text=text)
    _tell(held, other, "introduction-written", [], now=now)
    return held


def were_to_meet(one: uuid.UUID, two: uuid.UUID, today: date) -> bool:
    """Whether either asked to be introduced to the other within a year."""
    pair = Q(asker=one, asked=two) | Q(asker=two, asked=one)
    return Introduction.objects.filter(pair, asked_on__gt=today - ONCE_IN).exists()


def hold(*entry_ids: uuid.UUID) -> dict[uuid.UUID, Entry]:
    """The entries, their rows held in one order: a withdrawal comes before or after."""
    found = Entry.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk__in=entry_ids)
    return {entry.pk: entry for entry in found.order_by("pk")}


def _held(found: Introduction) -> Introduction:
    entries = hold(found.asker_id, found.asked_id)
    held = Introduction.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=found.pk)
    held.asker, held.asked = entries[held.asker_id], entries[held.asked_id]
    return held


def both_are_shown(held: Collection[uuid.UUID], today: date) -> bool:
    return len(held) == 2 and shown(held, today) == set(held)


def shown(entry_ids: Collection[uuid.UUID], today: date) -> set[uuid.UUID]:
    """Return those of the entries that stand in the cell of matchmaking; what it shows of them, this login can't read."""
    cell = Disclosed.objects.filter(audience=Audience.LISTED_FIRMS, purpose=Purpose.MATCHMAKING, entry_id__in=list(entry_ids))
    return set(Entry.objects.listed(today).filter(pk__in=cell.values("entry_id")).values_list("pk", flat=True))


def _unveiled(entry: Entry, *, to: Entry, by: User, today: date) -> Look:
    return Look(
        batch=uuid.uuid4(),
        institution=to.organisation.name,
        institution_kind=to.organisation.kind,
        viewer_id=by.pk,
        audience=Audience.LISTED_FIRMS,
        purpose=Purpose.MATCHMAKING,
        reason=REASON,
        fields=[str(Field.LEGAL_NAME)],
        on=today,
        kind=LookKind.ONE,
        entry_ids=[entry.pk],
    )


def _tell(introduction: Introduction, entry: Entry, event: str, lines: list[str], *, now: datetime) -> None:
    mail = emails.notice(event, firm=entry.organisation.name, lines=lines)
    notices.post_to(entry.organisation, mail, purpose=event, source=f"introduction:{introduction.pk}", now=now)
