"""Which cells of a published table of counts to leave out, so that no small number can be read or worked out.

A cell below FEWEST is left out. The total stands beside the cells, so that those left out can be added up by subtraction;
therefore cells that are large enough go with them (complementary suppression; Hundepool et al., Statistical Disclosure Control,
2012, chapter 4), until the sum leaves the small ones open. Which ones go with them is a fixed order and not their size: "the
smallest that is left" would tell a reader who knows the rule an upper bound (the minimality attack of Wong et al., VLDB 2007).
Where that does not help, the total is left out as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 5
# A small cell and a large one beside it: with this sum the small one may be anything from 1 to 4.
LEAST_TOGETHER: Final = 2 * FEWEST - 1


@dataclass(frozen=True)
class Hidden:
    """The cells to leave out, and whether the total has to go too."""

    cells: frozenset[str]
    total: bool


def hidden(counts: Mapping[str, int]) -> Hidden:
    """Return what to leave out of a table of cells and their total; the last cells go first where others must go with the small."""
    small = {cell for cell, count in counts.items() if count < FEWEST}
    out = set(small)
    for cell in reversed([cell for cell in counts if cell not in small]):
        if _is_safe(counts, small, out):
            break
        out.add(cell)
    return Hidden(frozenset(out), total=sum(counts.values()) < FEWEST or not _is_safe(counts, small, out))


def _is_safe(counts: Mapping[str, int], small: set[str], out: set[str]) -> bool:
    """Whether the sum of the cells left out leaves each small one open to a reader who knows this rule."""
    together = sum(counts[cell] for cell in out)
    if together == 0:
        return True
    if out != small:
        return together >= LEAST_TOGETHER
    # Only small cells: open if nothing is shown beside them and they are not all as large as they may be.
    return out == counts.keys() and FEWEST <= together < (FEWEST - 1) * len(out)
