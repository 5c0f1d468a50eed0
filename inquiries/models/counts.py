"""All that is left of erased inquiries."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from inquiries import retention
from inquiries.models.inquiry import Mode, Topic


class Outcome(models.TextChoices):
    ANSWERED = retention.ANSWERED, _("Answered")
    SETTLED = retention.SETTLED, _("Settled")
    WITHDRAWN = retention.WITHDRAWN, _("Withdrawn")
    CLOSED = retention.CLOSED, _("Closed without an answer")
    WAITING = retention.WAITING, _("The asker did not come back")
    OPEN = retention.OPEN, _("Erased before an answer")


class ErasedCount(models.Model):
    """How many inquiries of one kind, received in one quarter, have been erased. `in_time` is None where no answer was given."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quarter = models.DateField()
    topic = models.CharField(max_length=20, choices=Topic)
    mode = models.CharField(max_length=12, choices=Mode)
    outcome = models.CharField(max_length=10, choices=Outcome)
    in_time = models.BooleanField(null=True)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "topic", "mode", "outcome", "in_time"], nulls_distinct=False, name="one_erased_count"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quarter} {self.topic} {self.mode} {self.outcome}: {self.number}"
