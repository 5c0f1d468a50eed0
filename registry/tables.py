"""The published tables: what is counted in each, and what holds between their numbers whoever is counted.

There is no other cross-table, and nobody can ask for one. All six count the same entries, so that no two of them can be subtracted
from each other; what an entry does not tell, or its agreement does not permit, is the category NOT_TOLD of that table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from django.conf import settings

from registry import regions
from registry.disclosure import Audience, Field, Purpose

FEWEST: Final = 5  # no smaller number is printed
AUDIENCE, PURPOSE = Audience.FOCAL_POINT, Purpose.STATISTICS
FIELDS: Final = frozenset({Field.SEGMENTS, Field.SIZE_BAND, Field.REGION, Field.READINESS, Field.COMPLIANCE})

AREA, ROLE, SIZE, REGION, READINESS, COMPLIANCE = "area", "role", "size", "region", "readiness", "compliance"
NOT_TOLD: Final = "not-told"
ELSEWHERE: Final = "elsewhere"
# Of technology readiness levels, as Horizon Europe has research, proof and market.
BANDS: Final = {"1-3": range(1, 4), "4-6": range(4, 7), "7-9": range(7, 10)}
# Each dimension but the areas, with its categories in the order in which they are printed.
CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    ROLE: ("develops", "produces", "trades", "researches", "integrates"),
    SIZE: ("micro", "small", "medium", "large", NOT_TOLD),
    REGION: (*regions.own(settings.COUNTRY), ELSEWHERE, NOT_TOLD),
    READINESS: (*BANDS, NOT_TOLD),
    COMPLIANCE: ("none", "basic", "documented", "audited", NOT_TOLD),
}

# What is counted: those who have all of these pairs of a dimension and a category.
Cell = tuple[tuple[str, str], ...]
TOTAL: Final[Cell] = ()


@dataclass(frozen=True)
class Table:
    """Entries by the categories of two dimensions; `name` stands for it in an address."""

    name: str
    rows: str
    columns: str


TABLES: Final = (
    Table("areas-and-roles", AREA, ROLE),
    Table("areas-and-size", AREA, SIZE),
    Table("areas-and-regions", AREA, REGION),
    Table("areas-and-readiness", AREA, READINESS),
    Table("regions-and-size", REGION, SIZE),
    Table("compliance-and-size", COMPLIANCE, SIZE),
)


@dataclass(frozen=True)
class Unit:
    """What is counted of one entry, and nothing that leads to it; an activity is an area and a role in it."""

    activities: frozenset[tuple[str, str]] = frozenset()
    size: str = NOT_TOLD
    region: str = NOT_TOLD
    readiness: str = NOT_TOLD
    compliance: str = NOT_TOLD

    @property
    def areas(self) -> list[str]:
        return sorted({area for area, _role in self.activities}) or [NOT_TOLD]

    @property
    def traits(self) -> dict[str, list[str]]:
        return {
            AREA: self.areas,
            ROLE: sorted({role for _area, role in self.activities}),
            SIZE: [self.size],
            REGION: [self.region],
            READINESS: [self.readiness],
            COMPLIANCE: [self.compliance],
        }


def unit(values: Mapping[Field, Any], keys: Iterable[str], areas: Sequence[str]) -> Unit:
    """Return what is counted of an entry, from what its cell shows; `keys` are those of `services.projection`."""
    held = set(keys)
    region, level = values.get(Field.REGION), values.get(Field.READINESS)
    return Unit(
        activities=frozenset(pair for pair in product(areas, CATEGORIES[ROLE]) if f"role:{pair[1]}:{pair[0]}" in held),
        size=values.get(Field.SIZE_BAND) or NOT_TOLD,
        region=NOT_TOLD if not region else region if region in CATEGORIES[REGION] else ELSEWHERE,
        readiness=next((band for band, levels in BANDS.items() if level in levels), NOT_TOLD),
        compliance=values.get(Field.COMPLIANCE) or NOT_TOLD,
    )


def categories(dimension: str, areas: Sequence[str]) -> tuple[str, ...]:
    return (*areas, NOT_TOLD) if dimension == AREA else CATEGORIES[dimension]


def cell(**pairs: str) -> Cell:
    return tuple(sorted(pairs.items()))


def places(table: Table, areas: Sequence[str]) -> Iterator[tuple[str, str, Cell]]:
    """Yield the row, the column and the cell of every number of a table; an empty row or column is that of the sums."""
    rows, columns = categories(table.rows, areas), categories(table.columns, areas)
    for row, column in product(("", *rows), ("", *columns)):
        pairs = {table.rows: row, table.columns: column}
        if row == NOT_TOLD and column and table.columns == ROLE:
            continue  # who tells no area tells no role
        yield row, column, cell(**{dimension: category for dimension, category in pairs.items() if category})


def cells(areas: Sequence[str]) -> list[Cell]:
    """Return every cell that is printed, each once, in the order in which they go with small ones.

    Those inside the tables come before the sums, and the last categories, such as NOT_TOLD, before the first.
    """
    found = list(dict.fromkeys(place for table in TABLES for _row, _column, place in places(table, areas)))
    return sorted(found, key=lambda each: (len(each), found.index(each)), reverse=True)


def count(units: Iterable[Unit], areas: Sequence[str]) -> dict[Cell, int]:
    """Return how many units each cell has."""
    found: Counter[Cell] = Counter()
    for each in units:
        found.update(_cells_of(each))
    return {place: found[place] for place in cells(areas)}


def _cells_of(each: Unit) -> set[Cell]:
    traits = each.traits
    alone = {cell(**{dimension: category}) for dimension, found in traits.items() for category in found}
    crossed = {
        cell(**{table.rows: row, table.columns: column})
        for table in TABLES
        if table.columns != ROLE
        for row, column in product(traits[table.rows], traits[table.columns])
    }
    return {TOTAL} | alone | crossed | {cell(area=area, role=role) for area, role in each.activities}


@dataclass(frozen=True)
class Relation:
    """What holds between counts: the terms add up to zero (a sum: the parts less the whole), or to zero or more."""

    terms: tuple[tuple[int, Cell], ...]
    is_sum: bool

    @property
    def cells(self) -> list[Cell]:
        return [place for _weight, place in self.terms]

    @property
    def whole(self) -> Cell:
        """Of a sum."""
        return self.terms[-1][1]


def _sum(parts: Iterable[Cell], whole: Cell) -> Relation:
    return Relation((*((1, part) for part in parts), (-1, whole)), is_sum=True)


def _at_least(more: Iterable[Cell], less: Iterable[Cell]) -> Relation:
    return Relation((*((1, each) for each in more), *((-1, each) for each in less)), is_sum=False)


def relations(areas: Sequence[str]) -> list[Relation]:
    """Return all that a reader may rely on between the cells of the six tables.

    An entry has one size, region, band of readiness and compliance, so that these add up; it may be in several areas and have
    several roles, so that these only include each other. Areas by size, areas by region and regions by size go round in a ring:
    what fits each pair need not fit all three, so the counts of all three together stand in between, and are never printed.
    """
    return [*_sums(areas), *_of_areas(areas), *_of_roles(areas)]


def _sums(areas: Sequence[str]) -> Iterator[Relation]:
    for dimension in (SIZE, REGION, READINESS, COMPLIANCE):
        yield _sum((cell(**{dimension: each}) for each in CATEGORIES[dimension]), TOTAL)
    for one, other in ((REGION, SIZE), (SIZE, REGION), (COMPLIANCE, SIZE), (SIZE, COMPLIANCE)):
        for each in CATEGORIES[one]:
            yield _sum((cell(**{one: each, other: part}) for part in CATEGORIES[other]), cell(**{one: each}))
    for area, dimension in product((*areas, NOT_TOLD), (SIZE, REGION, READINESS)):
        yield _sum((cell(area=area, **{dimension: each}) for each in CATEGORIES[dimension]), cell(area=area))
    for area in (*areas, NOT_TOLD):
        for size in CATEGORIES[SIZE]:
            yield _sum((cell(area=area, size=size, region=each) for each in CATEGORIES[REGION]), cell(area=area, size=size))
        for region in CATEGORIES[REGION]:
            yield _sum((cell(area=area, size=each, region=region) for each in CATEGORIES[SIZE]), cell(area=area, region=region))


def _of_areas(areas: Sequence[str]) -> Iterator[Relation]:
    """Whoever tells an area is in one at least; whoever tells none is in none."""
    groups: list[dict[str, str]] = [{SIZE: size, REGION: region} for size, region in product(CATEGORIES[SIZE], CATEGORIES[REGION])]
    groups += [{READINESS: each} for each in CATEGORIES[READINESS]]
    for group in groups:
        everybody, nowhere = cell(**group), cell(area=NOT_TOLD, **group)
        inside = [cell(area=area, **group) for area in areas]
        yield _at_least([*inside, nowhere], [everybody])
        for each in inside:
            yield _at_least([everybody], [each, nowhere])


def _of_roles(areas: Sequence[str]) -> Iterator[Relation]:
    """Whoever is in an area has a role there; whoever has a role has it in an area."""
    for area in areas:
        roles = [cell(area=area, role=role) for role in CATEGORIES[ROLE]]
        yield _at_least(roles, [cell(area=area)])
        for each in roles:
            yield _at_least([cell(area=area)], [each])
    for role in CATEGORIES[ROLE]:
        inside = [cell(area=area, role=role) for area in areas]
        yield _at_least(inside, [cell(role=role)])
        yield _at_least([TOTAL], [cell(role=role), cell(area=NOT_TOLD)])
        for each in inside:
            yield _at_least([cell(role=role)], [each])
