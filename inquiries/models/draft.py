"""What an official has begun to write and not sent."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inquiries.models.inquiry import Inquiry
from organisations.models import User


class DraftKind(models.TextChoices):
    ANSWER = "answer", _("Answer")
    QUESTION = "ask-back", _("Question to the asker")
    NOTE = "note", _("Note")


class Draft(models.Model):
    """One official's unfinished words of one kind in one case, sealed with the case key; nobody else reads them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=DraftKind)
    kept_on = models.DateField()
    sealed_text = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "user", "kind"], name="one_draft_per_official_and_kind"),
            models.CheckConstraint(condition=Q(kind__in=DraftKind.values), name="draft_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.kind} of {self.user_id}"
