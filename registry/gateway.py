"""The gateway: the sole reader of the projection for everybody but the firm itself.

Every read runs under a login that can't see the truth, and writes the ledger in the same transaction before anything is returned.
What comes back is plain values; nothing in them leads to a row.
"""

from __future__ import annotations

import hashlib
import json
import operator
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import compress
from typing import Any, Final

from django.core.paginator import Page
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from organisations.models import Kind, Organisation, User
from organisations.permissions import Visitor, memberships
from registry import disclosure, renewal, tables, watermarks
from registry.disclosure import TAG_LENGTH, Audience, Field, Purpose
from registry.models import Delay, DelayedBatch, Disclosed, Entry, Line, Look, LookKind, in_words, lines
from registry.permissions import PUBLIC, Capacity, capacities, may_import, may_use_delay
from registry.querysets import ALL, DisclosedQuerySet, OpenPaginator, Told, number_of
from registry.tables import Unit

OUTSIDE: Final = "disclosed"
PAGE_SIZE: Final = 50
LONGEST_PAGE: Final = 100
# What a line of a list shows; the page of one entry shows all that its cell may see.
LIST_FIELDS: Final = frozenset({Field.LEGAL_NAME, Field.REGION, Field.SIZE_BAND, Field.SEGMENTS})
SEARCHED_FIELDS: Final = frozenset(
    {Field.LEGAL_NAME, Field.UNIT_NAME, Field.TRADING_NAMES, Field.PRODUCTS, Field.CERTIFICATIONS, Field.PARTNERS}
)
ALL_FIELDS: Final = frozenset(Field)
_IN_ORDER: Final = tuple(Field)
MOST_WRITTEN_TO: Final = 2000  # entries of one invitation
UNNAMED_FIRM: Final = "A listed firm"
FEWEST_TOLD: Final = 5  # a smaller number could tell of whom it counts
MOST_EXPORTED: Final = 10_000  # entries of one export
MOST_EXPORTED_BY_PUBLIC: Final = 1000  # whom nobody knows, and for whom a large file is cheap to ask for and dear to make
# What every row needs beside the fields that are shown of it.
_BESIDE: Final = ("ref", "entry_id", "evidence", "confirmed_in")
# What the counts beside a list tell something of.
COUNTED_FIELDS: Final = frozenset(
    {Field.SEGMENTS, Field.REGION, Field.OTHER_REGIONS, Field.SIZE_BAND, Field.NACE, Field.COMPLIANCE}
)
# The purpose of those who need not say one.
USUAL_PURPOSES: Final = {
    Audience.ASSOCIATIONS: Purpose.OUTREACH,
    Audience.LISTED_FIRMS: Purpose.MATCHMAKING,
    Audience.PUBLIC: Purpose.BUSINESS_PROMOTION,
}


class UnableToLook(Exception):
    """The visitor has no such capacity, or has to give a reason and gave none, or names a delay that can't be used here."""


class NotDisclosed(Exception):
    """There is no such entry, or none that this cell may see; nobody is told which."""


class HasChanged(Exception):
    """The firm has changed what the cell shows since it was seen."""


class TooMany(Exception):
    """More entries were asked for than one export holds."""


