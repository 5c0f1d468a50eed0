"""Certificates of addresses. Whose address it is knows nobody here: whoever enters or removes one has asked its reader."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mailroom.models import Certificate
from mailroom.sealing import Facts


def enter(facts: Facts, *, address: str, now: datetime) -> None:
    """Have what is written to the address from now on encrypted by this certificate, in place of any other."""
    said = {name: getattr(facts, name) for name in ("der", "issuer", "fingerprint", "not_after")}
    Certificate.objects.update_or_create(address=address.lower(), defaults=said | {"entered_at": now, "reminded_at": None})


def remove(*, address: str) -> None:
    """Write to the address in the clear again."""
    Certificate.objects.of(address).delete()


def find(address: str) -> Certificate | None:
    return Certificate.objects.of(address).first()


def of(addresses: Iterable[str]) -> dict[str, Certificate]:
    """Those that the addresses have, by address in lower case; one query."""
    return Certificate.objects.in_bulk([address.lower() for address in addresses])


@transaction.atomic
def take_ending(*, now: datetime, within: timedelta, most: int) -> list[Certificate]:
    """Return certificates whose last day is near, each one once: they count as told of when the transaction of the caller ends."""
    found = list(Certificate.objects.ending(now, within=within).select_for_update(skip_locked=True).order_by("address")[:most])
    Certificate.objects.filter(pk__in=[each.pk for each in found]).update(reminded_at=now)
    return found


def keep_only(*addresses: QuerySet[Any, str]) -> None:
    """Erase the certificates of all addresses but these, which are in lower case."""
    found = Certificate.objects.all()
    for each in addresses:
        found = found.exclude(address__in=each)
    found.delete()
