"""Days on which an official is out of office, and who stands in."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inquiries.querysets import AbsenceQuerySet
from organisations.models import User


class Absence(models.Model):
    """Both days are part of it. The cases stay the absent official's; those due by its end are the cover's to look after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    cover = models.ForeignKey(User, on_delete=models.CASCADE, related_name="covers", verbose_name=_("cover"))
    first_on = models.DateField(_("first day away"))
    last_on = models.DateField(_("last day away"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(user=F("cover")), name="absence_is_covered_by_somebody_else"),
        ]
        indexes = [models.Index(fields=["cover", "last_on"], name="absence_cover")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.first_on} to {self.last_on}"
