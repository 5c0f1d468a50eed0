"""The demo country, for the tests that walk in it; they belong to one group, so that one worker makes it."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from tests.conftest import empty_tables


@pytest.fixture(scope="package")
def country(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo country, for all tests of this folder. `test_demo.py` comes first: the walk leaves inquiries of its own."""
    with django_db_blocker.unblock():
        call_command("load_catalogue", stdout=StringIO())
        call_command("seed_demo", verbosity=0)
    yield
    with django_db_blocker.unblock():
        empty_tables(["default", "keys"])
