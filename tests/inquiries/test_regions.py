"""The regions that may stand in place of a country."""

from __future__ import annotations

import pytest
from django_countries import countries

from inquiries.regions import OFFERED, destination_name, region_of


def test_every_country_lies_in_one_region_but_those_where_nobody_lives() -> None:
    assert {code for code, _name in countries if not region_of(code)} == {"AQ"}
    assert {region_of(code) for code, _name in countries} - {""} == set(OFFERED)


@pytest.mark.parametrize(
    ("code", "name"), [("EE", "Estonia"), ("143", "Central Asia"), ("009", "Oceania"), ("", ""), ("ZZ", ""), ("999", "")]
)
def test_destinations_have_names(code: str, name: str) -> None:
    assert destination_name(code) == name
