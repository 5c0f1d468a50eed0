"""The registry's numbers: those for the desk's first page, and the published tables as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Segment
from registry import regions, tables
from registry.models import ActivityRole, AgreementVersion, Delay, Edition, LookQuestion, SizeBand
from registry.tables import TABLES, Table


def waiting_to_countersign() -> int:
    """How many agreements the firm has signed and the focal point has not."""
    return AgreementVersion.objects.waiting_to_countersign().count()


def active_agreements(today: date) -> int:
    """How many agreements are in force."""
    return AgreementVersion.objects.in_force(today).count()


def questions_waiting() -> int:
    """How many questions about looks wait for an answer of the focal point."""
    return LookQuestion.objects.waiting().count()


def questions_late(today: date) -> int:
    """How many of them should have been answered by now."""
    return LookQuestion.objects.waiting().filter(due_on__lt=today).count()


def delays_waiting(today: date) -> int:
    """How many delays of the ledger wait for a second official."""
    return Delay.objects.waiting(today=today).count()


CAPTIONS: dict[str, Promise] = {
    "areas-and-roles": gettext_lazy("Technology areas by what entries do there"),
    "areas-and-size": gettext_lazy("Technology areas by size"),
    "areas-and-regions": gettext_lazy("Technology areas by region"),
    "areas-and-readiness": gettext_lazy("Technology areas by highest readiness level"),
    "regions-and-size": gettext_lazy("Regions by size"),
    "compliance-and-size": gettext_lazy("Compliance programmes by size"),
}
HEADS: dict[str, Promise] = {
    tables.AREA: gettext_lazy("Technology area"),
    tables.SIZE: gettext_lazy("Size"),
    tables.REGION: gettext_lazy("Region"),
    tables.READINESS: gettext_lazy("Highest readiness level"),
    tables.COMPLIANCE: gettext_lazy("Compliance programme"),
}
# Of which dimension of a table the sums are drawn: each once on the page.
DRAWN: dict[str, str] = {
    "areas-and-roles": tables.AREA,
    "areas-and-size": tables.SIZE,
    "areas-and-regions": tables.REGION,
    "areas-and-readiness": tables.READINESS,
    "compliance-and-size": tables.COMPLIANCE,
}
# Short names for the heads of columns; what is not here is named in full elsewhere.
SHORT: dict[str, dict[str, Promise]] = {
    tables.SIZE: {
        SizeBand.MICRO: gettext_lazy("Under 10 people"),
        SizeBand.SMALL: gettext_lazy("10 to 49"),
        SizeBand.MEDIUM: gettext_lazy("50 to 249"),
        SizeBand.LARGE: gettext_lazy("250 or more"),
    },
    tables.READINESS: {
        "1-3": gettext_lazy("1 to 3, research"),
        "4-6": gettext_lazy("4 to 6, proof"),
        "7-9": gettext_lazy("7 to 9, market"),
    },
    tables.COMPLIANCE: {
        "none": gettext_lazy("None"),
        "basic": gettext_lazy("Basic"),
        "documented": gettext_lazy("Documented"),
        "audited": gettext_lazy("Audited"),
    },
}


@dataclass(frozen=True)
class PrintedRow:
    """One row: its label, its sum and what stands in its columns; None where a number is left out."""

    label: str
    total: int | None
    numbers: list[int | None]


@dataclass(frozen=True)
class PrintedTable:
    """One published table. `name` stands for it in an address."""

    name: str
    caption: str
    head: list[str]
    sums: PrintedRow
    rows: list[PrintedRow]
    drawing: str  # what the bars are by; empty where another table of the page has them
    bars: list[tuple[str, int | None]]

    @property
    def is_told(self) -> bool:
        """Whether anything but the sum of all is printed; a table of which nothing is could not be made safe."""
        return any(number is not None for row in self.rows for number in (row.total, *row.numbers, *self.sums.numbers))


MOST_EDITIONS: Final = 12  # of a list


def edition_of(year: int, number: int) -> Edition | None:
    """Return the edition of a quarter with its numbers; None where there is none, or no such quarter."""
    if not (1 <= number <= 4 and 2000 <= year <= 9999):
        return None
    return Edition.objects.with_numbers().filter(quarter=date(year, 3 * number - 2, 1)).first()


def edition_name(edition: Edition) -> str:
    return _("Q%(number)d %(year)d") % {"number": edition.number, "year": edition.year}


def printed_tables(edition: Edition) -> list[PrintedTable]:
    """Return the six tables of an edition, in three queries at most."""
    numbers = {(each.table, each.row, each.column): each.number for each in edition.numbers.all()}
    areas = dict(Segment.objects.filter(scheme="eu-critical-technology-areas", code__in=edition.areas).values_list("code", "label"))
    return [_printed(table, edition.areas, areas, numbers) for table in TABLES]


def _printed(
    table: Table, areas: list[str], area_labels: dict[str, str], numbers: dict[tuple[str, str, str], int | None]
) -> PrintedTable:
    rows, columns = tables.categories(table.rows, areas), tables.categories(table.columns, areas)

    def row(category: str, label: str) -> PrintedRow:
        inside = [numbers.get((table.name, category, column)) for column in columns]
        return PrintedRow(label, numbers.get((table.name, category, "")), inside)

    heads = [_label(table.columns, column, area_labels) for column in columns]
    sums, inside = row("", _("All")), [row(category, _label(table.rows, category, area_labels)) for category in rows]
    drawn = DRAWN.get(table.name, "")
    of_rows = [(each.label, each.total) for each in inside]
    of_columns = list(zip(heads, sums.numbers, strict=True))
    return PrintedTable(
        name=table.name,
        caption=str(CAPTIONS[table.name]),
        head=[str(HEADS[table.rows]), _("All"), *heads],
        sums=sums,
        rows=inside,
        drawing=str(HEADS[drawn]) if drawn else "",
        bars=of_rows if drawn == table.rows else of_columns if drawn else [],
    )


def _label(dimension: str, category: str, areas: dict[str, str]) -> str:
    if category == tables.NOT_TOLD:
        return _("Not told")
    if category == tables.ELSEWHERE:
        return _("Elsewhere")
    if dimension == tables.AREA:
        return areas.get(category, category)
    if dimension == tables.ROLE:
        return str(ActivityRole(category).label)
    return regions.NAMES[category] if dimension == tables.REGION else str(SHORT[dimension][category])
