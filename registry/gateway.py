"""The gateway: the sole reader of the projection for everybody but the firm itself.

Every read runs under a login that can't see the truth, and writes the ledger in the same transaction before anything is returned.
What comes back is plain values; nothing in them leads to a row.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db import transaction

from organisations.models import User
from organisations.permissions import Visitor
from registry.disclosure import Audience, Field, Purpose
from registry.models import Delay, DelayedBatch, Disclosed, Line, Look, LookKind, lines
from registry.permissions import Capacity, capacities, may_use_delay
from registry.querysets import DisclosedQuerySet

OUTSIDE: Final = "disclosed"
PAGE_SIZE: Final = 50
LONGEST_PAGE: Final = 100
# What a line of a list shows; the page of one entry shows all that its cell may see.
LIST_FIELDS: Final = frozenset({Field.LEGAL_NAME, Field.REGION, Field.SIZE_BAND, Field.SEGMENTS})
SEARCHED_FIELDS: Final = frozenset(
    {Field.LEGAL_NAME, Field.UNIT_NAME, Field.TRADING_NAMES, Field.PRODUCTS, Field.CERTIFICATIONS, Field.PARTNERS}
)
ALL_FIELDS: Final = frozenset(Field)
# The purpose of those who need not say one.
USUAL_PURPOSES: Final = {
    Audience.ASSOCIATIONS: Purpose.OUTREACH,
    Audience.LISTED_FIRMS: Purpose.MATCHMAKING,
    Audience.PUBLIC: Purpose.BUSINESS_PROMOTION,
}


class UnableToLook(Exception):
    """The visitor has no such capacity, or is an official who gave no reason, or names a delay that can't be used here."""


class NotDisclosed(Exception):
    """There is no such entry, or none that this cell may see; nobody is told which."""


class HasChanged(Exception):
    """The firm has changed what the cell shows since it was seen."""


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

    @property
    def lines(self) -> list[Line]:
        return lines(self.values, self.evidence)

    @property
    def fingerprint(self) -> str:
        """Stands for exactly these values, so that nobody confirms others than were seen."""
        shown = json.dumps(self.values, sort_keys=True, default=str)
        return hashlib.sha256(shown.encode()).hexdigest()

    @property
    def legal_name(self) -> str:
        return str(self.values.get(Field.LEGAL_NAME, ""))

    @property
    def by_field(self) -> dict[str, Line]:
        """The lines by the name of their field, for the columns of a table."""
        return {str(line.field): line for line in self.lines}


@dataclass(frozen=True)
class Gate:
    """Leave to look, in one capacity, for one purpose and reason."""

    capacity: Capacity
    purpose: Purpose
    reason: str
    today: date
    viewer_id: uuid.UUID | None
    delay: Delay | None = None  # under which firms read of this work only after its last day

    def page(
        self, question: Question, *, number: int = 1, size: int = PAGE_SIZE, fields: frozenset[Field] = LIST_FIELDS
    ) -> Page[Listed]:
        """Return one page of the entries asked for; raises `EmptyPage` beyond the last. `size` is at most LONGEST_PAGE."""
        with transaction.atomic(using=OUTSIDE):
            paginator: Paginator[Any] = Paginator(_asked(self._cell(), question), min(size, LONGEST_PAGE))
            page = paginator.page(number)
            rows = list(page.object_list)
            self._write(rows, fields | question.fields, LookKind.LIST)
        paginator.object_list = ()  # the count is kept; no query can be made from what is returned
        page.object_list = [_listed(row, fields) for row in rows]
        return page

    def one(self, ref: uuid.UUID) -> Listed:
        """Return one entry with all that the cell may see; raises NotDisclosed."""
        with transaction.atomic(using=OUTSIDE):
            row = self._cell().filter(ref=ref).first()
            if row is None:
                raise NotDisclosed
            self._write([row], ALL_FIELDS, LookKind.ONE)
        return _listed(row, ALL_FIELDS)

    def subject(self, ref: uuid.UUID, field: Field, *, fingerprint: str, reason: str) -> uuid.UUID:
        """Return the id of the entry behind `ref`, for a verb on a field that this cell shows; `reason` goes into the ledger.

        Raises NotDisclosed where the field is not shown, and HasChanged where the values are not those of `fingerprint`.
        """
        with transaction.atomic(using=OUTSIDE):
            # No delay: the firm sees at once what the verb does.
            row = self._cell().filter(ref=ref).first()
            if row is None or getattr(row, field) is None:
                raise NotDisclosed
            if _listed(row, ALL_FIELDS).fingerprint != fingerprint:
                raise HasChanged
            replace(self, reason=reason, delay=None)._write([row], frozenset({field}), LookKind.ONE)  # noqa: SLF001  the same class
        return row.entry_id

    def _cell(self) -> DisclosedQuerySet:
        return Disclosed.objects.using(OUTSIDE).defer("search").cell(self.capacity.audience, self.purpose, today=self.today)

    def _write(self, rows: Sequence[Disclosed], fields: frozenset[Field], kind: LookKind) -> None:
        """Write the ledger: a line for each set of fields that the entries of the page showed, or one of no entries."""
        seen: dict[tuple[str, ...], list[uuid.UUID]] = {} if rows else {(): []}
        for row in rows:
            seen.setdefault(tuple(_listed(row, fields).values), []).append(row.entry_id)
        batch = uuid.uuid4()
        organisation = self.capacity.organisation
        if self.delay:
            # Before the lines: the database refuses to put off what is written already.
            put_off = DelayedBatch(batch=batch, delay=self.delay, until=self.delay.until)
            DelayedBatch.objects.using(OUTSIDE).bulk_create([put_off])
        Look.objects.using(OUTSIDE).bulk_create(
            Look(
                batch=batch,
                institution=organisation.name if organisation else "",
                institution_kind=organisation.kind if organisation else "",
                viewer_id=self.viewer_id,
                audience=self.capacity.audience,
                purpose=self.purpose,
                reason=self.reason,
                fields=list(shown),
                on=self.today,
                kind=kind,
                entry_ids=entry_ids,
            )
            for shown, entry_ids in seen.items()
        )


def disclosed(
    viewer: Visitor, purpose: Purpose, reason: str, *, today: date, capacity: Capacity, delay: Delay | None = None
) -> Gate:
    """Return leave to look; raises UnableToLook. Nothing is read and nothing is in the ledger before the gate is asked.

    Under a `delay` firms read of it after the delay's last day; it has to be the viewer's own, approved and not over.
    """
    if capacity not in capacities(viewer, today=today) or (capacity.is_official and not reason.strip()):
        raise UnableToLook
    if delay and not may_use_delay(viewer, delay, capacity=capacity, purpose=purpose, today=today):
        raise UnableToLook
    is_named = capacity.audience != Audience.PUBLIC and isinstance(viewer, User)
    return Gate(capacity, purpose, reason.strip() if is_named else "", today, viewer.pk if is_named else None, delay)


def _asked(cell: DisclosedQuerySet, question: Question) -> DisclosedQuerySet:
    cell = cell.with_keys(question.keys)
    if question.readiness:
        cell = cell.at_least_ready(question.readiness)
    if question.words:
        cell = cell.matching(question.words)
    return cell.in_order(question.order)


def _listed(row: Disclosed, fields: frozenset[Field]) -> Listed:
    values = {field: value for field in Field if field in fields and (value := getattr(row, field)) is not None}
    return Listed(row.ref, values, {field: level for field, level in row.evidence.items() if field in values})
