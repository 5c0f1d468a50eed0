"""The gateway: the sole reader of the projection for everybody but the firm itself.

Every read runs under a login that can't see the truth, and writes the ledger in the same transaction before anything is returned.
What comes back is plain values; nothing in them leads to a row.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db import transaction

from organisations.models import User
from organisations.permissions import Visitor
from registry.disclosure import Audience, Field, Purpose
from registry.models import Disclosed, Line, Look, LookKind, lines
from registry.permissions import Capacity, capacities
from registry.querysets import DisclosedQuerySet

OUTSIDE: Final = "disclosed"
PAGE_SIZE: Final = 50
LONGEST_PAGE: Final = 100
# What a line of a list shows; the page of one entry shows all that its cell may see.
LIST_FIELDS: Final = frozenset({Field.LEGAL_NAME, Field.REGION, Field.SIZE_BAND, Field.SEGMENTS})
SEARCHED_FIELDS: Final = frozenset({Field.LEGAL_NAME, Field.PRODUCTS, Field.CERTIFICATIONS})
ALL_FIELDS: Final = frozenset(Field)
# The purpose of those who need not say one.
USUAL_PURPOSES: Final = {
    Audience.ASSOCIATIONS: Purpose.OUTREACH,
    Audience.LISTED_FIRMS: Purpose.MATCHMAKING,
    Audience.PUBLIC: Purpose.BUSINESS_PROMOTION,
}


class UnableToLook(Exception):
    """The visitor has no such capacity, or is an official who gave no reason."""


class NotDisclosed(Exception):
    """There is no such entry, or none that this cell may see; nobody is told which."""


@dataclass(frozen=True)
class Question:
    """What is asked of a list. `order` is a key of `querysets.ORDERS`."""

    segment: str = ""
    region: str = ""
    words: str = ""
    order: str = "legal_name"

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that an answer tells something of, though it may not show them."""
        asked = SEARCHED_FIELDS if self.words else frozenset()
        asked |= {Field.SEGMENTS} if self.segment else frozenset()
        asked |= {Field.REGION} if self.region or self.order == "region" else frozenset()
        return asked | ({Field.READINESS} if self.order == "-readiness" else frozenset())


@dataclass(frozen=True)
class Listed:
    """One entry as its cell may see it: the field's name → its value; what is hidden or empty is not there."""

    ref: uuid.UUID
    values: Mapping[Field, Any]

    @property
    def lines(self) -> list[Line]:
        return lines(self.values)

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

    def _cell(self) -> DisclosedQuerySet:
        return Disclosed.objects.using(OUTSIDE).defer("search").cell(self.capacity.audience, self.purpose, today=self.today)

    def _write(self, rows: Sequence[Disclosed], fields: frozenset[Field], kind: LookKind) -> None:
        """Write the ledger: a line for each set of fields that the entries of the page showed, or one of no entries."""
        seen: dict[tuple[str, ...], list[uuid.UUID]] = {} if rows else {(): []}
        for row in rows:
            seen.setdefault(tuple(_listed(row, fields).values), []).append(row.entry_id)
        batch = uuid.uuid4()
        organisation = self.capacity.organisation
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


def disclosed(viewer: Visitor, purpose: Purpose, reason: str, *, today: date, capacity: Capacity) -> Gate:
    """Return leave to look; raises UnableToLook. Nothing is read and nothing is in the ledger before the gate is asked."""
    if capacity not in capacities(viewer, today=today) or (capacity.is_official and not reason.strip()):
        raise UnableToLook
    is_named = capacity.audience != Audience.PUBLIC and isinstance(viewer, User)
    return Gate(capacity, purpose, reason.strip() if is_named else "", today, viewer.pk if is_named else None)


def _asked(cell: DisclosedQuerySet, question: Question) -> DisclosedQuerySet:
    if question.segment:
        cell = cell.in_segment(question.segment)
    if question.region:
        cell = cell.in_region(question.region)
    if question.words:
        cell = cell.matching(question.words)
    return cell.in_order(question.order)


def _listed(row: Disclosed, fields: frozenset[Field]) -> Listed:
    return Listed(row.ref, {field: value for field in Field if field in fields and (value := getattr(row, field)) is not None})
