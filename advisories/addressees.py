"""Reading a pasted list, or a table, of members' addresses. Knows of nobody who is a member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from organisations.pasted import rows

MOST_CHARACTERS: Final = 400_000
MOST_BYTES: Final = 800_000  # of a file: as many characters, most of them of one byte
MOST_LINES: Final = 10_000
LONGEST_NAME: Final = 150


@dataclass(frozen=True)
class Addressee:
    """One line. `fault` says what is wrong with it: address, name, double or columns, or nothing."""

    line: int
    address: str
    name: str = ""
    fault: str = ""


def read(text: str) -> list[Addressee]:
    """Read an address a line, and a name if there is one, in either order, parted by comma, semicolon or tab.

    A first line without an address that names the columns is passed over; so are empty ones. What is an address is told by an @
    alone: whoever enters it checks it. Raises UnableToRead.
    """
    return list(_read(text))


def _read(text: str) -> Iterator[Addressee]:
    is_first = True
    for number, row in enumerate(rows(text), start=1):
        cells = [cell.strip() for cell in row if cell.strip()]
        if not cells:
            continue
        address = next((cell for cell in cells if "@" in cell), "")
        if not address and is_first:  # "address,name", in whatever language
            is_first = False
            continue
        is_first = False
        name = next((cell for cell in cells if cell != address), "")
        yield Addressee(number, address, name, _fault(cells, name, address))


def _fault(cells: list[str], name: str, address: str) -> str:
    if not address:
        return "address"
    if len(cells) > 2:
        return "columns"
    return "name" if len(name) > LONGEST_NAME or not name.isprintable() else ""
