"""The published figures of a quarter."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from registry.querysets import (
    EditionQuerySet,
)
from registry.tables import FEWEST


class Edition(models.Model):
    """The published tables of one quarter. Written once, after the quarter's end; the database lets nobody change it.

    `listed` is the number of entries with an agreement in force, `counted` that of those whose agreement permits it; both are for
    the focal point alone.
    """

    quarter = models.DateField(unique=True)  # its first day
    counted_on = models.DateField()
    areas = ArrayField(models.CharField(max_length=40))
    listed = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()

    objects = EditionQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(counted__lte=F("listed")), name="only_listed_entries_are_counted")]

    def __str__(self) -> str:
        return f"{self.quarter}"

    @property
    def year(self) -> int:
        return self.quarter.year

    @property
    def number(self) -> int:
        """1 to 4."""
        return (self.quarter.month + 2) // 3


class PrintedNumber(models.Model):
    """One number of one table of an edition; none where it is left out. An empty row or column is that of the sums."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="numbers")
    table = models.CharField(max_length=30)
    row = models.CharField(max_length=40, blank=True)
    column = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "table", "row", "column"], name="one_printed_number_per_place"),
            models.CheckConstraint(condition=Q(number=None) | Q(number__gte=FEWEST), name="printed_number_is_of_enough_entries"),
        ]

    def __str__(self) -> str:
        return f"{self.table}, {self.row}, {self.column}: {self.number}"