@dataclass(frozen=True)
class Question:
    """What is asked of a list: all that is named has to hold. `order` is a key of `querysets.ORDERS`; `readiness` is the least."""

    segment: str = ""
    role: str = ""
    region: str = ""
    activity: str = ""
    market: str = ""
    control_entry: str = ""
    size: str = ""
    compliance: str = ""
    willing: str = ""
    readiness: int | None = None
    words: str = ""
    order: str = "legal_name"

    @property
    def keys(self) -> frozenset[str]:
        """The keys that a row has to have, as `services.projection` makes them."""
        asked = {
            f"segment:{self.segment}": self.segment,
            f"role:{self.role}:{self.segment}" if self.segment else f"role:{self.role}": self.role,
            f"region:{self.region}": self.region,
            f"nace:{self.activity}": self.activity,
            f"{Field.MARKETS}:{self.market}": self.market,
            f"{Field.CONTROL_ENTRIES}:{self.control_entry}": self.control_entry,
            f"{Field.SIZE_BAND}:{self.size}": self.size,
            f"{Field.COMPLIANCE}:{self.compliance}": self.compliance,
            f"{Field.WILLINGNESS}:{self.willing}": self.willing,
        }
        return frozenset(key for key, value in asked.items() if value)

    @property
    def narrows(self) -> bool:
        """Whether an entry of the cell may be left out."""
        return bool(self.keys or self.readiness or self.words)

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that an answer tells something of, though it may not show them."""
        asked = SEARCHED_FIELDS if self.words else frozenset()
        told = {
            Field.SEGMENTS: self.segment or self.role,
            Field.REGION: self.region or self.order == "region",
            Field.OTHER_REGIONS: self.region,
            Field.NACE: self.activity,
            Field.MARKETS: self.market,
            Field.CONTROL_ENTRIES: self.control_entry,
            Field.SIZE_BAND: self.size,
            Field.COMPLIANCE: self.compliance,
            Field.WILLINGNESS: self.willing,
            Field.READINESS: self.readiness or self.order == "-readiness",
        }
        return asked | {field for field, is_asked in told.items() if is_asked}


@dataclass(frozen=True)
class Listed:
    """One entry as its cell may see it: the field's name → its value; what is hidden or empty is not there."""

    ref: uuid.UUID
    values: Mapping[Field, Any]
    evidence: Mapping[str, str]  # of the fields shown that are confirmed, how
    # With the name goes either the month in which the firm last confirmed its entry, or that this was over a year ago.
    confirmed_in: date | None = None
    is_stale: bool = False

    @property
    def lines(self) -> list[Line]:
        return lines(self.values, self.evidence)

    @property
    def beside(self) -> dict[str, Any]:
        """What other systems are told beside the values: what is confirmed, and when the firm last confirmed its entry."""
        said: dict[str, Any] = {"evidence": dict(self.evidence)} if self.evidence else {}
        if self.confirmed_in:
            said["confirmed_in"] = f"{self.confirmed_in:%Y-%m}"
        if self.is_stale:
            said["is_stale"] = True
        return said

    @property
    def fingerprint(self) -> str:
        """Stands for exactly these values, so that nobody confirms others than were seen."""
        shown = json.dumps(self.values, sort_keys=True, default=str)
        return hashlib.sha256(shown.encode()).hexdigest()

    @property
    def legal_name(self) -> str:
        return str(self.values.get(Field.LEGAL_NAME, ""))

    @property
    def in_words(self) -> dict[Field, Any]:
        """The values as a person reads them, for the columns of a table."""
        return in_words(self.values)

    @property
    def by_field(self) -> dict[str, Line]:
        """The lines by the name of their field."""
        return {str(line.field): line for line in self.lines}


@dataclass(frozen=True)
class Found:
    """A page of what was asked for, and how many have each key (`services.projection` makes them).

    Of MOST_COUNTED entries or more, which the page's paginator knows as `is_cut`, the first so many are counted.
    """

    page: Page[Listed]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Reach:
    """How many entries an invitation would go to, and how many more are concerned and get none."""

    mailed: int
    unreached: int

    @property
    def mailed_in_words(self) -> str:
        return _in_words(self.mailed)

    @property
    def unreached_in_words(self) -> str:
        return _in_words(self.unreached)


@dataclass(frozen=True)
class Addressed:
    """Whom an invitation goes to, for a verb: entry, address, name. `concerned` are all that were asked for.

    `looks` are the lines of the ledger, not written yet: the verb writes them with the letter, in one transaction.
    """

    recipients: Sequence[tuple[uuid.UUID, str, str]]
    concerned: int
    looks: Sequence[Look]


@dataclass(frozen=True)
class Meeting:
    """An entry that one would like to meet, as the cell shows it, and oneself as the same cell shows one; None where it doesn't."""

    entry_id: uuid.UUID
    other: Listed
    mine: Listed | None


@dataclass(frozen=True)
class Exported:
    """One row of an export, and the seed of its hidden marks."""

    listed: Listed
    seed: bytes


