from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from keystore.models import Share  # noqa: F401


class ShareQuerySet(models.QuerySet["Share"]):
    def living(self) -> ShareQuerySet:
        return self.filter(destroyed_on=None)

    def destroyed(self) -> ShareQuerySet:
        return self.filter(destroyed_on__isnull=False)

    def made_until(self, day: date) -> ShareQuerySet:
        return self.filter(made_on__lte=day)
