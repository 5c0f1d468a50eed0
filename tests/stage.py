"""A database of a run's own, migrated by the owner and used under the ordinary logins, as in production."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from psycopg2 import sql


@contextmanager
def own_database(name: str) -> Iterator[None]:
    owner = connections["owner"]
    usual = owner.settings_dict["NAME"]
    _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _run("CREATE DATABASE {}", name)
    owner.close()
    _point_at(name)
    call_command("migrate", verbosity=0, interactive=False)
    try:
        yield
    finally:
        _point_at(usual)
        _run("DROP DATABASE {} WITH (FORCE)", name)


def _run(statement: str, name: str) -> None:
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _point_at(name: str) -> None:
    for connection in connections.all():
        connection.close()
        connection.settings_dict["NAME"] = name
