"""On which topics answers need a second official, and who said so."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inquiries.models.inquiry import Topic
from organisations.models import User


class SecondOfficialRule(models.Model):
    """Whether answers on a topic need a second official, from the day somebody said so until the next row of the topic.

    Only ever added to. Until somebody says otherwise, the table of countersigning.py holds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    number = models.PositiveIntegerField()
    is_needed = models.BooleanField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="one_second_official_rule_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="second_official_rules_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}/{self.number}: {self.is_needed}"
