"""The process in which untrusted files are read, from outside: it gets four files in memory and nothing else, and not for long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO, Final

from django.utils.translation import gettext

from inquiries.cleaning.refusals import REASONS

SECONDS: Final = 30.0  # by the clock; the process gives itself 20 of the processor's
PATIENCE: Final = 10.0  # seconds that a file waits for its turn
AT_ONCE: Final = 2  # files in a web process; each may take half a gigabyte of memory
WAITING: Final = 4  # files that wait for their turn; each holds one of the process's threads

_turns = BoundedSemaphore(AT_ONCE)
_queue = BoundedSemaphore(AT_ONCE + WAITING)
_ROOT: Final = str(Path(__file__).resolve().parents[2])
# -I keeps the environment and the current folder out of what Python imports; the portal's own folder is named.
_START: Final = (
    "import sys; sys.path.append(sys.argv[1]); from inquiries.cleaning import worker; worker.main(*map(int, sys.argv[2:]))"
)
_OUT_OF_TIME: Final = (-9, -14, -24)  # SIGKILL and SIGXCPU at the limit of the processor's time, SIGALRM


class UnableToClean(Exception):
    """A file is not taken. `code` is for programs, `reason` is a sentence that says why, and how to mend it."""

    def __init__(self, key: str) -> None:
        self.code, words = REASONS[key]
        self.reason = gettext(words)
        super().__init__(self.reason)


def run(
    given: BinaryIO,
    cleaned: BinaryIO,
    report: BinaryIO,
    masks: BinaryIO,
    *,
    seconds: float = SECONDS,
    patience: float = PATIENCE,
) -> None:
    """Read `given`, write its cleaned copy to `cleaned` and what is told of it to `report`, in a process of its own.

    Raises UnableToClean if all turns are taken (“busy”), time runs out (“too-long”) or the process dies (“damaged”).
    """
    if not _queue.acquire(blocking=False):
        raise UnableToClean("busy")
    try:
        code = _run_in_turn(given, (cleaned, masks), report, seconds, patience)
    finally:
        _queue.release()
    if code in _OUT_OF_TIME:
        raise UnableToClean("too-long")
    if code:
        raise UnableToClean("damaged")


def _run_in_turn(given: BinaryIO, passed: Sequence[BinaryIO], report: BinaryIO, seconds: float, patience: float) -> int:
    if not _turns.acquire(timeout=patience):
        raise UnableToClean("busy")
    try:
        return _run(given, passed, report, seconds)
    finally:
        _turns.release()


def _run(given: BinaryIO, passed: Sequence[BinaryIO], report: BinaryIO, seconds: float) -> int:
    numbers = [file.fileno() for file in passed]
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, _ROOT, *map(str, numbers)],
        stdin=given,
        stdout=report,
        stderr=subprocess.DEVNULL,  # a library's complaint could quote the file
        pass_fds=numbers,
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise UnableToClean("too-long") from None
    finally:
        process.kill()
        process.wait()
