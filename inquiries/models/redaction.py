"""Passages of a conversation that nobody shall read."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inquiries.models.inquiry import Inquiry
from inquiries.models.thread import Message
from inquiries.querysets import RedactionQuerySet
from organisations.models import User


class RedactionMode(models.TextChoices):
    MASK = "mask", _("Hidden")
    PERMANENT = "permanent", _("Taken out for good")


class Redaction(models.Model):
    """A stretch of one message, or without one of the subject, in characters of the text as it was sealed.

    Hidden words are still under the seal and can be shown again; of those taken out, blocks of the same length are left, so that
    the other stretches of the message stay where they are. `filed` keeps, from the first time on that filed words were taken out,
    the hash of what was filed: the proof of filing is about that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="redactions")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    mode = models.CharField(max_length=9, choices=RedactionMode, default=RedactionMode.MASK)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    filed = models.CharField(max_length=64, blank=True)

    objects = RedactionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="redaction_is_of_something"),
            models.CheckConstraint(condition=Q(mode__in=RedactionMode.values), name="redaction_mode_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="redaction_has_a_reason"),
            models.CheckConstraint(condition=Q(filed="") | Q(mode="permanent"), name="redaction_keeps_a_hash_for_good_only"),
            models.UniqueConstraint(
                fields=["inquiry", "message", "start", "end"], nulls_distinct=False, name="one_redaction_per_passage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.start} to {self.end}"

    @property
    def is_permanent(self) -> bool:
        return self.mode == RedactionMode.PERMANENT
