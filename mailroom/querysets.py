from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Lower

from mailroom import lifecycle

if TYPE_CHECKING:
    from mailroom.models import Envelope, Letter, Suppression  # noqa: F401


class LetterQuerySet(models.QuerySet["Letter"]):
    def of_source(self, source: str) -> LetterQuerySet:
        return self.filter(source=source)


class EnvelopeQuerySet(models.QuerySet["Envelope"]):
    def of_source(self, source: str) -> EnvelopeQuerySet:
        return self.filter(letter__source=source)

    def to(self, words: str) -> EnvelopeQuerySet:
        """Those whose address or name holds the words."""
        return self.filter(models.Q(address__icontains=words) | models.Q(name__icontains=words))

    def in_order(self) -> EnvelopeQuerySet:
        """By address, which an index gives within a letter."""
        return self.order_by(Lower("address"), "pk")

    def due(self, now: datetime) -> EnvelopeQuerySet:
        """What a worker may claim now."""
        return self.filter(state__in=lifecycle.CLAIMABLE, next_attempt_at__lte=now)

    def told(self) -> EnvelopeQuerySet:
        """What has left, or may have."""
        return self.filter(
            models.Q(state__in=[lifecycle.SENT, lifecycle.IN_DOUBT])
            | models.Q(state=lifecycle.SENDING, started_at__isnull=False)
            | models.Q(doubts__gt=0)
        )

    def stoppable(self) -> EnvelopeQuerySet:
        """What has not begun to leave the house: waiting, or claimed by a worker that has not come to it yet."""
        return self.filter(
            models.Q(state__in=lifecycle.CLAIMABLE) | models.Q(state=lifecycle.SENDING, started_at=None),
        )


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def in_force(self) -> SuppressionQuerySet:
        return self.filter(lifted_at=None)

    def of(self, address: str, list_id: str) -> SuppressionQuerySet:
        """Those that keep a list from an address."""
        return self.filter(address__iexact=address, list_id__in=["", list_id])

    def newest_first(self) -> SuppressionQuerySet:
        return self.order_by("-at", "pk")
