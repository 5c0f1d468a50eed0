"""A pytest plugin that brings PostgreSQL and Redis before the settings are read; the tests use no stand-ins."""

import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from portal import embedded

os.environ["PORTAL_MODE"] = "demo"
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
os.environ.setdefault("EMAIL_URL", "smtp://localhost:1")  # tests that send mail start a sink of their own
# Tests send faster than people do; those about floods bring limits of their own.
os.environ.setdefault("ASK_SHORTEST_SECONDS", "0")
os.environ.setdefault("ASK_BURST", "1000000")
embedded.provide()
# A Redis database of each test process's own; number 0 is the portal's.
number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if os.environ["REDIS_URL"].startswith("redis+socket://"):
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].partition("?")[0] + f"?virtual_host={number}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Collect the style sheets and scripts, and compile the languages, once, before any worker asks for one."""
    if not hasattr(session.config, "workerinput"):
        call_command("collectstatic", interactive=False, verbosity=0)
        compiling = ["babel.messages.frontend", "--quiet", "compile", "--directory", "locale", "--domain", "django"]
        subprocess.run([sys.executable, "-m", *compiling], cwd=session.config.rootpath, check=True)
