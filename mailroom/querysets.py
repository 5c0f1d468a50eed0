from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Lower

from mailroom import bounces, lifecycle

if TYPE_CHECKING:
    from mailroom.models import (  # noqa: F401
        Certificate,
        Envelope,
        Letter,
        Report,
        Settlement,
        Suppression,
    )


class LetterQuerySet(models.QuerySet["Letter"]):
    def of_source(self, source: str) -> LetterQuerySet:
        return self.filter(source=source)


class EnvelopeQuerySet(models.QuerySet["Envelope"]):
    def of_source(self, source: str) -> EnvelopeQuerySet:
        return self.filter(letter__source=source)

    def to(self, words: str) -> EnvelopeQuerySet:
        """Those whose address or name holds the words."""
        return self.filter(models.Q(address__icontains=words) | models.Q(name__icontains=words))

    def to_any(self, addresses: Iterable[str]) -> EnvelopeQuerySet:
        """Those to one of these addresses, in whatever case they are written."""
        return self.alias(folded=Lower("address")).filter(folded__in=[each.lower() for each in addresses])

    def in_order(self) -> EnvelopeQuerySet:
        """By address, which an index gives within a letter."""
        return self.order_by(Lower("address"), "pk")

    def due(self, now: datetime) -> EnvelopeQuerySet:
        """What a worker may claim now."""
        return self.filter(state__in=lifecycle.CLAIMABLE, is_held=False, next_attempt_at__lte=now)

    def parked(self) -> EnvelopeQuerySet:
        """What may have arrived, and no worker sends again: a person decides."""
        return self.filter(state=lifecycle.IN_DOUBT, next_attempt_at=None)

    def on_their_way(self) -> EnvelopeQuerySet:
        """What a worker holds, or will claim one day."""
        return self.filter(
            models.Q(state__in=lifecycle.CLAIMABLE, next_attempt_at__isnull=False) | models.Q(state=lifecycle.SENDING)
        )

    def told(self) -> EnvelopeQuerySet:
        """What has left, or may have."""
        return self.filter(
            models.Q(state__in=[lifecycle.SENT, lifecycle.IN_DOUBT])
            | models.Q(state=lifecycle.SENDING, started_at__isnull=False)
            | models.Q(doubts__gt=0)
        )

    def refused_as_gone(self) -> EnvelopeQuerySet:
        """Copies of lists that a mail server refused at once and for good, because there is no such mailbox."""
        return self.filter(state=lifecycle.FAILED, last_error__regex=bounces.REFUSED_AS_GONE).exclude(letter__list_id="")

    def on_their_way_or_called_back(self) -> EnvelopeQuerySet:
        """What was to arrive and has not: not what failed, or was not wanted."""
        return self.filter(state__in=[*lifecycle.CLAIMABLE, lifecycle.SENDING, lifecycle.CANCELLED])

    def stoppable(self) -> EnvelopeQuerySet:
        """What has not begun to leave the house: waiting, or claimed by a worker that has not come to it yet."""
        return self.filter(
            models.Q(state__in=lifecycle.CLAIMABLE) | models.Q(state=lifecycle.SENDING, started_at=None),
        )


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def of_source(self, source: str) -> SettlementQuerySet:
        return self.filter(envelope__letter__source=source)

    def newest_first(self) -> SettlementQuerySet:
        return self.order_by("-at", "-pk")


class ReportQuerySet(models.QuerySet["Report"]):
    def bounces(self) -> ReportQuerySet:
        """What was said of copies that had left, and didn't arrive: of each envelope once at most."""
        return self.filter(kind__in=bounces.BOUNCES)

    def came_back(self) -> ReportQuerySet:
        """Those by which a copy didn't get into its mailbox."""
        return self.filter(kind__in=bounces.CAME_BACK)

    def of_source(self, source: str) -> ReportQuerySet:
        return self.filter(envelope__letter__source=source)


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def in_force(self) -> SuppressionQuerySet:
        return self.filter(lifted_at=None)

    def of(self, address: str, list_id: str) -> SuppressionQuerySet:
        """Those that keep a list from an address."""
        return self.filter(address__iexact=address, list_id__in=["", list_id])

    def of_any(self, addresses: Iterable[str], list_id: str) -> SuppressionQuerySet:
        """Those that keep a list from any of the addresses."""
        folded = [address.lower() for address in addresses]
        return self.alias(folded=Lower("address")).filter(folded__in=folded, list_id__in=["", list_id])

    def newest_first(self) -> SuppressionQuerySet:
        return self.order_by("-at", "pk")


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def of(self, address: str) -> CertificateQuerySet:
        return self.filter(address=address.lower())

    def ending(self, now: datetime, *, within: timedelta) -> CertificateQuerySet:
        """Those of which nobody has been told that their last day is near."""
        return self.filter(reminded_at=None, not_after__gt=now, not_after__lte=now + within)
