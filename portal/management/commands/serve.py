"""`make run`: the whole portal on one machine."""

import os
import shlex
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import psutil
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections
from honcho.manager import Manager

from portal.embedded import data_folder

QUIET = {"PYTHONWARNINGS": "ignore::RuntimeWarning"}  # Celery frowns on root, as which a container may well run the demo
INTERRUPTED = 128 + signal.SIGINT  # what a shell, and honcho, make of Ctrl-C
MARK = "PORTAL_SERVED_BY"  # in the environment of every process of a run: its data folder and the process that started it


class Command(BaseCommand):
    help = "Prepare the database and start web, worker, beat and mailbox; Ctrl-C stops all of them."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self._clear_leftovers()
        for sentence, command, arguments in self._preparations():
            self.stdout.write(sentence)
            call_command(command, *arguments, verbosity=0)
        connections.close_all()
        manager = Manager()
        os.environ[MARK] = f"{os.getpid()}:{data_folder()}"
        for name, line in self._processes().items():
            manager.add_process(name, "exec " + shlex.join(line), env=os.environ | QUIET)
        threading.Thread(target=self._announce, daemon=True).start()
        manager.loop()
        sys.exit(0 if manager.returncode == INTERRUPTED else manager.returncode)

    def _preparations(self) -> list[tuple[str, str, list[str]]]:
        steps = [
            ("Database: migrating", "migrate", ["--no-input"]),
            ("Pages: collecting style sheets and scripts", "collectstatic", ["--no-input"]),
            ("Catalogue: loading segments and control entries", "load_catalogue", []),
        ]
        if settings.DEMO:
            steps.append(("Demo: a small country, its people and their cases", "seed_demo", []))
        return steps

    def _processes(self) -> dict[str, list[str]]:
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "--app", "portal", "--quiet"]
        web = ["gunicorn", "portal.wsgi", "--config", "python:portal.gunicorn", "--bind", f"127.0.0.1:{settings.PORT}"]
        processes = {
            "web": [*python, *web],
            "worker": [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(data_folder() / "beat-schedule")],
        }
        if not os.environ.get("EMAIL_URL"):
            mailbox = ["aiosmtpd", "--nosetuid", "--listen", f"localhost:{settings.EMAIL_PORT}"]
            processes["mailbox"] = [*python, *mailbox, "--class", "aiosmtpd.handlers.Mailbox", str(settings.MAILBOX)]
        return processes

    def _clear_leftovers(self) -> None:
        """A run that was killed leaves its processes; they would hold the port."""
        for process in psutil.process_iter():
            try:
                starter, _, folder = process.environ().get(MARK, "").partition(":")
            except (psutil.Error, OSError):
                continue
            if folder != str(data_folder()):
                continue
            if psutil.pid_exists(int(starter)):
                raise CommandError(f"The portal already runs (process {starter}); stop it, or set another PORTAL_DATA and PORT.")
            process.terminate()

    def _announce(self) -> None:
        """Say where the portal is and who may sign in, once it answers."""
        address = f"http://localhost:{settings.PORT}"
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310  our own address
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.stdout.write(f"\nThe portal is ready: {address}")
        if settings.DEMO:
            call_command("demo_logins")
            self.stdout.write(f"Mail it sends: {address}/mailbox/")
        self.stdout.write("Ctrl-C stops it.\n")
