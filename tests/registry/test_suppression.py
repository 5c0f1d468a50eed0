"""No small count of the published tables can be read, worked out or seen to change.

The intruder here has a page and a linear program of its own, and shares no code with the rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from registry import regions, suppression, tables
from registry.tables import FEWEST, NOT_TOLD, TABLES, Cell, Unit, cell

AREAS = [f"T{number}" for number in range(1, 11)]
SIZES = [5, 40, 120, 400]


def population(number: int, seed: int, areas: Sequence[str] = AREAS) -> list[Unit]:
    """Entries of which a few kinds are many, as in life."""
    random = Random(seed)
    weights = [10, 9, 7, 5, 4, 3, 2, 2, 1, 1][: len(areas)]

    def one(dimension: str) -> str:
        found = tables.CATEGORIES[dimension]
        return random.choices(found, [2 ** (len(found) - place) for place in range(len(found))])[0]

    def activities() -> frozenset[tuple[str, str]]:
        chosen = random.choices(areas, weights, k=random.choice([0, 1, 1, 1, 2, 2, 3]))
        return frozenset((area, one("role")) for area in chosen)

    return [Unit(activities(), one("size"), one("region"), one("readiness"), one("compliance")) for _ in range(number)]


def settled(units: Sequence[Unit], before: Any = None, areas: Sequence[str] = AREAS) -> dict[Cell, int | None]:
    counts = tables.count(units, areas)
    return suppression.settle(counts, tables.relations(areas), before=before, order=tables.cells(areas))


# --- an intruder with a page and a linear program ---------------------------------------------------------------------


class Reader:
    """Knows the six tables as they are printed, and that one number means the same wherever it is printed."""

    def __init__(self, page: Mapping[Cell, int | None], areas: Sequence[str]) -> None:
        self.page, self.areas = page, areas
        self.names = list(page)
        self.at = {place: number for number, place in enumerate(self.names)}
        self.equal: list[Any] = []
        self.under: list[Any] = []
        for table in TABLES:
            self._read(table.rows, table.columns)

    def _read(self, rows: str, columns: str) -> None:
        wide, high = self._all(columns), self._all(rows)
        for row in high:
            inner = [{rows: row, columns: column} for column in wide]
            if columns == "role":
                self._includes(inner, {rows: row})
            else:
                self._adds_up(inner, {rows: row})
        for column in wide:
            inner = [{rows: row, columns: column} for row in high]
            if rows == "area":
                self._includes(inner, {columns: column})
            else:
                self._adds_up(inner, {columns: column})
        for dimension in (rows, columns):
            if dimension not in ("area", "role"):
                self._adds_up([{dimension: each} for each in self._all(dimension)], {})

    def _all(self, dimension: str) -> Sequence[str]:
        return tables.categories(dimension, self.areas)

    def _row(self, *terms: tuple[int, Mapping[str, str]]) -> Any:
        row = np.zeros(len(self.names))
        for weight, pairs in terms:
            if (place := cell(**pairs)) in self.at:
                row[self.at[place]] += weight
        return row

    def _adds_up(self, parts: Sequence[Mapping[str, str]], whole: Mapping[str, str]) -> None:
        self.equal.append(self._row(*((1, part) for part in parts), (-1, whole)))

    def _includes(self, parts: Sequence[Mapping[str, str]], whole: Mapping[str, str]) -> None:
        known = [part for part in parts if cell(**part) in self.at]
        if known:
            self.under += [self._row((1, part), (-1, whole)) for part in known]
            if "role" not in whole and whole != {"area": NOT_TOLD}:
                self.under.append(self._row((1, whole), *((-1, part) for part in known)))

    def range_of(self, place: Cell, *, whole_numbers: bool = False) -> tuple[float, float]:
        bounds = [(number, number) if number is not None else (0, None) for number in self.page.values()]
        ends = []
        for sign in (1, -1):
            weights = np.zeros(len(self.names))
            weights[self.at[place]] = sign
            found = linprog(
                weights,
                A_ub=np.array(self.under),
                b_ub=np.zeros(len(self.under)),
                A_eq=np.array(self.equal),
                b_eq=np.zeros(len(self.equal)),
                bounds=bounds,
                integrality=1 if whole_numbers else 0,
            )
            ends.append(sign * found.fun if found.status == 0 else sign * float("inf") * sign)
        return ends[0], ends[1]


def exposed(page: Mapping[Cell, int | None], counts: Mapping[Cell, int], *, most: int = 15, **how: Any) -> list[Any]:
    """The counts left out that a reader can pin down, of a sample of those left out."""
    reader = Reader(page, AREAS)
    hidden = [place for place, number in page.items() if number is None]
    sample = Random(1).sample(hidden, min(most, len(hidden)))
    found = []
    for place in sample:
        least, top = reader.range_of(place, **how)
        is_small = counts[place] < FEWEST
        if top - least < FEWEST - 1e-6 or (is_small and (least > 1e-6 or top < FEWEST - 1e-6)):
            found.append((place, counts[place], least, top))
    return found


@pytest.mark.parametrize("number", SIZES)
def test_no_count_left_out_can_be_worked_out_from_the_six_tables(number: int) -> None:
    units = population(number, seed=number)
    counts, page = tables.count(units, AREAS), settled(units)
    assert exposed(page, counts) == []
    assert exposed(page, counts, most=3, whole_numbers=True) == []
    assert {place for place, count in counts.items() if count < FEWEST} <= {place for place, told in page.items() if told is None}
    assert all(told in (None, counts[place]) for place, told in page.items())


@pytest.mark.parametrize("country", ["LV", "LT", "FI"])
def test_nor_where_a_country_has_more_regions_or_none(country: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = regions.own(country)
    monkeypatch.setitem(tables.CATEGORIES, tables.REGION, (*own, tables.ELSEWHERE, NOT_TOLD))  # type: ignore[misc]
    units = population(120, seed=7)
    assert {each.region for each in units} <= {*own, tables.ELSEWHERE, NOT_TOLD}
    assert len({each.region for each in units}) > 1
    counts, page = tables.count(units, AREAS), settled(units)
    assert exposed(page, counts) == []
    assert {place for place, count in counts.items() if count < FEWEST} <= {place for place, told in page.items() if told is None}


@pytest.mark.parametrize("number", [40, 200])
def test_the_intruder_finds_small_counts_where_nothing_goes_with_them(number: int) -> None:
    """A planted fault: only the small ones are left out."""
    counts = tables.count(population(number, seed=number), AREAS)
    assert exposed({place: count if count >= FEWEST else None for place, count in counts.items()}, counts, most=400)


def test_the_proof_is_needed_beside_the_rule_for_one_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: each sum by itself leaves enough out, and the tables together give counts away all the same."""
    monkeypatch.setattr(suppression.Intruder, "exposed", lambda *_: [])
    units = population(200, seed=2)
    assert exposed(settled(units), tables.count(units, AREAS), most=400)


