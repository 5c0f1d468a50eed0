"""The demo country, for the tests that walk in it; they belong to one group, so that one worker makes it."""

import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from tests.conftest import empty_tables


@pytest.fixture(scope="module")
def country(django_db_setup: None, django_db_blocker: Any) -> Iterator[float]:
    """The demo country in the database, for all tests of this file; gives the seconds of our own processor that it took to make."""
    with django_db_blocker.unblock():
        call_command("load_catalogue", stdout=StringIO())
        started = time.process_time()  # by the clock, a machine that is busy with something else would fail the test
        call_command("seed_demo", verbosity=0)
        seconds = time.process_time() - started
    yield seconds
    with django_db_blocker.unblock():
        empty_tables(["default", "keys"])
