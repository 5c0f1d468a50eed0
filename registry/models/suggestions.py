from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation, User
from organisations.validators import plain_text
from registry.querysets import SuggestionQuerySet


class SuggestionState(models.TextChoices):
    WAITING = "waiting", _("Waits for the morning")
    OPEN = "open", _("The firm reads it")
    UNTOLD = "untold", _("Not told")
    ASKED = "asked", _("They were asked to be introduced")
    DECLINED = "declined", _("Declined")


class Suggestion(models.Model):
    """That one entry might want to meet another, as an official of the focal point thinks. What becomes of it no official reads."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="suggestions")  # whose firm reads it
    other = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="suggested_to")
    # The two as the official's cell showed them: what the official is told of earlier suggestions may depend on nothing else.
    entry_ref = models.UUIDField()
    other_ref = models.UUIDField()
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=300, validators=[plain_text])  # as long as a reason in the ledger
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    expires_on = models.DateField()  # the last day on which the firm can take it up
    state = models.CharField(max_length=10, choices=SuggestionState, default=SuggestionState.WAITING)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SuggestionState.values), name="suggestion_state_is_known"),
            models.CheckConstraint(
                condition=~Q(entry=F("other")) & ~Q(entry_ref=F("other_ref")), name="suggestion_is_of_two_entries"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}, {self.state}"

    def is_open(self, today: date) -> bool:
        """The twin of `SuggestionQuerySet.open`."""
        return self.state == SuggestionState.OPEN and today <= self.expires_on

    @property
    def is_declined(self) -> bool:
        return self.state == SuggestionState.DECLINED