@dataclass(frozen=True)
class Gate:
    """Leave to look, in one capacity, for one purpose and reason."""

    capacity: Capacity
    purpose: Purpose
    reason: str
    today: date
    viewer_id: uuid.UUID | None
    own_entry: uuid.UUID | None = None  # of one who looks as a listed firm
    delay: Delay | None = None  # under which firms read of this work only after its last day

    def page(
        self, question: Question, *, number: int = 1, size: int = PAGE_SIZE, fields: frozenset[Field] = LIST_FIELDS
    ) -> Page[Listed]:
        """Return one page of the entries asked for; raises `EmptyPage` beyond the last. `size` is at most LONGEST_PAGE."""
        with transaction.atomic(using=OUTSIDE):
            told = fields | question.fields
            asked = self._asked(question, told)
            page = OpenPaginator(asked, min(size, LONGEST_PAGE), found=self._number_of(asked, question)).page(number)
            rows = _taken(page)
            self._write(rows, told, LookKind.LIST)
        page.object_list = [_listed(row, fields, self.today) for row in rows]
        return page

    def found(self, question: Question, *, number: int = 1) -> Found:
        """Return one page of the entries asked for with counts of them; raises `EmptyPage` beyond the last.

        The ledger names the entries of the page, and for them the fields that the counts tell something of as well.
        """
        with transaction.atomic(using=OUTSIDE):
            told = LIST_FIELDS | COUNTED_FIELDS | question.fields
            asked = self._asked(question, told)
            counts = asked.counts()
            page = OpenPaginator(asked, PAGE_SIZE, found=counts.pop(ALL)).page(number)
            rows = _taken(page)
            self._write(rows, told, LookKind.LIST)
        page.object_list = [_listed(row, LIST_FIELDS, self.today) for row in rows]
        return Found(page, counts)

    def one(self, ref: uuid.UUID) -> Listed:
        """Return one entry with all that the cell may see; raises NotDisclosed."""
        with transaction.atomic(using=OUTSIDE):
            row = self._cell().filter(ref=ref).first()
            if row is None:
                raise NotDisclosed
            self._write([row], ALL_FIELDS, LookKind.ONE)
        return _listed(row, ALL_FIELDS, self.today)

    def several(self, refs: Sequence[uuid.UUID]) -> list[Listed]:
        """Return these entries, in this order, with all that the cell may see; raises NotDisclosed if one of them isn't there.

        The ledger has a line for each: it is a look at one entry, and at the others beside it.
        """
        return [_listed(row, ALL_FIELDS, self.today) for row in self._several(refs)]

    def export(self, question: Question, *, number: uuid.UUID, key: bytes) -> list[Exported]:
        """Return all entries asked for, in the order of their marks; `number` and `key` are the export's own. Raises TooMany.

        The ledger names every one of them, under the number.
        """
        with transaction.atomic(using=OUTSIDE):
            rows = list(self._asked(question, ALL_FIELDS).order_by()[: self.most_exported + 1])
            if len(rows) > self.most_exported:
                raise TooMany
            self._write(rows, ALL_FIELDS, LookKind.EXPORT, batch=number)
        exported = [Exported(_listed(row, ALL_FIELDS, self.today), watermarks.seed_of(row.entry_id, key=key)) for row in rows]
        return sorted(exported, key=lambda each: each.seed)

    def reach(self, question: Question, *, without: Collection[uuid.UUID]) -> Reach:
        """Count, and show no entry: those that show an address and are not in `without`, and the others. Raises TooMany.

        The ledger names every entry that was counted.
        """
        with transaction.atomic(using=OUTSIDE):
            rows = self._concerned(question)
            self._write(rows, question.fields | {Field.CONTACT_EMAIL}, LookKind.LIST)
        mailed, others = _parted(rows, without)
        return Reach(len(mailed), len(others))

    def addressed(self, question: Question, *, without: Collection[uuid.UUID]) -> Addressed:
        """Return whom an invitation goes to, for the verb that sends it and for no page. Raises TooMany.

        The one reading whose lines the caller writes: ledger, letter and envelopes are one transaction of the application's login.
        """
        rows, batch = self._concerned(question), uuid.uuid4()
        mailed, others = _parted(rows, without)
        used = question.fields | {Field.CONTACT_EMAIL, Field.LEGAL_NAME}
        looks = self._lines(mailed, used, LookKind.LIST, batch=batch)
        looks += self._lines(others, question.fields, LookKind.LIST, batch=batch) if others else []
        recipients = [(row.entry_id, str(row.contact_email), row.legal_name or "") for row in mailed]
        return Addressed(recipients, len(rows), looks)

    def known(self, entry_ids: Collection[uuid.UUID], *, fields: frozenset[Field]) -> dict[uuid.UUID, Listed]:
        """Return those of the entries that the cell still shows, for a page on what passed between them and the viewer."""
        with transaction.atomic(using=OUTSIDE):
            rows = list(self._cell(fields).filter(entry_id__in=list(entry_ids)).order_by("ref"))
            self._write(rows, fields, LookKind.LIST)
        return {row.entry_id: _listed(row, fields, self.today) for row in rows}

    def meeting(self, ref: uuid.UUID) -> Meeting:
        """Return an entry and the looker's own as the cell shows both; raises NotDisclosed."""
        with transaction.atomic(using=OUTSIDE):
            rows = list(self._cell().filter(Q(ref=ref) | Q(entry_id=self.own_entry)))
            other = next((row for row in rows if row.ref == ref), None)
            if other is None:
                raise NotDisclosed
            self._write([other], ALL_FIELDS, LookKind.ONE)
        mine = next((row for row in rows if row.entry_id == self.own_entry), None)
        shown = _listed(mine, ALL_FIELDS, self.today) if mine else None
        return Meeting(other.entry_id, _listed(other, ALL_FIELDS, self.today), shown)

    def met(self, entry_id: uuid.UUID) -> Listed | None:
        """Return an entry that the looker meets or may meet; None where the cell shows one of the two no more."""
        if self.own_entry is None:
            return None
        with transaction.atomic(using=OUTSIDE):
            rows = {row.entry_id: row for row in self._cell().filter(entry_id__in=[entry_id, self.own_entry])}
            if rows.keys() != {entry_id, self.own_entry}:
                return None
            self._write([rows[entry_id]], ALL_FIELDS, LookKind.ONE)
        return _listed(rows[entry_id], ALL_FIELDS, self.today)

    def _several(self, refs: Sequence[uuid.UUID]) -> list[Disclosed]:
        with transaction.atomic(using=OUTSIDE):
            rows = {row.ref: row for row in self._cell().filter(ref__in=refs)}
            if rows.keys() != set(refs):
                raise NotDisclosed
            found = [rows[ref] for ref in refs]
            self._write(found, ALL_FIELDS, LookKind.ONE)
        return found

    def _concerned(self, question: Question) -> list[Disclosed]:
        used = question.fields | {Field.CONTACT_EMAIL, Field.LEGAL_NAME}
        rows = list(self._asked(question, used)[: MOST_WRITTEN_TO + 1])
        if len(rows) > MOST_WRITTEN_TO:
            raise TooMany
        return rows

    @property
    def most_exported(self) -> int:
        return MOST_EXPORTED_BY_PUBLIC if self.capacity == PUBLIC else MOST_EXPORTED

    def subject(self, ref: uuid.UUID, field: Field, *, fingerprint: str, reason: str) -> uuid.UUID:
        """Return the id of the entry behind `ref`, for a verb on a field that this cell shows; `reason` goes into the ledger.

        Raises NotDisclosed where the field is not shown, and HasChanged where the values are not those of `fingerprint`.
        """
        with transaction.atomic(using=OUTSIDE):
            # No delay: the firm sees at once what the verb does.
            row = self._cell().filter(ref=ref).first()
            if row is None or getattr(row, field) is None:
                raise NotDisclosed
            if _listed(row, ALL_FIELDS, self.today).fingerprint != fingerprint:
                raise HasChanged
            replace(self, reason=reason, delay=None)._write([row], frozenset({field}), LookKind.ONE)  # noqa: SLF001  the same class
        return row.entry_id

    def subjects(self, refs: Sequence[uuid.UUID], *, reason: str) -> list[uuid.UUID]:
        """Return the ids of the entries behind these references, for a verb on all of them; `reason` goes into the ledger of each.

        Raises NotDisclosed if one of them isn't there.
        """
        # No delay: one of the firms may read of it at once.
        return [row.entry_id for row in replace(self, reason=reason, delay=None)._several(refs)]  # noqa: SLF001  the same class

    def known_by(self, wanted: Mapping[Field, Collection[str]], *, fields: frozenset[Field]) -> list[tuple[uuid.UUID, Listed]]:
        """Return the entries of which the cell shows one of the identifiers wanted, each with its id, for a comparison by a verb.

        The ledger names `fields` and the identifiers, of the entries found.
        """
        with transaction.atomic(using=OUTSIDE):
            told = fields | frozenset(wanted)
            rows = list(self._cell(told).known_by({str(name): sorted(values) for name, values in wanted.items()}).order_by("ref"))
            self._write(rows, told, LookKind.LIST)
        return [(row.entry_id, _listed(row, fields, self.today)) for row in rows]

    def _cell(self, fields: Collection[str] = ALL_FIELDS) -> DisclosedQuerySet:
        """The rows of the cell, of which no more is read than these fields and what stands beside them."""
        rows = Disclosed.objects.using(OUTSIDE).only(*_BESIDE, *fields)
        return rows.cell(self.capacity.audience, self.purpose, association=self._institution_id, today=self.today)

    def _number_of(self, asked: DisclosedQuerySet, question: Question) -> int:
        if question.narrows:
            return number_of(asked)
        rows = Disclosed.objects.using(OUTSIDE)
        return rows.cell_size(self.capacity.audience, self.purpose, association=self._institution_id, today=self.today)

    @property
    def _institution_id(self) -> uuid.UUID | None:
        return self.capacity.organisation.pk if self.capacity.organisation else None

    def _asked(self, question: Question, fields: frozenset[Field]) -> DisclosedQuerySet:
        tag = disclosure.tag(self.capacity.audience, self.purpose)
        return _narrowed(self._cell(fields).with_keys([tag + key for key in question.keys]), question)

    def _write(
        self, rows: Sequence[Disclosed], fields: frozenset[Field], kind: LookKind, *, batch: uuid.UUID | None = None
    ) -> None:
        """Write the ledger: a line of the entries and what each of them showed, also where there are none.

        A look at one entry has a line of its own.
        """
        common = self._common(kind, batch or uuid.uuid4())
        if self.delay:
            # Before the lines: the database refuses to put off what is written already.
            put_off = DelayedBatch(batch=common["batch"], delay=self.delay, until=self.delay.until)
            DelayedBatch.objects.using(OUTSIDE).bulk_create([put_off])
        Look.objects.using(OUTSIDE).write(_told(rows, fields, kind), **common)

    def _lines(self, rows: Sequence[Disclosed], fields: frozenset[Field], kind: LookKind, *, batch: uuid.UUID) -> list[Look]:
        """The same lines for the caller to write. No delay puts them off: who gets a letter learns of the look by it."""
        common = self._common(kind, batch)
        return [
            Look(fields=list(line.fields), entry_ids=list(line.entry_ids), shown=line.shown, **common)
            for line in _told(rows, fields, kind)
        ]

    def _common(self, kind: LookKind, batch: uuid.UUID) -> dict[str, Any]:
        """What all lines of one look say."""
        institution, kind_of_institution = self._institution()
        return {
            "batch": batch,
            "institution": institution,
            "institution_kind": kind_of_institution,
            "viewer_id": self.viewer_id,
            "audience": self.capacity.audience,
            "purpose": self.purpose,
            "reason": self.reason,
            "on": self.today,
            "kind": kind,
        }

    def _institution(self) -> tuple[str, str]:
        """Who looks, as the ledger tells it, and of what kind. A listed firm is named to those whom its own cell names it to."""
        organisation = self.capacity.organisation
        if organisation is None:
            return "", ""
        if self.capacity.audience == Audience.LISTED_FIRMS:
            own = self._cell().filter(entry_id=self.own_entry, legal_name__isnull=False) if self.own_entry else None
            if own is None or not own.exists():
                return UNNAMED_FIRM, Kind.FIRM
        return organisation.name, organisation.kind


