"""Which counts of linked tables to leave out, so that no small one can be read, worked out or seen to change.

A count below FEWEST is left out, zero included: a reader who could tell "nobody" from "one or two" would learn who is there. What
can be added up from the rest would come back by subtraction, so more counts go with it (complementary suppression). Whether enough
went is not guessed but proved: for every count left out an integer program looks for other populations with the same printed
numbers, as an intruder would (Fischetti and Salazar, "Solving the cell suppression problem on tabular data with linear
constraints", Management Science 47(7), 2001: a lower, an upper and a sliding protection level for each cell; the same audit is in
the handbook of tau-Argus and in Hundepool et al., Statistical Disclosure Control, 2012, chapter 4). A small count must be able to
be anything from nobody to FEWEST; any other that is left out must be open over a width of FEWEST.

Between editions a printed number stays as it is until the count has moved by FEWEST, and a count that was left out appears only
where it is at least FEWEST more than a small one: no number changes for fewer than FEWEST entries, and where none does the page
stays as it is.

Which counts go with the small ones follows from the pattern and a fixed order, not from their size: "the smallest that is left"
would tell a reader who knows the rule an upper bound (the minimality attack of Wong et al., VLDB 2007).

Importing this loads SciPy, which takes long and much memory: for a worker's task and a command, never for a page.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from registry.tables import FEWEST, Cell, Relation

# A count that was left out appears from here on: by then FEWEST more than any small one.
LEAST_TO_APPEAR: Final = 2 * FEWEST - 1
# A small count and a large one beside it in one sum: the small one may then be anything from 0 to 4.
LEAST_TOGETHER: Final = 2 * FEWEST - 1
# Looks for many counts at once before each is looked at alone; found by trial to save most of the work.
SWEEPS: Final = 6
NEARLY_WHOLE: Final = 1e-6  # the solver's own tolerance
LONGEST_LOOK: Final = 20.0  # seconds; what is not found by then counts as not there, so that more is left out

Printed = Mapping[Cell, int | None]


class UnableToProtect(Exception):
    """Whatever is left out, what an earlier edition printed gives a small count away."""


@dataclass(frozen=True)
class Known:
    """Between what numbers an intruder takes each count to be. Who `may_err` takes more for granted than is printed."""

    between: Mapping[Cell, tuple[int, int]]
    may_err: bool = False


@dataclass(frozen=True)
class Wish:
    """How far a count that is left out must be open: below `low`, above `high`, over `width`."""

    low: float
    high: float
    width: int


def settle(
    counts: Mapping[Cell, int], relations: Sequence[Relation], *, before: Printed | None = None, order: Sequence[Cell]
) -> dict[Cell, int | None]:
    """Return what is printed of each count, None where it is left out.

    `relations` hold between the true counts and others that are never printed; `before` is what the last edition printed; `order`
    is that in which counts go with the small ones, the dearest last. Raises UnableToProtect, which a first edition never does.
    """
    is_first, before = before is None, before or {}
    told = {cell: number for cell, number in before.items() if number is not None}
    if told and all(_stands(counts.get(cell, 0), number) for cell, number in told.items()):
        return {cell: before.get(cell) for cell in counts}
    printed = {cell: _number(count, before.get(cell), is_first=is_first) for cell, count in counts.items()}
    free = {cell for cell in counts if not _stands(counts[cell], before.get(cell))}
    kept_back = {cell for cell, number in before.items() if number is None}
    intruder = Intruder(relations, counts)
    while True:
        _hide_lonely(printed, counts, relations, free, kept_back, order)
        exposed = intruder.exposed(counts, printed, before)
        if not exposed:
            return printed
        if not _hide_with(exposed, printed, relations, free, kept_back, order):
            raise UnableToProtect


def _number(count: int, before: int | None, *, is_first: bool) -> int | None:
    if _stands(count, before):
        return before
    least = FEWEST if is_first or before is not None else LEAST_TO_APPEAR
    return count if count >= least else None


def _stands(count: int, before: int | None) -> bool:
    """Whether a number printed before is still near enough to stay."""
    return before is not None and abs(count - before) < FEWEST


def _hide_lonely(
    printed: dict[Cell, int | None],
    counts: Mapping[Cell, int],
    relations: Sequence[Relation],
    free: Collection[Cell],
    kept_back: Collection[Cell],
    order: Sequence[Cell],
) -> None:
    """Leave out more where the counts left out of one sum are plainly too few; the intruder's proof finds the rest."""
    sums = [relation for relation in relations if relation.is_sum and all(cell in counts for cell in relation.cells)]
    while lonely := [hidden[0] for relation in sums if (hidden := _too_few(relation, printed, counts))]:
        if not _hide_with(lonely, printed, sums, free, kept_back, order):
            return


