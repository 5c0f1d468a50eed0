"""Words masked in office files, wherever they stand, and nothing else changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

import pytest

from inquiries.cleaning.cleaner import clean
from tests.inquiries.files import workbook
from tests.inquiries.test_cleaning_office import docx, odt, run

PHONE = "+372 512 3456"
MASKS = {PHONE: "[masked: phone]", "40101234": "[masked: number]"}


def masked(content: bytes, name: str) -> tuple[str, dict[str, str]]:
    """The words that are left, and the parts of the copy."""
    cleaned = clean(io.BytesIO(content), name=name, masks=MASKS)
    with cleaned.content as copy:
        package = zipfile.ZipFile(copy)
        return cleaned.text, {part: package.read(part).decode("utf-8", "replace") for part in package.namelist()}


def holding(parts: dict[str, str], words: str) -> list[str]:
    return [name for name, content in parts.items() if words in content]


@pytest.mark.parametrize("runs", [[PHONE], ["+372 ", "512 3456"], ["+3", "72 512", " 345", "6"]])
def test_a_word_is_masked_whatever_its_runs(runs: Iterable[str]) -> None:
    """Word begins a new run where a letter is bold, or where somebody paused while typing."""
    text, parts = masked(docx(f"<w:p>{run('Call ')}{''.join(map(run, runs))}{run(', please')}</w:p>"), "offer.docx")
    assert text.splitlines()[-1] == "Call [masked: phone], please"
    assert "512" not in parts["word/document.xml"]


def test_a_longer_number_is_another_one() -> None:
    text, _parts = masked(docx(f"<w:p>{run('Reference 401012345, part 40101234')}</w:p>"), "offer.docx")
    assert text.splitlines()[-1] == "Reference 401012345, part [masked: number]"


def test_a_cell_that_was_a_number_becomes_words() -> None:
    text, parts = masked(workbook({"Call": [[f"Call {PHONE}", "Weight"], [40101234, 12]]}), "plan.xlsx")
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert "Call [masked: phone]" in text
    assert 't="str"><v>[masked: number]</v>' in sheet
    assert "<v>12</v>" in sheet
    assert holding(parts, "40101234") == holding(parts, PHONE) == []


def test_a_text_of_spans_is_masked() -> None:
    text, parts = masked(
        odt(f"<text:p>Call <text:span>{PHONE[:7]}</text:span>{PHONE[7:]}<text:line-break/>today</text:p>"), "a.odt"
    )
    assert text.splitlines()[-1] == "Call [masked: phone] today"
    assert holding(parts, "3456") == []


def test_without_a_word_to_mask_a_copy_is_the_same() -> None:
    content = docx(f"<w:p>{run('Nothing of note')}</w:p>")
    copies = [clean(io.BytesIO(content), name="a.docx", masks=masks) for masks in ({}, MASKS)]
    assert copies[0].content.read() == copies[1].content.read()
    for copy in copies:
        copy.content.close()
