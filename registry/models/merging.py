from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisations.models import User
from registry.querysets import MergeQuerySet


class MergeState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    DONE = "done", _("Merged")
    DECLINED = "declined", _("Refused")


class Merge(models.Model):
    """That an official takes two entries for one firm's: `loser` would become a tombstone that leads to `survivor`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    loser = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="+")
    survivor = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=MergeState, default=MergeState.PROPOSED)
    reason = models.CharField(max_length=1000)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    # The second official who finds that it is one firm; not needed where one person binds both.
    seconded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # The signatory who agreed or refused, and when.
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MergeState.values), name="merge_state_is_known"),
            models.CheckConstraint(condition=~Q(loser=F("survivor")), name="merge_is_of_two_entries"),
            models.CheckConstraint(
                condition=Q(seconded_by=None) | ~Q(seconded_by=F("proposed_by")), name="merge_has_two_officials"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", ended_by=None, ended_at=None)
                | (~Q(state="proposed") & Q(ended_by__isnull=False, ended_at__isnull=False)),
                name="merge_ended_by_and_at",
            ),
            models.UniqueConstraint(fields=["loser"], condition=Q(state="proposed"), name="one_merge_proposed_of_an_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.survivor_id}, {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state == MergeState.PROPOSED
