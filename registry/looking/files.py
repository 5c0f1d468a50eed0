"""Exports as files: CSV, XLSX and JSON-LD, each with a mark that is read and one that is not (`watermarks`)."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _

from registry import watermarks
from registry.disclosure import Field
from registry.gateway import Exported
from registry.models import FIELD_LABELS

# Between the items of a cell; not among what firms write.
BETWEEN: Final = " | "
# Lists whose words are ours. Names, numbers, addresses and what a firm wrote are never varied.
OUR_WORDS: Final = frozenset({Field.SEGMENTS, Field.NACE, Field.MARKETS, Field.WILLINGNESS})
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
LONGEST_CELL: Final = 32_767  # of a spreadsheet
CONTEXT: Final = {
    "schema": "https://schema.org/",
    "dct": "http://purl.org/dc/terms/",
    "legal_name": "schema:legalName",
    "vat_number": "schema:vatID",
    "lei": "schema:leiCode",
    "website": {"@id": "schema:url", "@type": "@id"},
    "contact_email": "schema:email",
}


@dataclass(frozen=True)
class Terms:
    """What the visible mark says: who exported, when and for what."""

    number: uuid.UUID
    on: date
    who: str
    purpose: str
    reason: str

    @property
    def words(self) -> str:
        said = {
            "number": self.number,
            "day": self.on.isoformat(),
            "who": self.who,
            "purpose": self.purpose,
            "reason": self.reason,
        }
        if self.reason:
            return _("Export %(number)s of %(day)s for %(who)s. Agreed for %(purpose)s only. Reason: %(reason)s") % said
        return _("Export %(number)s of %(day)s for %(who)s. Agreed for %(purpose)s only.") % said


def as_csv(rows: Sequence[Exported], terms: Terms) -> bytes:
    """One line an entry; every line ends in the terms, so that one that is cut out keeps them."""
    columns = _columns(rows)
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([_("Reference"), *(str(FIELD_LABELS[field]) for field in columns), _("Terms")])
    mark = _guarded(terms.words)
    for row in rows:
        cells = _cells(row)
        writer.writerow([row.listed.ref, *(_guarded(cells.get(field, "")) for field in columns), mark])
    if not rows:
        writer.writerow(["", mark])
    return written.getvalue().encode("utf-8-sig")  # by which spreadsheets know that it is UTF-8


def as_xlsx(rows: Sequence[Exported], terms: Terms) -> bytes:
    """One sheet: the terms on top, on every printed page and among the properties; every cell is text, none a formula."""
    columns = _columns(rows)
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"comments": terms.words, "created": datetime.combine(terms.on, time())})
    sheet = book.add_worksheet(_("Registry"))
    sheet.set_footer(f"&L{_footer(terms)}")
    sheet.repeat_rows(0, 1)
    sheet.freeze_panes(2, 1)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, terms.words, book.add_format({"bold": True}))
    heads = [_("Reference"), *(str(FIELD_LABELS[field]) for field in columns)]
    for place, head in enumerate(heads):
        sheet.write_string(1, place, head, bold)
        sheet.set_column(place, place, 38 if place else 14)
    for line, row in enumerate(rows, start=2):
        cells = _cells(row)
        for place, words in enumerate([str(row.listed.ref), *(cells.get(field, "") for field in columns)]):
            sheet.write_string(line, place, words[:LONGEST_CELL], wrapped)
    book.close()
    return written.getvalue()


def as_jsonld(rows: Sequence[Exported], terms: Terms) -> bytes:
    """The values as the API has them. In JSON-LD the order of a list says nothing, which is where the hidden mark is."""
    data = {
        "@context": {"@vocab": f"{settings.PUBLIC_URL}/registry/terms#", **CONTEXT},
        "@type": "Export",
        "dct:identifier": str(terms.number),
        "dct:created": terms.on.isoformat(),
        "dct:rights": terms.words,
        "entries": [_node(row) for row in rows],
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


WRITERS: Final[Mapping[str, tuple[str, Callable[[Sequence[Exported], Terms], bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "jsonld": ("application/ld+json", as_jsonld),
}


def _columns(rows: Sequence[Exported]) -> list[Field]:
    """The fields that some row shows, in the order of the catalogue."""
    shown = {field for row in rows for field in row.listed.values}
    return [field for field in Field if field in shown]


def _cells(row: Exported) -> dict[Field, str]:
    return {line.field: _cell(line.field, line.value, row.seed) for line in row.listed.lines}


def _cell(field: Field, value: Any, seed: bytes) -> str:
    if not isinstance(value, list):
        return str(value)
    items = watermarks.in_order(map(str, value), seed=seed)
    return BETWEEN.join(watermarks.spaced(item, seed=seed) if field in OUR_WORDS else item for item in items)


def _node(row: Exported) -> dict[str, Any]:
    values = {str(field): _marked(field, value, row.seed) for field, value in row.listed.values.items()}
    return {"@id": f"urn:uuid:{row.listed.ref}", "@type": "Entry", **values, **row.listed.beside}


def _marked(field: Field, value: Any, seed: bytes) -> Any:
    if not isinstance(value, list):
        return value
    by_text = {item_text(item): item for item in value}
    items = [by_text[text] for text in watermarks.in_order(by_text, seed=seed)]
    if field == Field.SEGMENTS:
        return [item | {"label": watermarks.spaced(item["label"], seed=seed)} for item in items]
    return items


def item_text(item: Any) -> str:
    """One item of a list of JSON as the text that its place is chosen by."""
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, sort_keys=True)


def _guarded(words: str) -> str:
    """What a spreadsheet would take for a formula is marked as text."""
    return f"'{words}" if words.startswith(FORMULA) else words


def _footer(terms: Terms) -> str:
    """At most 255 characters, in which & begins a command."""
    return terms.words.replace("&", "&&")[:240].removesuffix("&")
