from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections
from psycopg2 import sql

GROUPS = ("portal_app", "portal_disclosed")


class Command(migrate.Command):
    """Django's migrate, run as the owner of the tables, who gives the application's role its rights on them."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] == "owner" and not (options["plan"] or options["check_unapplied"]):
            self._ensure_roles()
        super().handle(*args, **options)

    def _ensure_roles(self) -> None:
        """Make the two group roles if they are missing, and let the application use all tables, now and later."""
        with connections["owner"].cursor() as cursor:
            for group in GROUPS:
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [group])
                if not cursor.fetchone():
                    name = sql.Identifier(group)
                    cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
                    cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
            cursor.execute("GRANT USAGE ON SCHEMA public TO portal_app, portal_disclosed")
            cursor.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_app")
            cursor.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal_app")
