from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import DatabaseError, OperationalError, connections
from psycopg2 import sql

GROUPS = ("portal_app", "portal_disclosed")
KEYS_GROUPS = ("portal_keystore",)


class Command(migrate.Command):
    """Django's migrate, run as the owner of the tables, who gives the application's roles their rights; then the key store's."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        is_whole = options["database"] == "owner" and not (options["plan"] or options["check_unapplied"])
        if is_whole:
            _ensure_groups("owner", GROUPS)
            _let_application_in()
        super().handle(*args, **options)
        if is_whole and not options["app_label"]:
            _ensure_key_store()
            _ensure_groups("keys_owner", KEYS_GROUPS)
            super().handle(*args, **options | {"database": "keys_owner", "app_label": "keystore"})


def _ensure_groups(alias: str, groups: tuple[str, ...]) -> None:
    """Make the group roles if they are missing; they alone may connect to the database and use its schema."""
    names = sql.SQL(", ").join(map(sql.Identifier, groups))
    database = sql.Identifier(connections[alias].settings_dict["NAME"])
    with connections[alias].cursor() as cursor:
        for group in groups:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [group])
            if not cursor.fetchone():
                name = sql.Identifier(group)
                cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
                cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, names))
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(names))


def _let_application_in() -> None:
    """Let the application use all tables, now and later. The key store's table is granted by its own migration."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_app")
        cursor.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal_app")


def _ensure_key_store() -> None:
    """Make the key store's database where it is missing and this login may make one; say what to do otherwise."""
    keys = connections["keys_owner"]
    try:
        keys.ensure_connection()
    except OperationalError as missing:
        try:
            with keys._nodb_cursor() as cursor:  # noqa: SLF001  as Django's own test runner makes databases
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(keys.settings_dict["NAME"])))
        except DatabaseError as error:
            raise CommandError(
                "The key store's database can't be opened or made: run deploy/database/20-keys.sql as the superuser, "
                f"or set KEYS_DATABASE_URL ({missing})."
            ) from error