def test_a_large_population_keeps_most_of_its_numbers() -> None:
    page = settled(population(2000, seed=3))
    assert sum(told is not None for told in page.values()) > len(page) * 0.7


def test_the_same_population_gives_the_same_page() -> None:
    assert settled(population(90, seed=4)) == settled(population(90, seed=4))


# --- one small table, and all that could have been behind it ---------------------------------------------------------

ROWS, COLUMNS = "ab", "xyz"
SMALL_TABLE = [
    *(tables._sum([cell(r=row, c=column) for column in COLUMNS], cell(r=row)) for row in ROWS),
    *(tables._sum([cell(r=row, c=column) for row in ROWS], cell(c=column)) for column in COLUMNS),
    tables._sum([cell(r=row) for row in ROWS], ()),
    tables._sum([cell(c=column) for column in COLUMNS], ()),
]
INNER = [cell(r=row, c=column) for row, column in product(ROWS, COLUMNS)]
Numbers = tuple[int, ...]


def page_of(numbers: Numbers) -> dict[Cell, int | None]:
    counts: Counter[Cell] = Counter()
    for place, number in zip(INNER, numbers, strict=True):
        for each in (place, (place[0],), (place[1],), ()):
            counts[each] += number
    order = sorted(counts, key=lambda place: -len(place))
    return suppression.settle(dict(counts), SMALL_TABLE, order=order)


