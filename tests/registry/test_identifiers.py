import pytest

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
