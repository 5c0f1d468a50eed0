import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from catalogue.models import ControlEntry
from catalogue.services import load_annex, load_seed

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
COLUMNS = ("ord", "code", "parent", "entry", "depth", "kind", "category", "group", "regime_digit", "regime", "text", "version")
# Words of our own in the shape of the real file.
PARAGRAPHS = [
    ("3A001", "", "entry", "Widgets as follows:"),
    ("3A001.a", "3A001", "para", "Widgets that withstand a dose of 5 x 103 Gy or more;"),
    ("3A001.a", "3A001.a", "note", "Note: toys are not meant."),
    ("3A001.b", "3A001", "para", "Cameras as follows:"),
    ("3A001.b.1", "3A001.b", "para", "Having a ratio exceeding 103."),
    ("6A003", "", "entry", "Cameras that see heat."),
    ("1C350", "", "entry", "Chemicals as follows:"),
    ("1C350.1", "1C350", "para", "Thiodiglycol (CAS 111-48-8);"),
]


def annex(rows: Iterable[tuple[str, str, str, str]] = PARAGRAPHS, *, version: str = "02021R0821-20251115") -> bytes:
    """A file in the form of the real one, from (code, parent, kind, text)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, (code, parent, kind, text) in enumerate(rows, start=1):
        writer.writerow([number, code, parent, code[:5], code.count("."), kind, code[:1], code[1:2], 0, "WA", text, version])
    return out.getvalue().encode()


@pytest.fixture
def seed(db: None) -> None:
    load_seed(now=NOW)


@pytest.fixture
def small_list(db: None) -> None:
    load_annex(content=annex(), source="small.csv", now=NOW)


@pytest.fixture
def entry(small_list: None) -> ControlEntry:
    return ControlEntry.objects.current().entries().get(code="3A001")
