"""The contact persons of an entry: the firm names them, and each of them decides by a link what may be shown of them to whom."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise

from mailroom.services import Recipient, post, take_away
from organisations.models import User
from registry import emails
from registry.disclosure import GROUPS, Audience, Field, Group
from registry.models import PERSON_FIELDS, Consent, Entry, EntryChange, Look, Person
from registry.permissions import may_edit_entry
from registry.services import moves, projection

ANSWERED_WITHIN: Final = timedelta(days=30)
CONSENT_LASTS: Final = timedelta(days=2 * 365)  # since the naming; then the firm asks anew
MOST_PEOPLE: Final = 10
# Namings and removals: each naming posts a letter to an address that the firm typed.
MOST_A_DAY: Final = 20
MOST_LOOKS: Final = 100
SALT: Final = "registry.person"


class UnableToName(Exception):
    """The person may not edit the firm's entry."""


class TooMany(Exception):
    """The entry has as many contact persons as one may have, or too many letters went out today."""


class AlreadyNamed(Exception):
    """The entry has a contact person with this address."""


class UnableToFind(Exception):
    """The link is not one of ours, too old, or its person is erased; nobody is told which."""


@transaction.atomic
def name(*, entry: Entry, values: Mapping[str, Any], by: User, now: datetime, today: date) -> Person:
    """Name a contact person and post the letter with the link. Nothing is shown before they agree.

    Raises UnableToName, TooMany, AlreadyNamed, and ValidationError for values that don't hold.
    """
    if not may_edit_entry(by, entry.organisation):
        raise UnableToName
    moves.hold(entry)
    lately = entry.changes.filter(fields__contains=[Field.PEOPLE], at__gt=now - timedelta(days=1))
    if entry.people.count() >= MOST_PEOPLE or lately.count() >= MOST_A_DAY:
        raise TooMany
    given = {part: values[part] for part in PERSON_FIELDS}
    person = Person(entry=entry, **given, named_by=by, named_on=today, keep_until=today + ANSWERED_WITHIN)
    person.full_clean(exclude=["entry", "named_by", "answered_on"], validate_unique=False, validate_constraints=False)
    if entry.people.filter(email__iexact=person.email).exists():
        raise AlreadyNamed
    person.save(force_insert=True)
    EntryChange.objects.create(entry=entry, by=by, at=now, fields=[Field.PEOPLE])
    _write_to(person, now=now)
    return person


@transaction.atomic
def remove(*, person: Person, by: User, now: datetime) -> None:
    """Take a contact person out of the entry, with all that is kept of them. Raises UnableToName."""
    if not may_edit_entry(by, person.entry.organisation):
        raise UnableToName
    EntryChange.objects.create(entry=person.entry, by=by, at=now, fields=[Field.PEOPLE])
    erase(person=person)


def token(person: Person) -> str:
    """The signed part of the link, good for nothing but this person's answer."""
    return signing.dumps(str(person.pk), salt=SALT)


def find(token: str, *, today: date) -> Person:
    """Return the person of a link; raises UnableToFind."""
    try:
        pk = uuid.UUID(signing.loads(token, salt=SALT, max_age=CONSENT_LASTS + timedelta(days=1)))
        return Person.objects.select_related("entry__organisation").with_consents().get(pk=pk, keep_until__gte=today)
    except (signing.BadSignature, ValueError, TypeError, AttributeError, Person.DoesNotExist) as error:
        raise UnableToFind from error


@transaction.atomic
def answer(*, person: Person, agreed: Mapping[Group, Collection[str]], today: date) -> Person | None:
    """Keep what the person lets each group see, in place of their last answer, and show it, or no more, at once.

    Whoever agrees to nothing is erased, for nothing is left on which to keep them; then the answer is None. Raises UnableToFind
    where the person was erased meanwhile.
    """
    moves.hold(person.entry)
    held = Person.objects.filter(pk=person.pk, keep_until__gte=today).first()
    if held is None:
        raise UnableToFind
    wanted = {(part, group) for group, parts in agreed.items() for part in parts if part in held.parts}
    if not wanted:
        erase(person=held)
        return None
    now_held = {(consent.field, Group(consent.group)): consent for consent in held.consents.filter(until=None)}
    taken_back = [consent.pk for place, consent in now_held.items() if place not in wanted]
    Consent.objects.filter(pk__in=taken_back).update(until=today)
    Consent.objects.bulk_create(
        Consent(person=held, field=part, group=group, since=today) for part, group in sorted(wanted - now_held.keys())
    )
    held.answered_on, held.keep_until = today, held.named_on + CONSENT_LASTS
    held.save(update_fields=["answered_on", "keep_until"])
    projection.project(entry=held.entry)
    return held


@transaction.atomic
def erase(*, person: Person) -> None:
    """Erase the person, what they agreed to, the letter to them, and what was shown of them."""
    moves.hold(person.entry)
    take_away(source=_source(person))
    Person.objects.filter(pk=person.pk).delete()
    projection.project(entry=person.entry)


def erase_all(*, entry: Entry) -> None:
    """Erase everybody whom an entry names, before it goes itself."""
    for person in entry.people.order_by("pk"):
        erase(person=person)


def erase_due(*, today: date) -> int:
    """Erase those who did not answer in time, or whose consent is over, and return how many."""
    due = list(Person.objects.over(today).select_related("entry").order_by("pk"))
    for person in due:
        erase(person=person)
    return len(due)


@dataclass(frozen=True)
class Seen:
    """A look by which an institution saw some parts of what the person lets it see."""

    look: Look
    parts: list[Promise]


def looks_at(person: Person, *, today: date) -> list[Seen]:
    """Return the latest looks that showed anything of the person, newest first; to the day, from the firm's ledger."""
    consents = list(person.consents.all())
    since: dict[str, date] = {}
    for consent in consents:
        since[consent.group] = min(consent.since, since.get(consent.group, consent.since))
    if not since:
        return []
    among = Q()
    for group, first in since.items():
        among |= Q(audience__in=[audience for audience, its in GROUPS.items() if its == group], on__gte=first)
    looks = Look.objects.at(person.entry_id).told(today).filter(among).that_showed(Field.PEOPLE)[:MOST_LOOKS]
    return [Seen(look, parts) for look in looks if (parts := _seen_by(look, consents))]


def _seen_by(look: Look, consents: Iterable[Consent]) -> list[Promise]:
    group = GROUPS[Audience(look.audience)]
    held = {
        consent.field
        for consent in consents
        if consent.group == group and consent.since <= look.on and (consent.until is None or look.on <= consent.until)
    }
    return [label for part, label in PERSON_FIELDS.items() if part in held]


def _write_to(person: Person, *, now: datetime) -> None:
    mail = emails.named(
        name=person.name,
        firm=person.entry.organisation.name,
        parts=person.said,
        answer_by=person.keep_until.isoformat(),
        address=settings.PUBLIC_URL + reverse("registry:person", args=[token(person)]),
    )
    post(
        purpose="person-named",
        source=_source(person),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=settings.LANGUAGE_CODE,
        to=[Recipient(person.email, person.name)],
        now=now,
    )


def _source(person: Person) -> str:
    return f"person:{person.pk}"