def disclosed(
    viewer: Visitor, purpose: Purpose, reason: str, *, today: date, capacity: Capacity, delay: Delay | None = None
) -> Gate:
    """Return leave to look; raises UnableToLook. Nothing is read and nothing is in the ledger before the gate is asked.

    Under a `delay` firms read of it after the delay's last day; it has to be the viewer's own, approved and not over.
    """
    if capacity not in capacities(viewer, today=today) or (capacity.says_why and not reason.strip()):
        raise UnableToLook
    if delay and not may_use_delay(viewer, delay, capacity=capacity, purpose=purpose, today=today):
        raise UnableToLook
    is_named = capacity.audience != Audience.PUBLIC and isinstance(viewer, User)
    own = Entry.objects.filter(organisation=capacity.organisation) if capacity.audience == Audience.LISTED_FIRMS else None
    own_entry = own.values_list("pk", flat=True).first() if own is not None else None
    return Gate(capacity, purpose, reason.strip() if is_named else "", today, viewer.pk if is_named else None, own_entry, delay)


def checking(viewer: User, reason: str, *, today: date) -> Gate:
    """Return leave to hold a register against what the focal point sees for outreach; raises UnableToLook.

    Whoever may do it looks at no entry: what `Gate.known_by` gives is for the comparison alone.
    """
    office = next((held.organisation for held in memberships(viewer) if held.organisation.is_focal_point), None)
    if office is None or not may_import(viewer) or not reason.strip():
        raise UnableToLook
    return Gate(Capacity(Audience.FOCAL_POINT, office), Purpose.OUTREACH, reason, today, viewer.pk)


