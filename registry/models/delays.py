"""That firms read of some looks later: asked by one official, decided by another."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisations.models import User
from organisations.validators import plain_text
from registry.models.words import AUDIENCE_LABELS, LOOK_LABELS
from registry.querysets import (
    DelayQuerySet,
)

LONGEST_DELAY = timedelta(days=180)


class DelayState(models.TextChoices):
    ASKED = "asked", _("Waits for a second official")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class Delay(models.Model):
    """That firms read of looks in one piece of work only after a day: asked by one official, decided by another, never made longer.

    It is asked for before anybody looks, so nothing that is in the ledger already can be put off.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    audience = models.CharField(_("audience"), max_length=30, choices=list(AUDIENCE_LABELS.items()))
    purpose = models.CharField(_("purpose"), max_length=30, choices=list(LOOK_LABELS.items()))
    reason = models.CharField(_("reason"), max_length=300, validators=[plain_text])
    until = models.DateField(_("last day"))
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    state = models.CharField(max_length=10, choices=DelayState, default=DelayState.ASKED)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)

    objects = DelayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by", "audience", "purpose", "reason", "until"],
                condition=Q(state=DelayState.ASKED),
                name="one_delay_asked_for_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="delay_has_a_reason"),
            models.CheckConstraint(
                condition=Q(until__gte=F("asked_on"), until__lte=F("asked_on") + LONGEST_DELAY), name="delay_ends_in_180_days"
            ),
            models.CheckConstraint(
                condition=Q(state=DelayState.ASKED, decided_by=None, decided_on=None)
                | Q(
                    state__in=(DelayState.APPROVED, DelayState.REFUSED),
                    decided_by__isnull=False,
                    decided_on__gte=F("asked_on"),
                    decided_on__lte=F("until"),
                ),
                name="delay_is_decided_by_and_on",
            ),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="delay_has_two_officials"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.until}: {self.reason}"

    @property
    def waits(self) -> bool:
        return self.state == DelayState.ASKED


class DelayedBatch(models.Model):
    """That the lines of one look are put off. Written by the gateway with them, under an approved delay, and never again touched.

    The key is the batch, so that the login of outside reads, which may only add rows, needs to read none back.
    """

    batch = models.UUIDField(primary_key=True)
    delay = models.ForeignKey(Delay, on_delete=models.PROTECT, related_name="batches")
    until = models.DateField()

    class Meta:
        verbose_name_plural = "delayed batches"

    def __str__(self) -> str:
        return f"{self.batch} until {self.until}"
