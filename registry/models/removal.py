from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation


class Removal(models.Model):
    """That an entry was erased at its firm's wish. What is left of it: its id, which the ledger names, and the sealed proof."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    # Without a foreign key: the entry is gone.
    entry_id = models.UUIDField(_("entry"), unique=True)
    on = models.DateField()
    statement = models.JSONField()

    def __str__(self) -> str:
        return f"{self.entry_id}, {self.on}"

    @property
    def erased(self) -> dict[str, Any]:
        """How many rows of each kind went."""
        return dict(self.statement["erased"])