def alike(numbers: Numbers) -> list[Numbers]:
    """All tables with the same printed page, by a reader who knows the rule and tries each; all sums have to be printed."""
    page, (one, two) = page_of(numbers), (sum(numbers[:3]), sum(numbers[3:]))
    sums = [numbers[place] + numbers[place + 3] for place in range(3)]
    fits = (
        (x, y, one - x - y, sums[0] - x, sums[1] - y, sums[2] - one + x + y) for x in range(one + 1) for y in range(one - x + 1)
    )
    told = [page[place] for place in INNER]
    return [
        other
        for other in fits
        if min(other) >= 0
        and sum(other[3:]) == two
        and all(seen is None or seen == number for seen, number in zip(told, other, strict=True))
        and page_of(other) == page
    ]


def test_who_knows_the_rule_and_tries_every_table_can_not_tell_a_small_count() -> None:
    random, looked_at = Random(5), 0
    while looked_at < 8:
        numbers = tuple(random.choice([0, 1, 2, 3, 4, 5, 6, 7, 9]) for _ in INNER)
        page = page_of(numbers)
        hidden = [place for place, each in enumerate(INNER) if page[each] is None and numbers[place] < FEWEST]
        if not hidden or any(told is None for place, told in page.items() if len(place) < 2):
            continue
        others, looked_at = alike(numbers), looked_at + 1
        assert numbers in others
        assert all(len({other[place] for other in others}) > 1 for place in hidden), numbers


# --- from edition to edition -----------------------------------------------------------------------------------------


def moved(units: list[Unit], random: Random, seed: int) -> list[Unit]:
    """The same entries a quarter later: some left, some came, some changed."""
    left = [each for each in units if random.random() > 0.06]
    return [*left, *population(random.randrange(12), seed)]


def changes(earlier: Mapping[Cell, int | None], later: Mapping[Cell, int | None], counts: Mapping[Cell, int]) -> list[Any]:
    """What a reader of two editions sees change by fewer than FEWEST."""
    pairs = [(place, earlier[place], later[place]) for place in earlier]
    return [
        (place, old, new)
        for place, old, new in pairs
        if old != new
        and (
            (old is not None and new is not None and abs(old - new) < FEWEST)
            or (old is None and new is not None and new < 2 * FEWEST - 1)
            or (new is None and old is not None and abs(counts[place] - old) < FEWEST)
        )
    ]


def editions(seed: int, number: int = 4) -> list[tuple[dict[Cell, int], dict[Cell, int | None]]]:
    random, units = Random(seed), population(80, seed)
    found: list[Any] = []
    for turn in range(number):
        found.append((tables.count(units, AREAS), settled(units, found[-1][1] if found else None)))
        units = moved(units, random, 100 * seed + turn)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_printed_changes_for_fewer_than_five_entries(seed: int) -> None:
    found = editions(seed)
    assert [change for (_c, old), (counts, new) in pairwise(found) for change in changes(old, new, counts)] == []
    for counts, page in found:
        assert all(told is None or abs(told - counts[place]) < FEWEST for place, told in page.items())
        assert all(told is None or told >= FEWEST for told in page.values())


def test_one_entry_more_changes_nothing_at_all() -> None:
    units = population(90, seed=6)
    first = settled(units)
    assert settled([*units, *population(1, seed=7)], first) == first


def test_the_search_for_changes_finds_those_of_editions_that_know_nothing_of_each_other() -> None:
    units = population(90, seed=6)
    more = [*units, *population(1, seed=7)]
    assert changes(settled(units), settled(more), tables.count(more, AREAS))


def test_what_an_earlier_edition_gives_away_is_refused() -> None:
    """Both numbers beside a small one are in print and have not moved, and neither has their sum: nothing more can be left out."""
    parts = [cell(r="a", c=column) for column in COLUMNS]
    counts = dict(zip([*parts, cell(r="a"), cell(r="b")], [2, 10, 10, 22, 60], strict=True))
    before = dict(zip(counts, [None, 10, 10, 22, 50], strict=True))
    with pytest.raises(suppression.UnableToProtect):
        suppression.settle(counts, [tables._sum(parts, cell(r="a"))], before=before, order=list(counts))
