"""Reading a list of names and addresses to invite. Knows of nobody who is listed or was invited."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

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


class UnableToReadFile(ValueError):
    """The file is no text in UTF-8."""


def read(text: str) -> list[Addressee]:
    """Read one name and address a line, in either order, between commas, semicolons or tabs; empty lines tell nothing."""
    seen: set[str] = set()
    return list(_read(_rows(text), seen))


def text_of(content: bytes) -> str:
    """Return the text of a file; raises UnableToReadFile."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnableToReadFile from error
    if "\0" in text:
        raise UnableToReadFile
    return text


def joined(typed: str, file: str) -> str:
    """Return the lines of a file below those that were typed, separated as these are."""
    if not typed.strip():
        return file
    written = StringIO(newline="")
    csv.writer(written, delimiter=_delimiter(typed), lineterminator="\n").writerows(_rows(file))
    return f"{typed.rstrip()}\n{written.getvalue()}"


def _rows(text: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text.strip("\ufeff"), newline=""), delimiter=_delimiter(text))


def _delimiter(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return max(",;\t", key=first.count)


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
