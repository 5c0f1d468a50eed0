"""Trying the rules of routing on the inquiries of the last days, in the background."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Final

from django.db import models
from django.db.models import Q

from inquiries.models.routing import RoutingRule
from inquiries.querysets import DryRunQuerySet
from organisations.models import User


class DryRun(models.Model):
    """One counting of where inquiries would have gone, as one person asked for it, the `number`-th of theirs; gone the next day.

    `sketch` is the form that was tried, in place of `rule`, or as one more rule where that is None; without a sketch it is the
    rules in force as they are. `result` holds counts of kinds of inquiries (services/rehearsal.py).
    Neither holds a word of an asker. No time of day stands beside the counts: two of them would tell when somebody asked.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    UNDER_WAY: Final = (State.WAITING, State.RUNNING)
    DAYS: Final = 90

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    begun_on = models.DateField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    rule = models.ForeignKey(RoutingRule, on_delete=models.CASCADE, null=True, related_name="+")
    sketch = models.JSONField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)

    objects = DryRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "number"], name="one_dry_run_per_number"),
            models.UniqueConstraint(fields=["by"], condition=Q(state__in=["waiting", "running"]), name="one_dry_run_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="done", result__isnull=False) | (~Q(state="done") & Q(result__isnull=True)),
                name="dry_run_done_has_result",
            ),
            models.CheckConstraint(condition=Q(rule=None) | Q(sketch__isnull=False), name="dry_run_of_a_rule_has_a_sketch"),
        ]

    def __str__(self) -> str:
        return f"{self.begun_on}: {self.state}, {self.done} of {self.total}"

    @property
    def since(self) -> date:
        return self.begun_on - timedelta(days=self.DAYS)

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE
