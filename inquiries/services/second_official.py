"""Which topics need a second official, as the office has set it; an answer asks here each time, so a change holds at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction

from inquiries import countersigning
from inquiries.models import Inquiry, SecondOfficialRule, Topic
from inquiries.permissions import may_change_rules
from organisations.models import Organisation, User


class UnableToSet(Exception):
    """Not by this person."""


def topics() -> frozenset[str]:
    """The topics of which every answer needs a second official."""
    latest = _latest()
    return frozenset(topic for topic in Topic.values if _is_needed(topic, latest.get(topic)))


def is_needed(*answered: Inquiry) -> bool:
    """Whether an answer to these inquiries has to be approved by a second official: where one of them needs it."""
    known = topics()
    return any(countersigning.needs_second_official(topic=each.topic, flags=each.flags, topics=known) for each in answered)


@transaction.atomic
def set_topics(chosen: Collection[str], *, by: User, today: date) -> list[SecondOfficialRule]:
    """Say which topics need a second official; return a row for each one that changes, none if none does. Raises UnableToSet.

    What was proposed before still waits for its approval; what is answered from now on goes by the new table.
    """
    if not may_change_rules(by):
        raise UnableToSet
    # One at a time: the number of a row follows from those that are there.
    Organisation.objects.select_for_update(no_key=True).get(is_focal_point=True)
    latest = _latest()
    return [
        _add(topic, latest.get(topic), is_needed=topic in chosen, by=by, today=today)
        for topic in Topic.values
        if _is_needed(topic, latest.get(topic)) != (topic in chosen)
    ]


def _latest() -> dict[str, SecondOfficialRule]:
    return {row.topic: row for row in SecondOfficialRule.objects.order_by("topic", "-number").distinct("topic")}


def _is_needed(topic: str, latest: SecondOfficialRule | None) -> bool:
    return latest.is_needed if latest else topic in countersigning.TOPICS


def _add(topic: str, before: SecondOfficialRule | None, *, is_needed: bool, by: User, today: date) -> SecondOfficialRule:
    number = before.number + 1 if before else 1
    return SecondOfficialRule.objects.create(topic=topic, number=number, is_needed=is_needed, by=by, on=today)
