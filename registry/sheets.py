"""Reading the table of an official register: lines, what is wrong with each, and doubles among them. Knows of no entry."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any, Final

from rapidfuzz import fuzz

from registry import identifiers
from registry.disclosure import Field

MOST_BYTES: Final = 4_000_000
MOST_LINES: Final = 20_000
MOST_COLUMNS: Final = 60
LONGEST_VALUE: Final = 200
COUNTRY: Final = "country"
# By which a line is known to be an entry's; each is checked by its own rule.
IDENTIFIERS: Final = (Field.REGISTRATION_NUMBER, Field.VAT_NUMBER, Field.LEI, Field.EORI, Field.ROR)
COMPARED: Final = (*IDENTIFIERS, Field.LEGAL_NAME, Field.REGION)
# Names this alike (0 to 100) are shown as likely doubles. Each name is compared with the next few in order, as in the sorted
# neighbourhood method (Hernández and Stolfo, SIGMOD 1995): all pairs of a large register would take hours.
ALIKE: Final = 92
NEIGHBOURS: Final = 5

_RULES: Final[Mapping[str, Callable[[str], str]]] = {
    Field.VAT_NUMBER: identifiers.vat_number,
    Field.LEI: identifiers.lei,
    Field.EORI: identifiers.eori,
    Field.ROR: identifiers.ror,
    Field.REGION: identifiers.region,
}


class UnableToReadTable(ValueError):
    """It is no table that can be read; its text is the kind: encoding, empty, columns, lines or size."""


@dataclass(frozen=True)
class Line:
    """One line of the table. `faults` are (kind, what it is about); a line with one is left out."""

    number: int
    values: Mapping[Field, str]
    faults: tuple[tuple[str, str], ...] = field(default=())

    @property
    def known_by(self) -> dict[Field, str]:
        return {name: self.values[name] for name in IDENTIFIERS if name in self.values}


def decode(content: bytes) -> str:
    """Return the text of a file; raises UnableToReadTable."""
    if len(content) > MOST_BYTES:
        raise UnableToReadTable("size")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnableToReadTable("encoding") from error
    if "\0" in text:
        raise UnableToReadTable("encoding")
    return text


def header(text: str) -> list[str]:
    """Return the names of the columns; raises UnableToReadTable where there are none, or one twice."""
    names = [name.strip()[:LONGEST_VALUE] for name in next(_reader(text), [])]
    if not any(names):
        raise UnableToReadTable("empty")
    if len(names) > MOST_COLUMNS or len(set(names)) != len(names):
        raise UnableToReadTable("columns")
    return names


def lines(text: str, mapping: Mapping[str, str], *, country: str) -> list[Line]:
    """Read every line. `mapping` leads from a field, or COUNTRY, to the name of its column; `country` is used where none is given.

    Raises UnableToReadTable for more than MOST_LINES.
    """
    columns = {name: place for place, name in enumerate(header(text))}
    reader = _reader(text)
    next(reader)
    found = []
    for row in reader:
        if any(cell.strip() for cell in row):
            cells = {name: row[columns[column]].strip() for name, column in mapping.items() if columns[column] < len(row)}
            found.append(_line(reader.line_num, cells, country))
        if len(found) > MOST_LINES:
            raise UnableToReadTable("lines")
    return _without_doubles(found)


def same(one: str, other: str) -> bool:
    """Whether two values say the same: case and white space tell nothing."""
    return _plain(one) == _plain(other)


def alike(found: list[Line]) -> list[tuple[int, int]]:
    """Return pairs of line numbers whose names are nearly the same though their identifiers differ."""
    named = sorted((_plain(line.values[Field.LEGAL_NAME]), line.number) for line in found if Field.LEGAL_NAME in line.values)
    return [
        (min(number, other), max(number, other))
        for place, (name, number) in enumerate(named)
        for other_name, other in named[place + 1 : place + 1 + NEIGHBOURS]
        if fuzz.ratio(name, other_name) >= ALIKE
    ]


def _plain(value: str) -> str:
    return re.sub(r"\s+", " ", value).strip().casefold()


def _reader(text: str) -> Any:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    return csv.reader(StringIO(text), delimiter=separator)


def _line(number: int, cells: Mapping[str, str], default_country: str) -> Line:
    country = cells.get(COUNTRY, "").upper() or default_country
    values, faults = {}, []
    for name in COMPARED:
        if cell := cells.get(name, ""):
            try:
                values[name] = _read(name, cell, country)
            except identifiers.UnableToRead:
                faults.append(("value", str(name)))
    if not faults and not any(name in values for name in IDENTIFIERS):
        faults.append(("unidentified", ""))
    return Line(number, values, tuple(faults))


def _read(name: Field, cell: str, country: str) -> str:
    if len(cell) > LONGEST_VALUE:
        raise identifiers.UnableToRead(cell)
    if name == Field.REGISTRATION_NUMBER:  # as the projection writes it
        return f"{country} {identifiers.registration_number(cell, country=country)}"
    rule = _RULES.get(name)
    return rule(cell) if rule else cell


def _without_doubles(found: list[Line]) -> list[Line]:
    """Mark the lines that share an identifier with another one: which of them holds, nobody can tell."""
    places: dict[tuple[Field, str], list[int]] = defaultdict(list)
    for line in found:
        for known in line.known_by.items():
            places[known].append(line.number)
    return [_marked(line, places) for line in found]


def _marked(line: Line, places: Mapping[tuple[Field, str], list[int]]) -> Line:
    others = sorted({number for known in line.known_by.items() for number in places[known]} - {line.number})
    return replace(line, faults=(*line.faults, ("double", ", ".join(map(str, others[:5]))))) if others else line
