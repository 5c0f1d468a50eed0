"""The regions that may stand in place of a country."""

from __future__ import annotations

import pytest
from django_countries import countries

from catalogue.regions import OFFERED, destination_name, find, region_of, within


def test_every_country_lies_in_one_region_but_those_where_nobody_lives() -> None:
    assert {code for code, _name in countries if not region_of(code)} == {"AQ"}
    assert {region_of(code) for code, _name in countries} - {""} == set(OFFERED)


@pytest.mark.parametrize(
    ("code", "name"), [("EE", "Estonia"), ("143", "Central Asia"), ("009", "Oceania"), ("", ""), ("ZZ", ""), ("999", "")]
)
def test_destinations_have_names(code: str, name: str) -> None:
    assert destination_name(code) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("kz", "KZ"),
        (" Kazakhstan ", "KZ"),
        ("143", "143"),
        ("central asia", "143"),
        ("Southern Europe and the Balkans", "039"),
        ("150", "150"),
        ("", ""),
        ("999", ""),
        ("7", ""),
        ("Ruritania", ""),
    ],
)
def test_a_place_is_found_by_name_or_code(typed: str, code: str) -> None:
    assert find(typed) == code


def test_what_lies_in_a_place() -> None:
    assert within("143") == {"143", "KG", "KZ", "TJ", "TM", "UZ"}
    assert within("KZ") == {"KZ"}
    assert {"142", "143", "KZ", "145"} <= within("142")
    assert "EE" not in within("142")
    assert within("AQ") == {"AQ"}
