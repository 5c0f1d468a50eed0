"""The registry's published figures: counted once in the first night after a quarter, and never touched again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from catalogue.models import Segment
from organisations.models import Organisation
from registry import suppression, tables
from registry.models import Edition, Entry, PrintedNumber
from registry.tables import TABLES, Cell, Unit


class Count(Protocol):
    """What reads the projection and writes the ledger: `gateway.count`."""

    def __call__(self, *, institution: Organisation, reason: str, areas: list[str], today: date) -> list[Unit]: ...


def quarter_of(day: date) -> date:
    """Return the first day of the quarter that `day` lies in."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def publish_ended(*, today: date, count: Count) -> Edition | None:
    """Publish the figures of the quarter that ended last, as the registry stands today; None where they are out already.

    Nothing is published of earlier quarters: how the registry stood then is not kept.
    """
    quarter = quarter_of(quarter_of(today) - timedelta(days=1))
    if Edition.objects.filter(quarter__gte=quarter).exists():
        return None
    office = Organisation.objects.get(is_focal_point=True)
    areas = list(Segment.objects.areas().values_list("code", flat=True))
    reason = _("Figures of Q%(number)d %(year)d") % {"number": (quarter.month + 2) // 3, "year": quarter.year}
    units = count(institution=office, reason=reason, areas=areas, today=today)
    return _publish(quarter, units, areas, today)


@transaction.atomic
def _publish(quarter: date, units: list[Unit], areas: list[str], today: date) -> Edition | None:
    before = _printed(Edition.objects.newest_first().with_numbers().first())
    listed = max(Entry.objects.listed(today).count(), len(units))  # an agreement may have ended since they were counted
    edition, is_new = Edition.objects.get_or_create(
        quarter=quarter,
        defaults={"counted_on": today, "areas": areas, "listed": listed, "counted": len(units)},
    )
    if not is_new:
        return None  # another worker was quicker
    printed = _settle(tables.count(units, areas), areas, before)
    PrintedNumber.objects.bulk_create(
        PrintedNumber(edition=edition, table=table.name, row=row, column=column, number=printed[place])
        for table in TABLES
        for row, column, place in tables.places(table, areas)
    )
    return edition


def _settle(counts: Mapping[Cell, int], areas: list[str], before: Mapping[Cell, int | None]) -> Mapping[Cell, int | None]:
    try:
        return suppression.settle(counts, tables.relations(areas), before=before or None, order=tables.cells(areas))
    except suppression.UnableToProtect:
        return {place: before.get(place) for place in counts}  # what is in print already stays, and nothing is added to it


def _printed(edition: Edition | None) -> dict[Cell, int | None]:
    """Return what the last edition says of each cell."""
    if edition is None:
        return {}
    said = {(each.table, each.row, each.column): each.number for each in edition.numbers.all()}
    return {
        place: said[table.name, row, column]
        for table in TABLES
        for row, column, place in tables.places(table, edition.areas)
        if (table.name, row, column) in said
    }
