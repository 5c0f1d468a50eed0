"""Wrapping case keys anew: under the ring's first key once there is a new one, and into the layer of a share where one lacks it.

Both go batch by batch, each in a transaction of its own, skip what somebody else holds, and may be stopped and started at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Length

from inquiries import retention
from inquiries.models import Identity, Inquiry, NamedAsker, ReaderKey, Receipt
from inquiries.sealing import WRAPPED_ONCE, CannotOpen, Place, enclose, is_enclosed, unwrap, wrap
from inquiries.services import asking, casebook, identities, named, readers
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
    """How far the wrapped keys have come to the ring's first key, in one query."""
    counts = [kind.objects.order_by().values_list("ring_key").annotate(Count("pk")) for kind in KINDS]
    wraps: Counter[str] = Counter()
    for ring_key, number in counts[0].union(*counts[1:], all=True):
        wraps[ring_key] += number
    first = _first()
    ids = [*settings.OFFICE_KEYS, *sorted(set(wraps) - set(settings.OFFICE_KEYS))]
    return Progress([RingKey(each, wraps[each], each in settings.OFFICE_KEYS, each == first) for each in ids])


@transaction.atomic
def rewrap(*, after: UUID = START, limit: int = BATCH) -> Batch:
    """Wrap the next keys anew under the ring's first key, up to `limit` of each kind. Those of a key that the ring lacks stay."""
    found = [_waiting(kind, after=after, limit=limit) for kind in KINDS]
    rows = [row for each in found for row in each]
    # From here the next batch goes on: where a kind has more, no further than its last; read before a row is deleted.
    full = [each[-1].pk for each in found if len(each) == limit]
    last = min(full) if full else max((row.pk for row in rows), default=None)
    shares = keystore.shares_of(row.inquiry_id for row in rows)
    return Batch(sum(_rewrapped(row, shares.get(row.inquiry_id)) for row in rows), last)


Wrapped = ReaderKey | Identity | NamedAsker
KINDS: tuple[type[Wrapped], ...] = (ReaderKey, Identity, NamedAsker)


def _waiting(kind: type[Wrapped], *, after: UUID, limit: int) -> list[Wrapped]:
    others = [key for key in settings.OFFICE_KEYS if key != _first()]
    waiting = kind.objects.filter(ring_key__in=others, pk__gt=after).select_related("inquiry").order_by("pk")
    return list(waiting.select_for_update(of=("self",), skip_locked=True)[:limit])


def _wraps(row: Wrapped, secret: bytes) -> list[tuple[str, bytes, Place]]:
    """The columns of a row that hold a wrapped key, each with the key that opens it, derived from a key of the ring."""
    if isinstance(row, Identity):
        return identities.wraps(row, secret)
    if isinstance(row, NamedAsker):
        return named.wraps(row, secret)
    return [("wrapped_key", readers.wrapping_key(secret, row.agency), readers.place(row.inquiry))]


def _rewrapped(row: Wrapped, share: bytes | None) -> bool:
    """Wrap one locked row anew, unless it does not open: then it is left as it is for the administrator to look into."""
    first = _first()
    old, new = (_wraps(row, settings.OFFICE_KEYS[each]) for each in (row.ring_key, first))
    try:
        anew = {
            column: wrap(
                unwrap(bytes(getattr(row, column)), under=was, share=share, place=place), under=under, share=share, place=place
            )
            for (column, was, place), (_column, under, _place) in zip(old, new, strict=True)
        }
    except CannotOpen:
        return False
    if isinstance(row, ReaderKey) and ReaderKey.objects.filter(inquiry=row.inquiry, agency=row.agency, ring_key=first).exists():
        row.delete()  # admitted again since the new key came
        return True
    for column, value in {"ring_key": first, **anew}.items():
        setattr(row, column, value)
    row.save(update_fields=["ring_key", *anew])
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
