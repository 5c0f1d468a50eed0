"""The country of the bench, which set-based SQL writes, is what the registry's own code would have written."""

import pytest

from organisations.models import User
from tests.bench import country


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "disclosed", "keys"])
def test_the_bench_fills_the_registry_as_the_registry_would(officer: User, approver: User, today: object) -> None:
    """`fill` writes a sample anew by the code that production uses, and raises where a column differs."""
    country.fill(country.SAMPLE, by=officer, other=approver, today=today)
