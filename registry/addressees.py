"""Reading a list of names and addresses to invite. Knows of nobody who is listed or was invited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from organisations.pasted import rows

MOST_CHARACTERS: Final = 100_000
MOST_BYTES: Final = 400_000  # of a file: as many characters of any script
MOST_LINES: Final = 500
LONGEST_NAME: Final = 150


@dataclass(frozen=True)
class Addressee:
    """One line: a name and an address; `fault` is what is wrong with it: address, name, double or columns, or empty."""

    line: int
    name: str
    address: str
    fault: str = ""


def read(text: str) -> list[Addressee]:
    """Read one name and address a line, in either order, between commas, semicolons or tabs; empty lines tell nothing."""
    seen: set[str] = set()
    return list(_read(rows(text), seen))


def _read(reader: Iterator[list[str]], seen: set[str]) -> Iterator[Addressee]:
    for number, row in enumerate(reader, start=1):
        cells = [cell.strip() for cell in row if cell.strip()]
        if not cells:
            continue
        address = next((cell for cell in cells if "@" in cell), "")
        name = next((cell for cell in cells if cell != address), "")
        known = address.casefold()
        yield Addressee(number, name, address, _fault(cells, name, address) or ("double" if known in seen else ""))
        seen.add(known)


def _fault(cells: list[str], name: str, address: str) -> str:
    if len(cells) > 2:
        return "columns"
    if not name.isprintable() or len(name) > LONGEST_NAME or "://" in name:  # a letter of ours is no place for their links
        return "name"
    try:
        validate_email(address)
    except ValidationError:
        return "address"
    return "" if address.isascii() and address.isprintable() else "address"
