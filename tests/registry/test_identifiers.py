import pytest

from registry import identifiers
from registry.identifiers import UnableToRead, registration_number


@pytest.mark.parametrize(
    ("country", "number", "expected"),
    [
        ("EE", "12345678", "12345678"),
        ("EE", " 1234 5678 ", "12345678"),
        ("FI", "2077474-0", "20774740"),
        ("NO", "988077917", "988077917"),
        ("LT", "300000000", "300000000"),  # no rule is known for the company code
        ("US", "anything at all", "anything at all"),
    ],
)
def test_a_right_number_is_kept_in_its_compact_form(country: str, number: str, expected: str) -> None:
    assert registration_number(number, country=country) == expected


@pytest.mark.parametrize(("country", "number"), [("EE", "12345679"), ("EE", ""), ("FI", "2077474-1"), ("LV", "1"), ("LT", "LT123")])
def test_a_number_that_its_country_does_not_give_is_refused(country: str, number: str) -> None:
    with pytest.raises(UnableToRead):
        registration_number(number, country=country)


@pytest.mark.parametrize(
    ("rule", "typed", "read"),
    [
        ("vat_number", "ee 100 931 558", "EE100931558"),
        ("vat_number", "FI20774740", "FI20774740"),
        ("lei", "213800kud8lajwsq9d15", "213800KUD8LAJWSQ9D15"),
        ("eori", "ee-10000018", "EE10000018"),
        ("ror", "https://ror.org/03z77qz90", "03z77qz90"),
        ("ror", "ror.org/0443cwa12/", "0443cwa12"),
        ("ror", "02MHBDP94", "02mhbdp94"),
        ("activity", "2611", "26.11"),
        ("activity", "c", "C"),
        ("region", "ee001", "EE001"),
        ("region", "EL", "EL"),
    ],
)
def test_a_number_is_read_however_it_is_typed(rule: str, typed: str, read: str) -> None:
    assert getattr(identifiers, rule)(typed) == read


@pytest.mark.parametrize(
    ("rule", "typed"),
    [
        *(("vat_number", wrong) for wrong in ("EE100931559", "100931558", "XX1", "")),
        *(("lei", wrong) for wrong in ("213800KUD8LAJWSQ9D16", "1", "213800KUD8LAJWSQ9D1", "ÄÄ3800KUD8LAJWSQ9D15")),
        *(("eori", wrong) for wrong in ("E1", "1234567", "EE1234567890123456", "EE")),
        *(("ror", wrong) for wrong in ("03z77qz91", "13z77qz90", "03z77qi90", "https://ror.example/03z77qz90", "")),
        *(("activity", wrong) for wrong in ("26.99", "2", "Z", "26.11.0", "")),
        *(("region", wrong) for wrong in ("Riga", "EE0011", "E", "GR1", "")),
    ],
)
def test_a_wrong_number_is_refused(rule: str, typed: str) -> None:
    with pytest.raises(identifiers.UnableToRead):
        getattr(identifiers, rule)(typed)


def test_a_code_brings_those_it_lies_in() -> None:
    assert identifiers.activities_above("26.11") == ["C", "26", "26.1", "26.11"]
    assert identifiers.activities_above("C") == ["C"]
    assert identifiers.regions_above("EE001") == ["EE", "EE0", "EE00", "EE001"]
    assert identifiers.activity_label("26.11") == "Manufacture of electronic components"