def count(*, institution: Organisation, reason: str, areas: Sequence[str], today: date) -> list[Unit]:
    """Return what is counted of every entry that permits it, for the published tables and for nothing else.

    Who permits the focal point to use fields for statistics permits to be counted in print. The ledger says so to each.
    """
    gate = Gate(Capacity(tables.AUDIENCE, institution), tables.PURPOSE, reason, today, viewer_id=None)
    with transaction.atomic(using=OUTSIDE):
        rows = list(gate._cell({"keys", *tables.FIELDS}).order_by("ref"))  # noqa: SLF001  the same module
        gate._write(rows, tables.FIELDS, LookKind.FIGURES)  # noqa: SLF001
    untagged = [[key[TAG_LENGTH:] for key in row.keys] for row in rows]
    return [tables.unit(_values(row, tables.FIELDS), keys, areas) for row, keys in zip(rows, untagged, strict=True)]


def _parted(rows: Sequence[Disclosed], without: Collection[uuid.UUID]) -> tuple[list[Disclosed], list[Disclosed]]:
    """The rows that show an address and are not to be left out, and the others."""
    parts: tuple[list[Disclosed], list[Disclosed]] = ([], [])
    for row in rows:
        parts[row.contact_email is None or row.entry_id in without].append(row)
    return parts


