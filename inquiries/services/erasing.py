"""Erasing a case: its share first, which makes every copy unreadable, backups too; then its rows. Coarse counts are left.

The share is destroyed last inside the transaction that erases the rows, so that a key store that does not answer leaves everything
as it was. Should the process die between the two commits, the share is gone and its tombstone leads the night's run to the rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from inquiries import deadlines, retention
from inquiries.models import ErasedCount, Inquiry
from inquiries.querysets import InquiryQuerySet
from inquiries.services import casebook
from inquiries.services.asking import OpenInquiry
from keystore import services as keystore
from keystore.models import Share

log = logging.getLogger(__name__)

BATCH = 500
# A submission that is under way has made its share and not yet its case; after two days none is under way.
ORPHAN_AGE = timedelta(days=2)
# More orphans than this, and than one share in fifty, don't come from failed submissions but from a content backup that is too old.
FEW_ORPHANS = 100


class UnableToPurge(Exception):
    """So many shares have no case that the content must be an old copy; none was taken out."""


def erase(*, opened: OpenInquiry, today: date) -> None:
    """Erase at the asker's wish, for good. Twice does no more. Raises UnableToReachKeys, and then nothing is erased."""
    with transaction.atomic():
        inquiry = Inquiry.objects.select_for_update(of=("self",)).filter(pk=opened.inquiry.pk).first()
        if inquiry is not None:
            _erase(inquiry, today=today)


def erase_expired(*, today: date, limit: int = BATCH) -> int:
    """Erase the cases whose time is over, at most `limit`, each in a transaction of its own; return how many."""
    due = Inquiry.objects.expired(today).order_by("erase_on", "pk").values_list("pk", flat=True)[:limit]
    # Looked at anew under the lock: an asker may have written meanwhile.
    return sum(_erase_where(Inquiry.objects.expired(today).filter(pk=pk), today=today) for pk in list(due))


def finish(*, today: date) -> int:
    """Erase the rows of cases whose share has been destroyed: after a crash, or when an old backup brought them back."""
    tombstones = Share.objects.destroyed().order_by("pk").values_list("pk", flat=True)
    return sum(
        _erase_where(Inquiry.objects.filter(pk=pk), today=today)
        for batch in _batches(tombstones.iterator())
        for pk in Inquiry.objects.filter(pk__in=batch).values_list("pk", flat=True)
    )


def purge_orphans(*, today: date) -> int:
    """Take out the shares that no case uses and the tombstones that no backup can need; raises UnableToPurge."""
    keystore.forget_old_tombstones(today=today)
    old = Share.objects.living().made_until(today - ORPHAN_AGE)
    orphans = [pk for batch in _batches(old.order_by("pk").values_list("pk", flat=True).iterator()) for pk in _without_case(batch)]
    if len(orphans) > max(FEW_ORPHANS, Share.objects.living().count() // 50):
        log.error("%s shares have no case: is the content an old copy? None was taken out.", len(orphans))
        raise UnableToPurge
    return keystore.forget(orphans)


@transaction.atomic
def _erase_where(found: InquiryQuerySet, *, today: date) -> bool:
    """Erase the one inquiry of a queryset, unless it is gone or somebody else is at it; the next night comes by again."""
    inquiry = found.select_for_update(of=("self",), skip_locked=True).first()
    if inquiry is not None:
        _erase(inquiry, today=today)
    return inquiry is not None


def _erase(inquiry: Inquiry, *, today: date) -> None:
    """Count and erase a locked inquiry."""
    _count(inquiry)
    case = inquiry.pk
    inquiry.delete()
    keystore.destroy(case, today=today)


def _count(inquiry: Inquiry) -> None:
    events = casebook.history(inquiry)
    ended = retention.ending(events)
    kind: dict[str, Any] = {
        "quarter": retention.quarter(inquiry.received_on),
        "topic": inquiry.topic,
        "mode": inquiry.mode,
        "outcome": ended.outcome if ended else retention.OPEN,
        "in_time": _was_in_time(events, target=casebook.target(inquiry)),
    }
    row, _ = ErasedCount.objects.get_or_create(**kind)
    ErasedCount.objects.filter(pk=row.pk).update(number=F("number") + 1)


def _was_in_time(events: list[tuple[str, date]], *, target: int) -> bool | None:
    """Whether the first answer came by the day it was due; None where there was none."""
    before: list[deadlines.Event] = []
    for kind, on in events:
        if kind == "answer":
            due = deadlines.due_on(before, target=target, country=settings.COUNTRY)
            return due is None or on <= due
        before.append(deadlines.Event(kind, on))
    return None


def _without_case(batch: list[UUID]) -> set[UUID]:
    return set(batch) - set(Inquiry.objects.filter(pk__in=batch).values_list("pk", flat=True))


def _batches(keys: Iterator[UUID]) -> Iterator[list[UUID]]:
    while batch := list(islice(keys, BATCH)):
        yield batch
