"""Passages of a conversation that nobody shall read."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inquiries.models.details import PART, part_label
from inquiries.models.inquiry import Inquiry
from inquiries.models.thread import Message
from inquiries.querysets import RedactionQuerySet
from organisations.models import User

SUBJECT = "subject"  # the name of that text of a case


class RedactionMode(models.TextChoices):
    MASK = "mask", _("Hidden")
    PERMANENT = "permanent", _("Taken out for good")


class Redaction(models.Model):
    """A stretch of a message, of a part of the items, or without either of the subject, in characters of the text as it was sealed.

    Hidden words are still under the seal and can be shown again; of those taken out, blocks of the same length are left, so that
    the other stretches of the message stay where they are. `filed` keeps, from the first time on that filed words were taken out,
    the hash of what was filed: the proof of filing is about that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="redactions")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+")
    part = models.CharField(max_length=24, blank=True)  # such as "item2.parameters"
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    mode = models.CharField(max_length=9, choices=RedactionMode, default=RedactionMode.MASK)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    filed = models.CharField(max_length=64, blank=True)
    filed_version = models.PositiveSmallIntegerField(default=1)  # of the proofs that `filed` is for (proofs.py)

    objects = RedactionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="redaction_is_of_something"),
            models.CheckConstraint(condition=Q(mode__in=RedactionMode.values), name="redaction_mode_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="redaction_has_a_reason"),
            models.CheckConstraint(condition=Q(filed="") | Q(mode="permanent"), name="redaction_keeps_a_hash_for_good_only"),
            models.CheckConstraint(
                condition=Q(part="") | Q(part__regex=PART, message=None), name="redaction_is_of_a_message_or_a_part"
            ),
            models.UniqueConstraint(
                fields=["inquiry", "message", "part", "start", "end"], nulls_distinct=False, name="one_redaction_per_passage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.start} to {self.end}"

    @property
    def where(self) -> str:
        """Names the text that the stretch is of."""
        return where(self.message_id, self.part)

    @property
    def place_label(self) -> str:
        if self.message_id:
            return gettext("In a message")
        return part_label(self.part) if self.part else gettext("In the subject")

    @property
    def is_permanent(self) -> bool:
        return self.mode == RedactionMode.PERMANENT


def where(message: uuid.UUID | None, part: str = "") -> str:
    """The name of one text of a case: of a message, of a part of the items, or of the subject."""
    return str(message or part or SUBJECT)