def _too_few(relation: Relation, printed: Printed, counts: Mapping[Cell, int]) -> list[Cell]:
    """Return what is left out of a sum if it is one count, or so little that a reader who knows the rule may tell what is small."""
    hidden = [cell for cell in relation.cells if printed[cell] is None]
    is_little = relation.whole not in hidden and sum(counts[cell] for cell in hidden) < LEAST_TOGETHER
    return hidden if len(hidden) == 1 or is_little else []


def _hide_with(
    exposed: Iterable[Cell],
    printed: dict[Cell, int | None],
    relations: Sequence[Relation],
    free: Collection[Cell],
    kept_back: Collection[Cell],
    order: Sequence[Cell],
) -> bool:
    """Leave out one count more beside each of the exposed, unless one beside it just went; return whether any did."""
    place = {cell: number for number, cell in enumerate(order)}
    lines: dict[Cell, list[Relation]] = {}
    for relation in relations:
        for cell in relation.cells:
            lines.setdefault(cell, []).append(relation)
    gone: set[Cell] = set()

    def dearness(cell: Cell) -> tuple[bool, int, int, int]:
        """What was left out before, so that editions are alike; then those inside the tables; of those what crosses most that is
        left out already, so that little more has to go."""
        crossed = sum(any(printed.get(other, 0) is None for other in line.cells) for line in lines.get(cell, ()) if line.is_sum)
        return cell not in kept_back, -len(cell), -crossed, place[cell]

    for cell in exposed:
        beside = {other for line in lines[cell] for other in line.cells if other in free}
        if not beside & gone and (left := {other for other in beside if printed[other] is not None}):
            gone.add(chosen := min(left, key=dearness))
            printed[chosen] = None
    if not gone and (left := {cell for cell in free if printed[cell] is not None}):
        gone.add(chosen := min(left, key=dearness))  # what gives a count away stands in another line
        printed[chosen] = None
    return bool(gone)


class Intruder:
    """Looks for populations that give the printed numbers: what none of them has, a reader knows to be false."""

    def __init__(self, relations: Sequence[Relation], cells: Iterable[Cell]) -> None:
        names = dict.fromkeys([*cells, *(cell for relation in relations for cell in relation.cells)])
        self.place = {cell: number for number, cell in enumerate(names)}
        rows = [(number, self.place[cell], weight) for number, each in enumerate(relations) for weight, cell in each.terms]
        row, column, weight = zip(*rows, strict=True) if rows else ((), (), ())
        matrix = csr_matrix((weight, (row, column)), shape=(len(relations), len(self.place)))
        low = [0.0 for _each in relations]
        high = [0.0 if each.is_sum else math.inf for each in relations]
        self.constraints = [LinearConstraint(matrix, low, high)] if relations else []

    def exposed(self, counts: Mapping[Cell, int], printed: Printed, before: Printed) -> list[Cell]:
        """Return the counts left out that are not open enough, for an intruder who reckons with what may have moved since the
        last edition, and for one who takes for true that nothing has."""
        found: dict[Cell, None] = {}
        for known in _intruders(printed, before):
            hidden = [cell for cell in counts if printed[cell] is None and cell not in known.between]
            wishes = {cell: _wish(counts[cell]) for cell in hidden if counts[cell] < FEWEST or not known.may_err}
            found |= dict.fromkeys(self._not_granted(known, wishes, counts))
        return list(found)

    def _not_granted(self, known: Known, wishes: Mapping[Cell, Wish], counts: Mapping[Cell, int]) -> list[Cell]:
        low, high = np.zeros(len(self.place)), np.full(len(self.place), np.inf)
        for cell, (least, most) in known.between.items():
            low[self.place[cell]], high[self.place[cell]] = least, most
        first = self._population(low, high, np.zeros(len(self.place)))
        if first is None and not known.may_err:
            raise UnableToProtect  # the solver gave up: the truth itself is such a population
        if first is None:
            return []  # what this intruder takes for granted is false, and nothing follows from it
        search = _Search(self, low, high, wishes, first)
        search.sweep()
        narrow = [cell for cell in wishes if not search.grants(cell)]
        # Who errs and narrows a count down to what it is not has learned nothing.
        return [cell for cell in narrow if not known.may_err or search.reaches(cell, counts[cell])]

    def _population(self, low: Any, high: Any, weights: Any) -> Any:
        """Return the counts of a population between `low` and `high` with the least weight, or None where there is none."""
        # Without asking for whole numbers it takes a fifth of the time, and they mostly come out whole.
        found = self._solved(low, high, weights, integrality=0, presolve=False)
        if found is not None and np.abs(found - np.rint(found)).max(initial=0) > NEARLY_WHOLE:
            found = self._solved(low, high, weights, integrality=1, presolve=True)
        return None if found is None else np.rint(found)

    def _solved(self, low: Any, high: Any, weights: Any, *, integrality: int, presolve: bool) -> Any:
        return milp(
            weights,
            integrality=np.full(len(self.place), integrality),
            bounds=Bounds(low, high),
            constraints=self.constraints,
            options={"time_limit": LONGEST_LOOK, "presolve": presolve},
        ).x


