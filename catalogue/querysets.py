from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from catalogue.models import ControlEntry, ControlList, Segment, SegmentMapping  # noqa: F401


class SegmentQuerySet(models.QuerySet["Segment"]):
    def current(self) -> SegmentQuerySet:
        return self.filter(is_current=True)

    def in_order(self) -> SegmentQuerySet:
        return self.order_by("code", "pk")

    def areas(self) -> SegmentQuerySet:
        """The ten EU critical technology areas now in force, in order: the choices of a form."""
        return self.current().filter(scheme="eu-critical-technology-areas", parent=None).in_order()

    def technologies(self) -> SegmentQuerySet:
        """The technologies below the EU areas now in force, in order."""
        return self.current().filter(scheme="eu-critical-technology-areas", parent__isnull=False).in_order()


class SegmentMappingQuerySet(models.QuerySet["SegmentMapping"]):
    pass


class ControlListQuerySet(models.QuerySet["ControlList"]):
    def current(self) -> ControlListQuerySet:
        return self.filter(is_current=True)


class ControlEntryQuerySet(models.QuerySet["ControlEntry"]):
    def current(self) -> ControlEntryQuerySet:
        return self.filter(control_list__is_current=True)
