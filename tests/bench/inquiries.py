"""Asking: requests a second and CPU time a request, against gunicorn as `make run` starts it."""

from __future__ import annotations

import re
import statistics
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.bench.lines import tell
from tests.processes import Server, web

WORDS = "Is a five-axis mill with a positioning repeatability of one micrometre controlled? " * 12  # about 1 kB
WARM_UP = 40  # each worker has then loaded what it loads once


def bench(asked: int = 300) -> None:
    with TemporaryDirectory() as folder, web(Path(folder)) as server:
        for clients in (1, 8, 32):
            tell(_submit(server, asked, clients))


def _submit(server: Server, number: int, clients: int) -> dict[str, object]:
    """GET the form and POST it, each time as a new visitor."""
    for _ in range(WARM_UP):
        _ask(server)
    before, began = _cpu(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = list(pool.map(lambda _n: _ask(server), range(number)))
    wall, cpu = time.perf_counter() - began, _cpu() - before
    return {
        "bench": "submit",
        "clients": clients,
        "asked": number,
        "per_second": round(number / wall, 1),
        "cpu_ms_each": round(1000 * cpu / number, 1),
        "median_ms": round(1000 * statistics.median(took), 1),
    }


def _ask(server: Server) -> float:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    began = time.perf_counter()
    page = opener.open(server.url("/ask/"), timeout=30).read().decode().partition("<main")[2]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    fields |= {"topic": "classification", "text": WORDS}
    answer = opener.open(server.url("/ask/"), urllib.parse.urlencode(fields).encode(), timeout=30)
    if b'id="receipt"' not in answer.read():
        raise RuntimeError("no receipt came back")
    return time.perf_counter() - began


def _cpu() -> float:
    """CPU seconds used so far by this run's gunicorn processes."""
    mine = psutil.Process().children(recursive=True)
    return sum(sum(process.cpu_times()[:2]) for process in mine if "gunicorn" in " ".join(process.cmdline()))
