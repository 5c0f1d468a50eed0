"""How one case stands to another. Nothing here says that two askers are one: officials compare subjects, not people."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inquiries.models.inquiry import Inquiry
from inquiries.querysets import RelationQuerySet
from organisations.models import User


class RelationKind(models.TextChoices):
    RELATED = "related", _("Related")
    DUPLICATE = "duplicate", _("Asks the same")
    MERGED = "merged", _("Answered together")


class Relation(models.Model):
    """`inquiry` is related to, asks the same as, or is answered together with `other`, which for the last is the main case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="relations")
    other = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="relations_from")
    kind = models.CharField(max_length=9, choices=RelationKind)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    objects = RelationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(inquiry=F("other")), name="relation_is_of_two_cases"),
            models.CheckConstraint(condition=Q(kind__in=RelationKind.values), name="relation_kind_is_known"),
            models.UniqueConstraint(fields=["inquiry", "other"], name="one_relation_per_pair"),
            models.UniqueConstraint(fields=["inquiry"], condition=Q(kind="merged"), name="merged_into_one_case"),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id} {self.kind} {self.other_id}"
