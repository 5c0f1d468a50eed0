"""A map of regions as tiles: each region a square, about where it lies; regions of a country without a layout stand in rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Column and row of each region, from the west and from the north.
LAYOUTS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "EE": {"EE001": (1, 0), "EE00A": (2, 0), "EE004": (0, 1), "EE009": (1, 1), "EE008": (2, 1)},
    "LV": {"LV003": (0, 0), "LV006": (1, 0), "LV007": (2, 0), "LV008": (3, 0), "LV009": (1, 1), "LV005": (3, 1)},
    "LT": {
        "LT028": (1, 0),
        "LT026": (2, 0),
        "LT025": (3, 0),
        "LT029": (4, 0),
        "LT023": (0, 1),
        "LT027": (1, 1),
        "LT022": (2, 1),
        "LT011": (3, 1),
        "LT024": (2, 2),
        "LT021": (3, 2),
    },
}
SIDE: Final = 100  # of a tile, in units of the drawing
GAP: Final = 8
IN_A_ROW: Final = 5
SHADES: Final = 4  # beside the one of none


@dataclass(frozen=True)
class Tile:
    code: str
    number: int
    shade: int  # 0 for none, then 1 to SHADES
    x: int
    y: int


@dataclass(frozen=True)
class Drawing:
    tiles: list[Tile]
    width: int
    height: int


def draw(numbers: Mapping[str, int], *, country: str) -> Drawing:
    """Lay out the regions that have a number, and all of the country's own where it has a layout.

    Another country's regions follow below, a country a line (or more), in the order of their codes.
    """
    places = dict(LAYOUTS.get(country, {}))
    row = max((row for _column, row in places.values()), default=-1) + 1
    others: dict[str, list[str]] = {}
    for code in sorted(numbers.keys() - places.keys()):
        others.setdefault(code[:2], []).append(code)
    for codes in others.values():
        places |= {code: (place % IN_A_ROW, row + place // IN_A_ROW) for place, code in enumerate(codes)}
        row += -(-len(codes) // IN_A_ROW)
    most = max(numbers.values(), default=0)
    step = SIDE + GAP
    tiles = [
        Tile(code, numbers.get(code, 0), _shade(numbers.get(code, 0), most), column * step, line * step)
        for code, (column, line) in places.items()
    ]
    columns = max((column for column, _line in places.values()), default=0) + 1
    return Drawing(tiles, columns * step - GAP, max(row, 1) * step - GAP)


def _shade(number: int, most: int) -> int:
    return -(-number * SHADES // most) if most else 0
