"""The official XHTML of Annex I: every paragraph under its code, whichever form its points have."""

from __future__ import annotations

import csv

import pytest

from catalogue.eurlex import parse_consolidated
from catalogue.parsing import BrokenFileError, ParsedList
from tests.catalogue.consolidated import consolidated
from tests.catalogue.test_annex import DATA

LASERS = [
    ("6A005", "", "entry", '"Lasers", components and equipment, as follows:'),
    ("6A005", "6A005", "nb", "N.B. SEE ALSO 6A205."),
    ("6A005", "6A005", "note", "Note 1: Pulsed lasers are meant too."),
    ("6A005.a", "6A005", "para", "Continuous wave lasers having any of the following:"),
    ("6A005.a.1", "6A005.a", "para", "An output power exceeding 5 × 10{3} W; or"),
    ("6A005.a.1", "6A005.a.1", "technical_note", "Technical Note: Power is measured at the window."),
    ("6A005.a.2", "6A005.a", "para", "A wavelength of less than 150 nm;"),
    ("6A005.b", "6A005", "para", "Not used;"),
    ("1C350", "", "entry", "Chemicals as follows:"),
    ("1C350.1", "1C350", "para", "Thiodiglycol (CAS 111-48-8);"),
]
FORMS = pytest.mark.parametrize("form", ["grid", "table"])


def shape(parsed: ParsedList) -> list[tuple[str, str, str, str]]:
    return [(row.code, row.parent, row.kind, row.text) for row in parsed.rows]


@FORMS
def test_every_paragraph_has_its_code_its_parent_and_its_words(form: str) -> None:
    parsed = parse_consolidated(consolidated(LASERS, form=form))
    assert parsed.edition == "2025-11-15"
    assert shape(parsed) == [(code, parent, kind, text.replace("{3}", "³")) for code, parent, kind, text in LASERS]
    assert {row.entry_code: row.regime for row in parsed.rows} == {"6A005": "Wassenaar", "1C350": "Australia Group"}


def test_a_raised_figure_is_an_exponent_and_needs_no_checking() -> None:
    (row,) = [row for row in parse_consolidated(consolidated(LASERS)).rows if row.code == "6A005.a.1" and row.kind == "para"]
    assert (row.text, row.needs_checking, row.received_text) == ("An output power exceeding 5 × 10³ W; or", False, "")


@FORMS
def test_a_list_inside_a_note_is_the_notes(form: str) -> None:
    """What the note counts up is no point of the entry, and the entry's own points go on after it."""
    point = '<div class="grid-container"><div class="grid-list-column-1">{}</div><div class="grid-list-column-2">{}</div></div>'
    listed = point.format("a.", "Short ones;") + point.format("b.", "Long ones.")
    page = consolidated(LASERS, form=form).decode().replace("are meant too.</p>", f"include:</p>{listed}")
    rows = parse_consolidated(page.encode()).rows
    assert [row.text for row in rows if row.kind == "note"] == ["Note 1: Pulsed lasers include: a. Short ones; b. Long ones."]
    assert [row.code for row in rows if row.kind == "para"] == ["6A005.a", "6A005.a.1", "6A005.a.2", "6A005.b", "1C350.1"]


def test_only_annex_one_is_read_without_marks_of_the_consolidation() -> None:
    after = '<p class="title-annex-1">ANNEX IV</p><p class="norm">9A004 Launch vehicles.</p>'
    before = '<p class="modref">▼M8</p><p class="norm">General notes say nothing of codes.</p>'
    page = consolidated(LASERS, before=before, after=after).decode().replace("Not used;", "►M8 Not used; ◄")
    assert shape(parse_consolidated(page.encode())) == shape(parse_consolidated(consolidated(LASERS)))


def test_a_later_paragraph_that_mentions_a_code_first_begins_no_entry() -> None:
    page = (
        consolidated(LASERS)
        .decode()
        .replace("measured at the window.</p>", "measured at the window.</p><p>6A005 is not meant.</p>")
    )
    rows = [row for row in parse_consolidated(page.encode()).rows if row.code == "6A005.a.1"]
    assert [row.text for row in rows if row.kind == "technical_note"] == [
        "Technical Note: Power is measured at the window. 6A005 is not meant."
    ]
    assert len([row for row in rows if row.kind == "entry"]) == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html><body><p>Hello</p></body></html>", "no entry such as 3A001"),
        (b"<", "no"),
        (consolidated(LASERS).replace(b"15.11.2025", b"31.11.2025"), "line of reference"),
        (consolidated(LASERS).replace(b"ANNEX I<", b"ANNEX II<"), "no entry"),
        (b"<html>" + b"<div>" * 100 + b"<p>x</p><div></div>" + b"</div>" * 100, "no entry"),
        (
            consolidated(LASERS).replace(b"Not used;", b"".join([b"<table><tr><td>a.</td><td>"] * 70) + b"x"),
            "more deeply",
        ),
    ],
)
def test_what_is_not_the_consolidated_text_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(BrokenFileError, match=reason):
        parse_consolidated(content)


@pytest.mark.skipif(not (DATA / "eu_dual_use").is_dir(), reason=f"no eu_dual_use in {DATA}; set CATALOGUE_DATA to run this")
@FORMS
def test_the_codes_of_the_whole_edition_come_through(form: str) -> None:
    """The real paragraphs, laid out anew in each form: what follows from layout alone is right for all of them."""
    with (DATA / "eu_dual_use" / "annex_i_paragraphs.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] in ("entry", "para")]
    seen: set[str] = set()
    unique = [row for row in rows if not (row["code"] in seen or seen.add(row["code"]))]  # type: ignore[func-returns-value]
    parsed = parse_consolidated(consolidated([(row["code"], row["parent"], row["kind"], row["text"]) for row in unique], form=form))
    assert [(row.code, row.parent) for row in parsed.rows] == [(row["code"], row["parent"]) for row in unique]
