"""What organisations say back."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from advisories.models.advisories import Advisory
from organisations.models import Organisation, User

MOST_MEMBERS = 1_000_000


class Response(models.Model):
    """What an organisation says back of an advisory: that it has read it, and to how many members it has passed it on.

    Days alone: how fast somebody reads is nobody's business. No mail and no page tells that it was opened.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="responses")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_on = models.DateField()
    relayed_on = models.DateField(null=True)
    members = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advisory", "organisation"], name="one_response_per_advisory_and_organisation"),
            models.CheckConstraint(
                condition=Q(relayed_on=None, members=None) | Q(relayed_on__isnull=False, members__gte=1, members__lte=MOST_MEMBERS),
                name="response_relayed_when_and_to_how_many",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.read_on}"
