"""What a test leaves at work in its database spoils no other test."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from django.db import OperationalError, ProgrammingError, connections

from organisations.models import Organisation
from tests import stage
from tests.conftest import empty_tables


@pytest.fixture
def left_at_work(transactional_db: None, focal_point: Organisation) -> Iterator[None]:
    """A session that holds the focal point's row and never ends by itself."""
    with closing(psycopg2.connect(**connections["default"].get_connection_params())) as other:
        other.cursor().execute("SELECT 1 FROM organisations_organisation FOR UPDATE")
        yield


def test_a_database_is_emptied_whoever_holds_its_rows(left_at_work: None) -> None:
    with pytest.warns(UserWarning, match="left somebody at work"):
        empty_tables(["default"])
    assert not Organisation.objects.exists()


def test_a_database_that_stays_in_use_is_said_and_fails_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def at_work(statement: str, name: str) -> None:
        tried.append((statement, name))
        raise (ProgrammingError if "FORCE" in statement else OperationalError)

    monkeypatch.setattr(stage, "run_on_server", at_work)
    with pytest.warns(UserWarning, match="is still in use"):
        stage._drop("test_x")
    assert len(tried) == 2 * stage.TRIES
