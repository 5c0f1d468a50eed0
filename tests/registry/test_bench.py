"""The country of the bench, which set-based SQL writes, is what the registry's own code would have written."""

import pytest
from django.db import connections

from organisations.models import User
from tests.bench import country


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "disclosed", "keys"])
def test_the_bench_fills_the_registry_as_the_registry_would(officer: User, approver: User, today: object) -> None:
    """`fill` writes a sample anew by the code that production uses, and raises where a column differs."""
    before = indexes()
    country.fill(country.SAMPLE, by=officer, other=approver, today=today)
    assert indexes() == before


def indexes() -> set[tuple[str, ...]]:
    """Every index of the registry's tables and partitions, as PostgreSQL says it, those that it made a name for without it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT tablename, regexp_replace(indexdef, ' INDEX [^ ]+ ', ' ') FROM pg_indexes WHERE tablename LIKE 'registry%%'"
        )
        return set(cursor.fetchall())
