import pytest

from catalogue.parsing import BrokenFileError, cas_numbers, code_typed, codes_in, parse_annex, parse_short_list, repaired
from tests.catalogue.conftest import PARAGRAPHS, annex


@pytest.mark.parametrize(
    ("received", "meant"),
    [
        ("a dose of 5 x 103 Gy", "a dose of 5 × 10³ Gy"),
        ("5× 103 Gy", "5 × 10³ Gy"),
        ("of 5 × 1013 n/cm2 or higher", "of 5 × 10¹³ n/cm² or higher"),
        ("3,3×10-11 m/V", "3,3 × 10⁻¹¹ m/V"),
        ("1,33 × 101 Pa", "1,33 × 10¹ Pa"),
        ("less than 10-14 J", "less than 10⁻¹⁴ J"),
        ("a voltage of 10-8 V", "a voltage of 10⁻⁸ V"),
        ("1,14 × 10-3 cm2", "1,14 × 10⁻³ cm²"),
        ("25 × 106.", "25 × 10⁶."),
    ],
)
def test_an_exponent_that_can_mean_one_thing_only_is_put_back(received: str, meant: str) -> None:
    assert repaired(received) == (meant, False)


@pytest.mark.parametrize(
    "text",
    [
        "20 W × 10 cm³/W",
        "(600 × L/1000)",
        "2 × 1000 kg",
        "(CAS 107-07-3)",
        "between 10 and 100 nm",
        "serogroups O26, O103, O104",
        "specified in 2B104 or 9A103",
        "1064 nm",
        "105,5 kg",
    ],
)
def test_a_number_that_is_whole_is_left_alone(text: str) -> None:
    assert repaired(text) == (text, False)


@pytest.mark.parametrize("text", ["a ratio exceeding 103.", "Tera (1012) operations", "in 109 particles", "K = V2,65Q", "10-14 J"])
def test_a_number_that_may_be_damaged_is_flagged_and_not_changed(text: str) -> None:
    assert repaired(text) == (text, True)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("3a001", "3A001"),
        (" 3A001.a.5. ", "3A001.a.5"),
        ("3 a 001 A 5", "3A001.a.5"),
        ("3a0", "3A0"),
        ("5e", "5E"),
        ("4", ""),
        ("laser", ""),
        ("3d printer", ""),
        ("6A005 laser", ""),
        ("", ""),
    ],
)
def test_a_code_is_understood_as_people_type_it(typed: str, code: str) -> None:
    assert code_typed(typed) == code


def test_codes_and_cas_numbers_are_found_among_words() -> None:
    assert codes_in("as 3a001 and 6A005, not 13A0011") == ["3A001", "6A005"]
    assert cas_numbers("thiodiglycol 111-48-8, not 111-48-7 nor 2026-11-23") == ["111-48-8"]


def test_a_paragraph_broken_in_two_is_kept_as_one_and_its_rest() -> None:
    rows = parse_annex(annex([*PARAGRAPHS, ("6A003", "", "entry", "And the rest.")])).rows
    assert [(row.code, row.kind, row.parent) for row in rows[-1:]] == [("6A003", "continuation", "6A003")]


def test_the_file_that_is_well_gives_its_edition_and_rows() -> None:
    parsed = parse_annex(annex())
    assert parsed.edition == "2025-11-15"
    assert len(parsed.rows) == len(PARAGRAPHS)


ENTRY = ("3A001", "", "entry", "Widgets")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty."),
        (b"\xff\xfe", "Line 1: a character is not UTF-8."),
        (b"ord,code\n1,3A001\n", "Line 1: the header lacks parent"),
        (annex([]), "the file has no rows below its header."),
        (annex([("3A001x!", "", "entry", "x")]), "Line 2: '3A001x!' is not a code such as 3A001.a.5."),
        (annex([ENTRY, ("3A001.a", "3A001.z", "para", "x")]), "Line 3: 3A001.a stands below 3A001.z, which no earlier line has."),
        (annex([ENTRY, ("3A001.a", "", "para", "x")]), "Line 3: 3A001.a is an entry with a parent, or a paragraph without one."),
        (annex([ENTRY, ("3A001.a", "3A001", "poem", "x")]), "Line 3: 'poem' is none of the kinds"),
        (annex([ENTRY, ("3A001.a", "3A001", "para", " ")]), "Line 3: 3A001.a has no text."),
        (annex([ENTRY, ("3A001.a", "3A001", "para", "a\x07b")]), "Line 3: a field of 3A001.a holds a control character."),
        (
            annex([ENTRY, ("3A001.a", "3A001", "para", "x" * 20_001)]),
            "Line 3: the text of 3A001.a is longer than 20000 characters.",
        ),
        (annex([("3A001", "", "entry", "two\nlines"), ("Q", "", "entry", "x")]), "Line 4: 'Q' is not a code"),
        (annex() + b"9,1C351\n", "Line 10: there are 2 fields where the header has 12."),
        (annex() + b'9,"1C351\n', "Line 10: this is not comma-separated text"),
        (annex(version="today"), "Line 2: the version 'today' is not a CELEX number"),
        (annex(version="02021R0821-20251345"), "Line 2: the version '02021R0821-20251345' is not a CELEX number"),
    ],
)
def test_a_broken_file_is_refused_with_the_line_and_the_reason(content: bytes, message: str) -> None:
    with pytest.raises(BrokenFileError) as refusal:
        parse_annex(content)
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"edition": "1", "entries": [{"code": "x"}]}'])
def test_a_broken_short_list_is_refused(content: bytes) -> None:
    with pytest.raises(BrokenFileError):
        parse_short_list(content)
