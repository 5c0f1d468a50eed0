"""A database of a run's own, migrated by the owner and used under the ordinary logins, as in production."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connections
from psycopg2 import sql

KEYS = ("keys", "keys_owner")
TRIES = 4  # to drop a database that somebody is at


def keys_name(name: str) -> str:
    """The name of the key store's database beside one called `name`."""
    return f"{name}_keys"


@contextmanager
def own_database(name: str) -> Iterator[None]:
    owner = connections["owner"]
    usual = owner.settings_dict["NAME"]
    for each in (name, keys_name(name)):
        run_on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", each)
        run_on_server("CREATE DATABASE {}", each)
    owner.close()
    point_at(name)
    call_command("migrate", verbosity=0, interactive=False)
    try:
        yield
    finally:
        point_at(usual)
        for each in (name, keys_name(name)):
            _drop(each)


def _drop(name: str) -> None:
    """Drop a database; one that stays in use is left, which is said and fails no run: it is of no use to anybody."""
    for _attempt in range(TRIES):
        try:
            run_on_server("DROP DATABASE {} WITH (FORCE)", name)
            return
        except ProgrammingError:  # an autovacuum is at it, which no owner may end by force; a plain DROP sends it away
            with suppress(OperationalError):  # it did not go within five seconds, or the next one has come
                run_on_server("DROP DATABASE {}", name)
                return
    warnings.warn(f"{name} is still in use, and stays", stacklevel=2)


def run_on_server(statement: str, name: str) -> None:
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


def point_at(name: str) -> None:
    """Lead every connection to the database called `name`, and to the key store beside it."""
    for connection in connections.all():
        connection.close()
        connection.settings_dict["NAME"] = keys_name(name) if connection.alias in KEYS else name