class _Search:
    """One intruder's search; every population found counts for every wish."""

    def __init__(self, intruder: Intruder, low: Any, high: Any, wishes: Mapping[Cell, Wish], first: Any) -> None:
        self.intruder, self.low, self.wishes = intruder, low, wishes
        # No wish goes higher, and without an upper end there would be no largest population.
        top = max(float(first.max()), 0.0) + 4 * FEWEST
        self.high = np.minimum(high, top * np.ones(len(high)))
        self.least, self.most = first.copy(), first.copy()

    def sweep(self) -> None:
        random = np.random.default_rng(1)
        for _ in range(SWEEPS):
            open_ = [self.intruder.place[cell] for cell in self.wishes if not self._is_granted(cell)]
            if not open_:
                return
            weights = np.zeros(len(self.low))
            weights[open_] = random.integers(-9, 10, len(open_))
            self._look(self.low, self.high, weights)
            self._look(self.low, self.high, -weights)

    def grants(self, cell: Cell) -> bool:
        place = self.intruder.place[cell]
        for sign in (1, -1):
            if self._is_granted(cell):
                return True
            weights = np.zeros(len(self.low))
            weights[place] = sign
            self._look(self.low, self.high, weights)
        return self._is_granted(cell)

    def reaches(self, cell: Cell, count: int) -> bool:
        place = self.intruder.place[cell]
        return bool(self.least[place] <= count <= self.most[place])

    def _look(self, low: Any, high: Any, weights: Any) -> None:
        found = self.intruder._population(low, high, weights)  # noqa: SLF001  the same module
        if found is not None:
            self.least, self.most = np.minimum(self.least, found), np.maximum(self.most, found)

    def _is_granted(self, cell: Cell) -> bool:
        place, wish = self.intruder.place[cell], self.wishes[cell]
        least, most = self.least[place], self.most[place]
        return bool(least <= wish.low and most >= wish.high and most - least >= wish.width)


def _wish(count: int) -> Wish:
    if count >= FEWEST:
        return Wish(low=math.inf, high=-math.inf, width=FEWEST)
    return Wish(low=0, high=FEWEST, width=FEWEST)


def _intruders(printed: Printed, before: Printed) -> list[Known]:
    """One who reckons with what may have moved since a number was printed, and one who takes every number for that of today."""
    exact = {cell: (number, number) for cell, number in printed.items() if number is not None}
    if not before:
        return [Known(exact)]
    stood = {
        cell: (max(0, number - FEWEST + 1), number + FEWEST - 1)
        for cell, number in printed.items()
        if number is not None and number == before.get(cell)
    }
    gone = {cell: (old, old) for cell, number in printed.items() if number is None and (old := before.get(cell)) is not None}
    return [Known(exact | stood), Known(exact | gone, may_err=True)]
