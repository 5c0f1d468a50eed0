"""Reads a copy of an export, in whatever form it came back, into rows in which the hidden marks are looked for."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from lxml import etree

from registry.looking.files import BETWEEN, item_text
from registry.watermarks import Row

MOST_BYTES: Final = 100_000_000
_SHEET: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_VISIBLE: Final = re.compile(r"Export ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class UnableToRead(ValueError):
    """The file is none of the forms that exports have, or too large."""


@dataclass(frozen=True)
class Copy:
    rows: list[Row]
    numbers: list[UUID]  # of the exports that its visible marks name


def read(content: bytes) -> Copy:
    """Read CSV, XLSX or JSON; raises UnableToRead."""
    if len(content) > MOST_BYTES:
        raise UnableToRead("The file is too large.")
    if content.startswith(b"PK"):
        rows = _of_table(_workbook(content))
    elif content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        rows = _of_json(content)
    else:
        rows = _of_table(_table(content))
    text = "\n".join(item for row in rows for cell in row.cells for item in cell)
    return Copy(rows, [UUID(number) for number in dict.fromkeys(_VISIBLE.findall(text))])


def _of_table(table: Iterable[list[str]]) -> list[Row]:
    """Whether a line is a heading or an entry is seen later, by whether it names an entry."""
    found = []
    for line in table:
        cells = [cell.removeprefix("'").split(BETWEEN) for cell in line]
        found.append(Row(cells, [item for cell in cells for item in cell]))
    return found


def _table(content: bytes) -> Iterable[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # as spreadsheets save it
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(MOST_BYTES)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _of_json(content: bytes) -> list[Row]:
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise UnableToRead("The file begins like JSON and is none.") from error
    head = {name: value for name, value in data.items() if name != "entries"} if isinstance(data, dict) else {}
    nodes = data.get("entries", [data]) if isinstance(data, dict) else data
    marks = Row([[value] for value in head.values() if isinstance(value, str)], [])
    return [marks, *(_of_node(node) for node in nodes if isinstance(node, dict))]


def _of_node(node: dict[str, Any]) -> Row:
    cells = [[item_text(item) for item in value] if isinstance(value, list) else [str(value)] for value in node.values()]
    labels = [item["label"] for value in node.values() if isinstance(value, list) for item in value if _has_label(item)]
    return Row([[text.removeprefix("urn:uuid:") for text in cell] for cell in cells], labels)


def _has_label(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("label"), str)


def _workbook(content: bytes) -> Iterable[list[str]]:
    """The texts of all sheets, line by line; numbers and formulas carry no mark."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(member.file_size for member in package.infolist()) > MOST_BYTES:
                raise UnableToRead("The workbook is too large.")
            names = package.namelist()
            shared = _shared(package.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
            sheets = [package.read(name) for name in sorted(names) if name.startswith("xl/worksheets/sheet")]
    except zipfile.BadZipFile as error:
        raise UnableToRead("The workbook is damaged.") from error
    return [line for sheet in sheets for line in _lines(sheet, shared)]


def _lines(sheet: bytes, shared: list[str]) -> Iterable[list[str]]:
    for row in _parsed(sheet).iter(f"{_SHEET}row"):
        yield [_text_of(cell, shared) for cell in row.iter(f"{_SHEET}c")]


def _text_of(cell: Any, shared: list[str]) -> str:
    if cell.get("t") == "s":
        place = int(cell.findtext(f"{_SHEET}v") or 0)
        return shared[place] if place < len(shared) else ""
    return "".join(part.text or "" for part in cell.iter(f"{_SHEET}t", f"{_SHEET}v"))


def _shared(content: bytes) -> list[str]:
    return ["".join(part.text or "" for part in item.iter(f"{_SHEET}t")) for item in _parsed(content).iter(f"{_SHEET}si")]


def _parsed(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnableToRead("The workbook is damaged.") from error
