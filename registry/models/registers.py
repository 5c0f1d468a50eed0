from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisations.models import User


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Columns to be named")
    CHECKING = "checking", _("Dry run under way")
    CHECKED = "checked", _("Dry run done")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("Applied")
    FAILED = "failed", _("Stopped")


class RegisterImport(models.Model):
    """The table of an official register, held against the entries. `content` goes when it is applied, or after a week.

    `result` holds counts, and what is wrong with lines of the table; never which entry a line fits.
    """

    KEPT: Final = timedelta(days=7)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    register = models.CharField(_("register"), max_length=100)
    extract_on = models.DateField(_("day of the extract"))
    made_on = models.DateField()
    content = models.TextField(blank=True)
    country = models.CharField(max_length=2)
    mapping = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="uploaded") | Q(mapping__isnull=False), name="import_is_mapped_before_it_runs"
            ),
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def source(self) -> str:
        """What a firm reads of where something comes from."""
        return f"{self.register}, {self.extract_on.isoformat()}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (ImportState.CHECKING, ImportState.APPLYING)


class CorrectionState(models.TextChoices):
    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken over")
    DISMISSED = "dismissed", _("Dismissed")


class Correction(models.Model):
    """That a register says otherwise than the entry of a field: proposed to the firm once, and read by it alone."""

    entry = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="corrections")
    field = models.CharField(max_length=30)
    value = models.CharField(max_length=250)
    source = models.CharField(max_length=120)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=CorrectionState, default=CorrectionState.OPEN)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "field", "value"], name="each_correction_is_proposed_once"),
            models.CheckConstraint(
                condition=Q(state="open", ended_by=None) | (Q(state__in=("taken", "dismissed")) & Q(ended_by__isnull=False)),
                name="correction_ended_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"
