from typing import Any

import pytest

from registry.completeness import completeness, recommended
from registry.disclosure import Field


def full(*, is_institute: bool) -> dict[Field, Any]:
    return dict.fromkeys(recommended(is_institute=is_institute), "said")


@pytest.mark.parametrize("is_institute", [True, False])
def test_an_entry_that_says_all_is_complete(*, is_institute: bool) -> None:
    found = completeness(full(is_institute=is_institute), is_institute=is_institute)
    assert (found.percent, found.missing, found.filled) == (100, (), found.recommended)


@pytest.mark.parametrize("is_institute", [True, False])
def test_an_entry_that_says_nothing_misses_all_that_is_recommended(*, is_institute: bool) -> None:
    found = completeness({}, is_institute=is_institute)
    assert (found.percent, found.filled, set(found.missing)) == (0, 0, recommended(is_institute=is_institute))


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({Field.NACE: []}, (Field.NACE,)),
        ({Field.WEBSITE: ""}, (Field.WEBSITE,)),
        ({Field.READINESS: None}, (Field.READINESS,)),
        ({Field.CONTACT_EMAIL: "", Field.VAT_NUMBER: ""}, (Field.VAT_NUMBER, Field.CONTACT_EMAIL)),
        ({Field.COMPLIANCE: "none"}, ()),
        ({Field.ROR: "", Field.LEI: "", Field.TRADING_NAMES: []}, ()),  # not recommended to firms
    ],
)
def test_what_is_missing_is_named_in_the_order_of_the_catalogue(change: dict[Field, Any], missing: tuple[Field, ...]) -> None:
    found = completeness(full(is_institute=False) | change, is_institute=False)
    assert found.missing == missing
    assert found.percent == (100 if not missing else 100 * (found.recommended - len(missing)) // found.recommended)
    assert (found.percent == 100) == (not missing)


def test_what_is_asked_of_institutes_is_not_asked_of_firms() -> None:
    assert recommended(is_institute=True) ^ recommended(is_institute=False) == {
        Field.ROR,
        Field.PARTNERS,
        Field.VAT_NUMBER,
        Field.EORI,
    }
