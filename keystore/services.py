"""Depositing, fetching and destroying shares. Every verb is a transaction of the key store's own database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connections, transaction
from nacl.utils import random

from keystore.models import Share

SHARE_BYTES = 32
ALIAS = "keys"
# Longer than any copy of the content may be kept: a case that comes back from one finds its tombstone here.
TOMBSTONES_LAST = timedelta(days=400)


class UnableToReachKeys(Exception):
    """The key store does not answer. Nothing was changed; the same call may work in a minute."""


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        raise UnableToReachKeys from error


@contextmanager
def _reaching() -> Iterator[None]:
    with _answering(), transaction.atomic(using=ALIAS):
        yield


def deposit(case: UUID, *, today: date) -> bytes:
    """Make a share for a case and return it once it is safely stored; one that has a share keeps it."""
    share = random(SHARE_BYTES)
    with _answering(), connections[ALIAS].cursor() as cursor:
        cursor.execute(_DEPOSIT, [case, share, today])
        is_new = cursor.rowcount == 1
    return share if is_new else shares_of([case]).get(case, b"")


# One statement, which is a transaction by itself: every question that is asked waits for it.
_DEPOSIT = 'INSERT INTO keystore_share ("case", share, made_on) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING'


def share_of(case: UUID) -> bytes | None:
    """Return the share of a case, or None if it has none (any more)."""
    return shares_of([case]).get(case)


def shares_of(cases: Iterable[UUID]) -> dict[UUID, bytes]:
    with _reaching():
        found = Share.objects.living().filter(case__in=list(cases)).values_list("case", "share")
        return {case: bytes(share or b"") for case, share in found}


def destroy(case: UUID, *, today: date) -> None:
    """Destroy the share of a case for good. One that has none, or none any more, gets or keeps its tombstone."""
    with _reaching():
        found, is_new = Share.objects.get_or_create(case=case, defaults={"made_on": today, "destroyed_on": today})
        if not is_new and found.destroyed_on is None:
            found.share, found.destroyed_on = None, today
            found.save(update_fields=["share", "destroyed_on"])


def forget(cases: Iterable[UUID]) -> int:
    """Take shares out that no case ever used; return how many."""
    with _reaching():
        return Share.objects.filter(case__in=list(cases)).delete()[0]


def forget_old_tombstones(*, today: date) -> int:
    with _reaching():
        return Share.objects.filter(destroyed_on__lt=today - TOMBSTONES_LAST).delete()[0]


def is_usable() -> None:
    """Raise UnableToReachKeys unless the key store answers."""
    with _reaching():
        Share.objects.order_by().first()
