"""Wrapping case keys anew: under the ring's first key once there is a new one, and into the layer of a share where one lacks it.

Both go batch by batch, each in a transaction of its own, skip what somebody else holds, and may be stopped and started at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Length

from inquiries import retention
from inquiries.models import Inquiry, ReaderKey, Receipt
from inquiries.sealing import WRAPPED_ONCE, CannotOpen, Place, enclose, is_enclosed, unwrap, wrap
from inquiries.services import asking, casebook, readers
from keystore import services as keystore

BATCH = 200
START = UUID(int=0)


@dataclass(frozen=True)
class Batch:
    """How many were wrapped anew, and the last row looked at; None at the end."""

    done: int
    last: UUID | None


@dataclass(frozen=True)
class RingKey:
    """One key by its id: how many case keys it wraps, and whether it is in the ring."""

    id: str
    wraps: int
    is_there: bool
    is_first: bool


@dataclass(frozen=True)
class Progress:
    keys: list[RingKey]

    @property
    def total(self) -> int:
        return sum(key.wraps for key in self.keys)

    @property
    def done(self) -> int:
        return sum(key.wraps for key in self.keys if key.is_first)

    @property
    def waiting(self) -> int:
        """Those that can be wrapped anew now."""
        return sum(key.wraps for key in self.keys if key.is_there and not key.is_first)

    @property
    def missing(self) -> int:
        """Those that wait for a key which the ring lacks."""
        return sum(key.wraps for key in self.keys if not key.is_there)


def progress() -> Progress:
    """How far the case keys have come to the ring's first key, in one query."""
    wraps = dict(ReaderKey.objects.values_list("ring_key").annotate(Count("pk")).order_by())
    first = _first()
    ids = [*settings.OFFICE_KEYS, *sorted(set(wraps) - set(settings.OFFICE_KEYS))]
    return Progress([RingKey(each, wraps.get(each, 0), each in settings.OFFICE_KEYS, each == first) for each in ids])


@transaction.atomic
def rewrap(*, after: UUID = START, limit: int = BATCH) -> Batch:
    """Wrap the next `limit` case keys anew under the ring's first key. Those of a key that the ring lacks stay as they are."""
    others = [key for key in settings.OFFICE_KEYS if key != _first()]
    waiting = ReaderKey.objects.filter(ring_key__in=others, pk__gt=after).select_related("agency", "inquiry").order_by("pk")
    rows = list(waiting.select_for_update(of=("self",), skip_locked=True)[:limit])
    shares = keystore.shares_of(row.inquiry_id for row in rows)
    last = rows[-1].pk if rows else None  # before a row is deleted, and its key with it
    return Batch(sum(_rewrapped(row, shares.get(row.inquiry_id)) for row in rows), last)


def _rewrapped(row: ReaderKey, share: bytes | None) -> bool:
    """Wrap one locked row anew, unless it does not open: then it is left as it is for the administrator to look into."""
    first = _first()
    place = readers.place(row.inquiry)
    old, new = (readers.wrapping_key(settings.OFFICE_KEYS[each], row.agency) for each in (row.ring_key, first))
    try:
        key = unwrap(bytes(row.wrapped_key), under=old, share=share, place=place)
    except CannotOpen:
        return False
    if ReaderKey.objects.filter(inquiry=row.inquiry, agency=row.agency, ring_key=first).exists():
        row.delete()  # admitted again since the new key came
        return True
    row.ring_key, row.wrapped_key = first, wrap(key, under=new, share=share, place=place)
    row.save(update_fields=["ring_key", "wrapped_key"])
    return True


def _first() -> str:
    return next(iter(settings.OFFICE_KEYS))


# --- cases from before there were shares -----------------------------------------------------------------------------


def enclose_old(*, today: date, limit: int = BATCH) -> int:
    """Give up to `limit` cases without a share one, with its layer around their keys; return how many. Needs no ring or receipt."""
    bare = Receipt.objects.annotate(length=Length("wrapped_key")).filter(length__lte=WRAPPED_ONCE)
    found = list(bare.order_by("pk").values_list("inquiry", flat=True)[:limit])
    return sum(_enclosed(case, today=today) for case in found)


@transaction.atomic
def _enclosed(case: UUID, *, today: date) -> bool:
    inquiry = Inquiry.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=case).first()
    if inquiry is None:
        return False
    share = keystore.deposit(case, today=today)
    if not share:
        return False  # destroyed: the night's run erases the rows
    _enclose([inquiry.receipt], share, place=asking.receipt_place(inquiry))
    _enclose(inquiry.reader_keys.all(), share, place=readers.place(inquiry))
    inquiry.erase_on = retention.erase_on(casebook.history(inquiry), mode=inquiry.mode)
    inquiry.save(update_fields=["erase_on"])
    return True


def _enclose(rows: Iterable[Receipt | ReaderKey], share: bytes, *, place: Place) -> None:
    for row in rows:
        if not is_enclosed(bytes(row.wrapped_key)):
            row.wrapped_key = enclose(bytes(row.wrapped_key), share=share, place=place)
            row.save(update_fields=["wrapped_key"])
