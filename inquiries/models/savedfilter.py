"""A queue with a filter, kept under a name."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inquiries.querysets import SavedFilterQuerySet
from organisations.models import Organisation, User


class SavedFilter(models.Model):
    """`query` is the query string of the queue's page, as its form cleans it. Whoever uses a shared one sees no more by it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("shared with"))
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=600)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_saved_filter_per_name"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
