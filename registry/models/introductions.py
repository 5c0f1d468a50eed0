from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisations.models import User
from organisations.validators import plain_text
from registry.querysets import IntroductionQuerySet


class IntroductionState(models.TextChoices):
    OPEN = "open", _("Asked")
    AGREED = "agreed", _("Introduced")
    DECLINED = "declined", _("Declined")
    TAKEN_BACK = "taken-back", _("Taken back")


class MeetingSide(models.TextChoices):
    ASKER = "asker", _("The firm that asked")
    ASKED = "asked", _("The firm that was asked")


class Introduction(models.Model):
    """That one entry would like to meet another. To ask is the asker's yes; no name is here before the other's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asker = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="introductions_asked")
    asked = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="introductions_received")
    words = models.CharField(max_length=500, validators=[plain_text])
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    expires_on = models.DateField()  # the last day on which it can be answered
    state = models.CharField(max_length=10, choices=IntroductionState, default=IntroductionState.OPEN)
    answered_on = models.DateField(null=True)
    asker_name = models.CharField(max_length=200, blank=True)
    asked_name = models.CharField(max_length=200, blank=True)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=IntroductionState.values), name="introduction_state_is_known"),
            models.CheckConstraint(condition=~Q(asker=F("asked")), name="introduction_is_of_two_entries"),
            models.CheckConstraint(
                condition=Q(state="agreed") & ~Q(asker_name="") & ~Q(asked_name="") & Q(answered_on__isnull=False)
                | ~Q(state="agreed") & Q(asker_name="", asked_name=""),
                name="introduction_names_nobody_before_both_agree",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_on}, {self.state}"

    @property
    def is_agreed(self) -> bool:
        return self.state == IntroductionState.AGREED

    @property
    def is_declined(self) -> bool:
        return self.state == IntroductionState.DECLINED

    @property
    def is_taken_back(self) -> bool:
        return self.state == IntroductionState.TAKEN_BACK

    def can_be_answered(self, today: date) -> bool:
        return self.state == IntroductionState.OPEN and today <= self.expires_on

    def waits_for_asker(self, today: date) -> bool:
        """What the asker knows: no and silence look the same until the last day, and after it."""
        return self.state in (IntroductionState.OPEN, IntroductionState.DECLINED) and today <= self.expires_on


class IntroductionMessage(models.Model):
    """What two that were introduced wrote to each other through the portal."""

    introduction = models.ForeignKey(Introduction, on_delete=models.CASCADE, related_name="messages")
    side = models.CharField(max_length=10, choices=MeetingSide)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(max_length=2000)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(side__in=MeetingSide.values), name="introduction_message_has_a_side")]

    def __str__(self) -> str:
        return self.text[:60]
