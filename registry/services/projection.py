"""The projection: the sole writer of what others may see, and the comparison with the truth."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import TextField, Value
from django.utils.functional import Promise
from django_stubs_ext import StrPromise

from catalogue.models import Segment
from registry import disclosure, identifiers, renewal
from registry.disclosure import GROUPS, Audience, Cell, Field, Purpose, Terms
from registry.models import (
    PURPOSE_LABELS,
    AgreementVersion,
    Disclosed,
    Entry,
    EntrySegment,
    EvidenceLevel,
    Line,
    Person,
    line_labels,
    lines,
)
from registry.querysets import ALL

OUTSIDE = "disclosed"  # the login that may read the projection and no truth
AT_ONCE = 500  # entries compared with the truth
# What a projected row holds besides its search vector, which is made of the rest.
COLUMNS = (
    "ref",
    "hidden_from",
    "agreement_version_id",
    "is_active",
    "valid_from",
    "valid_until",
    "fields",
    "keys",
    "evidence",
    "confirmed_in",
    *(str(field) for field in Field),
)


@transaction.atomic
def project(*, entry: Entry) -> int:
    """Write anew what every cell may see of the entry and return the number of rows.

    There are none without an active agreement, and none of an entry that has lapsed.
    """
    is_current = Entry.objects.select_for_update().values_list("is_current", flat=True).get(pk=entry.pk)
    hide(entry=entry)
    active = AgreementVersion.objects.filter(agreement__entry=entry, is_active=True)
    version = active.only("terms", "valid_from", "valid_until").first()  # without the receipt, which is long
    if version is None or not is_current:
        return 0
    return len(Disclosed.objects.bulk_create(_rows(entry, version)))


def hide(*, entry: Entry) -> None:
    """Take away every projected row of the entry."""
    Disclosed.objects.hide(entry.pk)


@dataclass(frozen=True)
class View:
    """What one audience sees for each of the purposes named."""

    purposes: list[Promise]
    lines: list[Line]


@dataclass(frozen=True)
class Sight:
    """All that one audience would see of an entry; no views, where it would not even see that the entry exists."""

    audience: StrPromise | str
    views: list[View]


def sights(entry: Entry, terms: Terms) -> list[Sight]:
    """Return, for every audience, what it would see of the entry under `terms`, by the same rule that `project` writes by."""
    values, levels, people = _values(entry, _activities(entry)), evidence(entry), _people(entry)
    cells = disclosure.compile(terms)
    return [
        Sight(label, _views(audience, cells, values | _agreed(people, disclosure.kind_of(audience)), levels))
        for audience, label in line_labels(terms).items()
    ]


def _views(
    audience: str, cells: Mapping[Cell, frozenset[Field]], values: Mapping[Field, Any], levels: Mapping[str, str]
) -> list[View]:
    by_fields: dict[frozenset[Field], list[Promise]] = {}
    for purpose, label in PURPOSE_LABELS.items():
        if fields := cells.get((audience, purpose)):
            by_fields.setdefault(fields, []).append(label)
    shown = {fields: _shown(values, fields) for fields in by_fields}
    return [View(purposes, lines(shown[fields], _told(levels, shown[fields]))) for fields, purposes in by_fields.items()]


def pairwise_ref(entry: Entry, audience: str, purpose: Purpose) -> uuid.UUID:
    """Return the id that stands for the entry in one cell; an association that the agreement names is a cell of its own.

    It is always the same, so that a hidden edit can't be noticed by a new one, and without the entry's secret nobody can tell that
    the ids of two cells stand for the same firm.
    """
    mac = hmac.digest(bytes(entry.pairwise_secret), f"{audience}|{purpose}".encode(), hashlib.sha256)
    return uuid.UUID(bytes=mac[:16], version=4)


def _rows(entry: Entry, version: AgreementVersion) -> Iterator[Disclosed]:
    activities = _activities(entry)
    values, above = _values(entry, activities), _segments_above(activities)
    levels, people = evidence(entry), _people(entry)
    named = [association for line in disclosure.named_in(version.terms) if (association := disclosure.association_of(line))]
    for (line, purpose), fields in sorted(disclosure.compile(version.terms).items()):
        audience = disclosure.kind_of(line)
        shown = _shown(values | _agreed(people, audience), fields)
        yield Disclosed(
            ref=entry.pk if Field.LEGAL_NAME in fields else pairwise_ref(entry, line, purpose),
            audience=audience,
            purpose=purpose,
            entry_id=entry.pk,
            shown_to=disclosure.association_of(line),
            hidden_from=(named or None) if line == Audience.ASSOCIATIONS else None,
            agreement_version_id=version.pk,
            valid_from=version.valid_from,
            valid_until=version.valid_until,
            fields=sorted(fields),
            keys=sorted(disclosure.tag(audience, purpose) + key for key in _keys(shown, above)),
            evidence=_told(levels, shown),
            # Two nameless cells could be joined by it, and a nameless one to a named one.
            confirmed_in=renewal.month(entry.confirmed_on) if Field.LEGAL_NAME in fields else None,
            search=_search(shown),
            **{str(field): value for field, value in shown.items()},
        )


# The words by which a row is found, by weight.
_WORDS = {
    "A": (Field.LEGAL_NAME, Field.UNIT_NAME, Field.TRADING_NAMES),
    "B": (Field.PRODUCTS,),
    "C": (Field.CERTIFICATIONS, Field.PARTNERS),
}


def own(entry: Entry) -> dict[Field, Any]:
    """Return all that the entry says, for its own firm."""
    said = {Field.PEOPLE: [person.parts for person in _people(entry)]}
    return _shown(_values(entry, _activities(entry)) | said, frozenset(Field))


def evidence(entry: Entry) -> dict[str, str]:
    """Return for each confirmed field of the entry how: what the firm only says is not in the answer."""
    held = entry.evidence.in_force().values_list("field", "level")
    return {field: level for field, level in held if level != EvidenceLevel.SAID}


def _people(entry: Entry) -> list[Person]:
    return list(entry.people.with_consents().order_by("pk"))


def _agreed(people: Iterable[Person], audience: Audience) -> dict[Field, Any]:
    """What each person lets this audience see of them; who agrees to nothing is not there, not even as a number."""
    seen = [{name: person.parts[name] for name in person.agreed(GROUPS[audience]) if name in person.parts} for person in people]
    return {Field.PEOPLE: [parts for parts in seen if parts]}


def _search(shown: Mapping[Field, Any]) -> Any:
    """The words by which the row is found: of what the cell shows and of nothing else."""
    texts = {weight: " ".join(words for field in fields for words in _words(shown.get(field))) for weight, fields in _WORDS.items()}
    heaviest, middle, lightest = (
        SearchVector(Value(text, TextField()), config="english", weight=weight) for weight, text in texts.items()
    )
    return heaviest + middle + lightest


def _words(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value] if value else []
    return [part["scheme"] if isinstance(part, dict) else part for part in parts]


def _keys(shown: Mapping[Field, Any], above: Mapping[str, list[str]]) -> set[str]:
    """The keys by which the row is filtered, of what the cell shows and of nothing else; a code brings those it lies in.

    Among them is ALL, which every row has.
    """
    keys = {ALL} | {key for activity in shown.get(Field.SEGMENTS, ()) for key in _activity_keys(activity, above)}
    regions = [*([shown[Field.REGION]] if Field.REGION in shown else ()), *shown.get(Field.OTHER_REGIONS, ())]
    keys |= {f"region:{code}" for region in regions for code in identifiers.regions_above(region)}
    keys |= {f"nace:{code}" for activity in shown.get(Field.NACE, ()) for code in identifiers.activities_above(activity)}
    for field in (Field.MARKETS, Field.WILLINGNESS, Field.CONTROL_ENTRIES):
        keys |= {f"{field}:{value}" for value in shown.get(field, ())}
    keys |= {f"{field}:{shown[field]}" for field in (Field.SIZE_BAND, Field.COMPLIANCE) if field in shown}
    return keys


def _activity_keys(activity: Mapping[str, str], above: Mapping[str, list[str]]) -> set[str]:
    role, codes = activity["role"], above[activity["code"]]
    return {f"role:{role}", *(f"segment:{code}" for code in codes), *(f"role:{role}:{code}" for code in codes)}


def _shown(values: Mapping[Field, Any], fields: frozenset[Field]) -> dict[Field, Any]:
    """The values that a cell shows. The number of a certificate tells who holds it, so it goes with the name alone."""
    shown = {field: values[field] for field in Field if field in fields and values[field] not in ("", None, [])}
    if Field.CERTIFICATIONS in shown and Field.LEGAL_NAME not in fields:
        shown[Field.CERTIFICATIONS] = [certificate | {"number": ""} for certificate in shown[Field.CERTIFICATIONS]]
    return shown


def _told(levels: Mapping[str, str], shown: Mapping[Field, Any]) -> dict[str, str]:
    """How what the cell shows is confirmed. Of certificates without their numbers nothing: it would lapse with a hidden number."""
    numberless = {Field.CERTIFICATIONS} if Field.LEGAL_NAME not in shown else set()
    return {field: level for field, level in levels.items() if field in shown.keys() - numberless}


def _activities(entry: Entry) -> list[EntrySegment]:
    return list(entry.activities.select_related("segment").order_by("segment__code", "role"))


def _values(entry: Entry, activities: list[EntrySegment]) -> dict[Field, Any]:
    levels = [activity.readiness for activity in activities if activity.readiness is not None]
    kept = {field: getattr(entry, field) for field in Field if field not in _WORKED_OUT}
    return kept | {
        Field.REGISTRATION_NUMBER: f"{entry.country} {entry.registration_number}",
        Field.SEGMENTS: [
            {"code": activity.segment.code, "label": activity.segment.label, "role": activity.role} for activity in activities
        ],
        Field.READINESS: max(levels, default=None),
        Field.PEOPLE: [],  # nobody, before it is asked for which audience
        Field.MEMBERSHIPS: list(entry.memberships.order_by("name", "pk").values_list("name", flat=True)),
    }


# Fields that are not simply columns of the entry.
_WORKED_OUT = frozenset({Field.REGISTRATION_NUMBER, Field.SEGMENTS, Field.READINESS, Field.MEMBERSHIPS, Field.PEOPLE})


def _segments_above(activities: list[EntrySegment]) -> dict[str, list[str]]:
    """For each of the segments its code and those of all above it, so that a search for an area finds its technologies."""
    own = {activity.segment_id: activity.segment for activity in activities}
    known = own.copy()
    while missing := {segment.parent_id for segment in known.values() if segment.parent_id} - known.keys():
        known |= {segment.pk: segment for segment in Segment.objects.filter(pk__in=missing)}
    above: dict[str, list[str]] = defaultdict(list)  # two schemes may have the same code
    for segment in own.values():
        above[segment.code] += _codes_up(segment, known)
    return above


def _codes_up(segment: Segment, known: Mapping[int, Segment]) -> list[str]:
    codes = [segment.code]
    while segment.parent_id:
        segment = known[segment.parent_id]
        codes.append(segment.code)
    return codes


@dataclass(frozen=True)
class Difference:
    """A cell of an entry in which the projection is not what the truth gives; the audience may be one association."""

    entry_id: uuid.UUID
    audience: str
    purpose: str
    kind: str  # missing, surplus or changed


def differences() -> list[Difference]:
    """Compare the whole projection with the truth; an empty list is agreement."""
    active = AgreementVersion.objects.filter(is_active=True, agreement__entry__is_current=True).select_related("agreement__entry")
    projected = Disclosed.objects.using(OUTSIDE)
    listed = {*active.values_list("agreement__entry", flat=True), *projected.values_list("entry_id", flat=True).distinct()}
    found: list[Difference] = []
    for entry_ids in Paginator(sorted(listed), AT_ONCE):
        rows = chain.from_iterable(
            _rows(version.agreement.entry, version) for version in active.filter(agreement__entry__in=list(entry_ids))
        )
        found += _compared(_by_cell(rows), _by_cell(projected.filter(entry_id__in=list(entry_ids))))
    return found


_Place = tuple[uuid.UUID, str, str]


def _by_cell(rows: Iterable[Disclosed]) -> dict[_Place, list[Any]]:
    return {(row.entry_id, _line(row), str(row.purpose)): [getattr(row, column) for column in COLUMNS] for row in rows}


def _line(row: Disclosed) -> str:
    return disclosure.named(row.shown_to) if row.shown_to else str(row.audience)


def _compared(expected: dict[_Place, list[Any]], actual: dict[_Place, list[Any]]) -> list[Difference]:
    kinds = [(place, "missing") for place in expected.keys() - actual.keys()]
    kinds += [(place, "surplus") for place in actual.keys() - expected.keys()]
    kinds += [(place, "changed") for place in expected.keys() & actual.keys() if expected[place] != actual[place]]
    return [Difference(*place, kind) for place, kind in sorted(kinds)]
