"""All that is left of erased inquiries, and what has been published of all of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inquiries import retention
from inquiries.models.deadlines import Breach
from inquiries.models.inquiry import Mode, Topic
from inquiries.suppression import FEWEST


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


class ErasedAnswer(models.Model):
    """How many inquiries that have been erased were first answered in a quarter after so many business days.

    Kept until the quarter's figures are out, and then taken out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quarter = models.DateField()
    topic = models.CharField(max_length=20, choices=Topic)
    days = models.PositiveSmallIntegerField()
    in_time = models.BooleanField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quarter", "topic", "days", "in_time"], name="one_erased_answer")]

    def __str__(self) -> str:
        return f"{self.quarter} {self.topic} {self.days}: {self.number}"


class ErasedBreach(models.Model):
    """How many breaches in a quarter had a reason, of inquiries that have been erased; by no topic and no agency."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quarter = models.DateField()
    reason = models.CharField(max_length=10, choices=Breach.Reason)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quarter", "reason"], name="one_erased_breach")]

    def __str__(self) -> str:
        return f"{self.quarter} {self.reason}: {self.number}"


class PublishedFigure(models.Model):
    """What everybody may read of a quarter: of one topic, or of all with an empty one. Written once, after the quarter's end.

    A row without numbers says that there are none to tell. The database itself refuses a count below FEWEST.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quarter = models.DateField()
    topic = models.CharField(max_length=20, choices=Topic, blank=True)
    answered = models.PositiveIntegerField(null=True)
    in_time = models.PositiveIntegerField(null=True)
    median_halves = models.PositiveSmallIntegerField(null=True)  # the median of business days, in half days

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quarter", "topic"], name="one_published_figure"),
            models.CheckConstraint(
                condition=Q(answered=None, in_time=None, median_halves=None)
                | Q(
                    answered__isnull=False,
                    in_time__isnull=False,
                    median_halves__isnull=False,
                    answered__gte=FEWEST,
                    in_time__lte=F("answered"),
                ),
                name="published_figure_is_of_enough_inquiries",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quarter} {self.topic or 'all'}: {self.answered}"

    @property
    def median_days(self) -> float | None:
        return None if self.median_halves is None else self.median_halves / 2

    @property
    def share(self) -> int | None:
        """Per cent answered in time, rounded down, so that only all of them are 100."""
        return None if self.answered is None or self.in_time is None else 100 * self.in_time // self.answered
