"""The cast and the stage of every test."""

import os
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connections
from psycopg2 import sql


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A database of this run's own, migrated by the owner and used under the ordinary logins, as in production."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    name = f"test_portal_{worker}_{run}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        owner = connections["owner"]
        usual = owner.settings_dict["NAME"]
        with owner._nodb_cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        owner.close()
        _point_at(name)
        call_command("migrate", verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _point_at(usual)
        with connections["owner"]._nodb_cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _point_at(name: str) -> None:
    for connection in connections.all():
        connection.close()
        connection.settings_dict["NAME"] = name