def _told(rows: Sequence[Disclosed], fields: frozenset[Field], kind: LookKind) -> list[Told]:
    """The lines that the ledger gets of a look at `fields` of the rows."""
    asked = [str(field) for field in _IN_ORDER if field in fields]
    if kind == LookKind.ONE and rows:
        return [_line([row], asked) for row in rows]
    return [_line(rows, asked)]


def _line(rows: Sequence[Disclosed], asked: Sequence[str]) -> Told:
    held = [row.__dict__ for row in rows]
    fields = [name for name in asked if any(row[name] is not None for row in held)]
    bits = [1 << place for place in range(len(fields))]
    # An export has thousands of rows. What stands behind the fields is there so that several values always come.
    values, is_there = operator.itemgetter(*fields, "entry_id", "entry_id"), partial(operator.is_not, None)
    shown = [sum(compress(bits, map(is_there, values(row)))) for row in held]
    return Told(fields, [row["entry_id"] for row in held], shown if len(set(shown)) > 1 else None)


def _narrowed(cell: DisclosedQuerySet, question: Question) -> DisclosedQuerySet:
    if question.readiness:
        cell = cell.at_least_ready(question.readiness)
    if question.words:
        cell = cell.matching(question.words)
    return cell.in_order(question.order)


def _taken(page: Page[Any]) -> list[Disclosed]:
    """The rows of the page; the count is kept, and no query can be made from the page."""
    rows = list(page.object_list)
    page.paginator.object_list = ()
    return rows


def _listed(row: Disclosed, fields: frozenset[Field], today: date) -> Listed:
    values = _values(row, fields)
    month = row.confirmed_in if Field.LEGAL_NAME in values else None
    is_stale = month is not None and renewal.is_stale(month, today=today)
    return Listed(
        row.ref,
        values,
        {field: level for field, level in row.evidence.items() if field in values},
        confirmed_in=None if is_stale else month,
        is_stale=is_stale,
    )


def _in_words(number: int) -> str:
    return gettext("fewer than five") if number < FEWEST_TOLD else str(number)


def _values(row: Disclosed, fields: frozenset[Field]) -> dict[Field, Any]:
    held = row.__dict__
    return {field: value for field in _IN_ORDER if field in fields and (value := held[field]) is not None}
