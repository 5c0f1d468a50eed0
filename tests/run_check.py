"""`python -m tests.run_check`: the README's first command comes up on an empty folder, answers, and is gone after Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from tests.processes import ROOT, free_port

LONGEST_START = 180  # seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own where the tests run as root
        port = free_port()
        environment = os.environ | {"PORT": str(port), "PORTAL_DATA": folder}
        environment = {name: value for name, value in environment.items() if not name.endswith("_URL")}
        for start in ("first", "second"):
            took = _run(environment, f"http://localhost:{port}/readyz")
            sys.stdout.write(f"make run, {start} start: ready after {took:.1f} s\n")
        if left := _left(folder):
            raise SystemExit(f"make run left processes behind: {left}")


def _run(environment: dict[str, str], address: str) -> float:
    """Start, wait until ready, press Ctrl-C; return the seconds until ready."""
    began = time.monotonic()
    process = subprocess.Popen(["make", "run"], cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        while not _is_ready(address):
            if process.poll() is not None or time.monotonic() - began > LONGEST_START:
                raise SystemExit("make run did not come up")
            time.sleep(0.2)
        return time.monotonic() - began
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ready")
    except OSError:
        return False


def _left(folder: str) -> list[str]:
    """Command lines of processes that still work in the folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if folder in line:
            found.append(line)
    return found


if __name__ == "__main__":
    main()
