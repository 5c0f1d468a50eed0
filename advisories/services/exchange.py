"""What programs fetch: the threats within a reader's reach as STIX objects, in the order in which they came (TAXII 2.1).

A collection holds the reports, the agencies that issued them and the markings of TLP 2.0, so that every reference is found in it.
Nothing here is written down: the history of an advisory says when each version came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from advisories import stix
from advisories.disclosure import may_be_exchanged
from advisories.models import Event
from advisories.querysets import EventQuerySet
from organisations.models import Organisation
from organisations.permissions import Visitor

MOST = 100
FIRST, LAST, ALL = "first", "last", "all"
REPORT = stix.report_id(UUID(int=0)).partition("--")[0]


@dataclass(frozen=True, order=True)
class Place:
    """Where an object stands in the order: when it came and its id, by which those of one moment are told apart."""

    added: datetime
    id: str


@dataclass(frozen=True)
class Wanted:
    """What a program asks for; empty means no limit (TAXII 2.1, section 3.4)."""

    added_after: datetime | None = None
    after: Place | None = None
    limit: int = MOST
    ids: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    spec_versions: frozenset[str] = frozenset()
    versions: frozenset[str | datetime] = field(default_factory=lambda: frozenset({LAST}))

    @property
    def moments(self) -> list[datetime]:
        return [each for each in self.versions if isinstance(each, datetime)]

    def takes(self, entry: Entry) -> bool:
        """Whether it wants an object that has one version only."""
        return (
            self.takes_type(entry.place.id)
            and (not self.ids or entry.place.id in self.ids)
            and (bool({FIRST, LAST, ALL} & self.versions) or entry.version in self.moments)
            and (self.added_after is None or entry.place.added > self.added_after)
            and (self.after is None or entry.place > self.after)
        )

    def takes_type(self, identifier: str) -> bool:
        wanted = not self.spec_versions or stix.VERSION in self.spec_versions
        return wanted and (not self.types or identifier.partition("--")[0] in self.types)

    @property
    def advisories(self) -> list[UUID] | None:
        """Those whose reports are asked for by id; None where none is."""
        return [UUID(each.partition("--")[2]) for each in self.ids if each.startswith(f"{REPORT}--")] if self.ids else None


@dataclass(frozen=True)
class Entry:
    """One version of one object; it is made when it is asked for."""

    place: Place
    version: datetime
    make: Callable[[], Any]

    @property
    def content(self) -> dict[str, Any]:
        return stix.plain(self.make())


@dataclass(frozen=True)
class Page:
    entries: list[Entry]
    more: bool


def page(*, user: Visitor, wanted: Wanted, today: date, now: datetime) -> Page:
    """Return the next objects that the reader may have and wants, the oldest first. TLP:RED is never among them."""
    reach = Event.objects.exchanged_with(user, today=today, now=now)
    limit = min(wanted.limit, MOST)
    found = [entry for entry in _lasting(reach, wanted) if wanted.takes(entry)]
    if wanted.takes_type(REPORT):
        found += [_report(event) for event in _narrowed(reach, wanted, now=now).with_advisories().in_order()[: limit + 1]]
    found.sort(key=lambda entry: entry.place)
    return Page(found[:limit], more=len(found) > limit)


def holds(*, user: Visitor, identifier: str, today: date, now: datetime) -> bool:
    """Whether there is an object with this id within the reader's reach."""
    every = Wanted(ids=frozenset({identifier}), versions=frozenset({ALL}), limit=1)
    return stix.is_identifier(identifier) and bool(page(user=user, wanted=every, today=today, now=now).entries)


def _narrowed(reach: EventQuerySet, wanted: Wanted, *, now: datetime) -> EventQuerySet:
    if wanted.advisories is not None:
        reach = reach.filter(advisory__in=wanted.advisories)
    if wanted.added_after:
        reach = reach.filter(at__gt=wanted.added_after)
    if wanted.after:
        kind, _, rest = wanted.after.id.partition("--")
        # What is no report stands before the reports of its moment: `identity` and `marking-definition` come first by name.
        reach = reach.after(wanted.after.added, UUID(rest) if kind == REPORT else None)
    if ALL not in wanted.versions:
        said = wanted.versions
        reach = reach.chosen(first=FIRST in said, last=LAST in said, moments=wanted.moments, now=now)
    return reach


def _report(event: Event) -> Entry:
    make = partial(stix.report, event.advisory, event, base=settings.PUBLIC_URL)
    return Entry(Place(event.at, stix.report_id(event.advisory_id)), stix.moment(event.at), make)


def _lasting(reach: EventQuerySet, wanted: Wanted) -> Iterable[Entry]:
    """Objects with one version: all markings, used or not, and the agencies that issued what the reader may have."""
    for label, identifier in stix.MARKINGS.items():
        if may_be_exchanged(label):
            yield Entry(Place(stix.TLP_MADE, identifier), stix.TLP_MADE, partial(stix.marking, label))
    if not wanted.takes_type(stix.identity_id(UUID(int=0))):
        return
    first = dict(reach.of_agencies())
    for agency in Organisation.objects.filter(pk__in=first):
        place = Place(first[agency.pk], stix.identity_id(agency.pk))
        yield Entry(place, stix.moment(agency.created_at), partial(stix.identity, agency))
