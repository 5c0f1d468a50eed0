from __future__ import annotations

import uuid
from typing import Final

from django.db import models
from django.db.models import F, Q

from organisations.models import Organisation, User


class InvitationRound(models.Model):
    """That an association had invitations sent to list oneself, and how many. Not to whom."""

    FEWEST_TOLD: Final = 10  # invitations; in a smaller round the number of those who accepted could tell who did

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    association = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    sent = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(accepted__lte=F("sent")), name="no_more_accept_than_were_invited")]

    def __str__(self) -> str:
        return f"{self.association}, {self.on}: {self.sent}"

    @property
    def tells_accepted(self) -> bool:
        return self.sent >= self.FEWEST_TOLD


class ListingInvitation(models.Model):
    """All that is kept of one who was invited: a keyed digest of the address, so as not to write twice, and of the link's token."""

    class State(models.TextChoices):
        SENT = "sent"
        ACCEPTED = "accepted"
        STOPPED = "stopped"

    round = models.ForeignKey(InvitationRound, on_delete=models.CASCADE, related_name="invitations")
    address_digest = models.BinaryField(max_length=32, unique=True)
    token_digest = models.BinaryField(max_length=32, unique=True)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.SENT)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=("sent", "accepted", "stopped")), name="invited_state_is_known")
        ]

    def __str__(self) -> str:
        return f"{self.on}, {self.state}"

    @property
    def is_accepted(self) -> bool:
        return self.state == self.State.ACCEPTED

    @property
    def is_stopped(self) -> bool:
        return self.state == self.State.STOPPED
