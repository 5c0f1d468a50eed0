"""Asking: requests a second and CPU time a request, against gunicorn as `make run` starts it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pikepdf
import psutil

from inquiries import receipts
from inquiries.services import asking
from tests.bench.lines import tell
from tests.processes import Server, web

WORDS = "Is a five-axis mill with a positioning repeatability of one micrometre controlled? " * 12  # about 1 kB
UPLOADS = 32
MARK = "between-the-parts-of-a-form"
WARM_UP = 40  # each worker has then loaded what it loads once


def bench(asked: int = 300) -> None:
    with TemporaryDirectory() as folder, web(Path(folder)) as server:
        for clients in (1, 8, 32):
            tell(_submit(server, asked, clients))
        tell(_receipt_checks(server, asked))
        few = _uploads(server, 2)
        many = _uploads(server, UPLOADS)
        tell({**many, "peak_mb_to_two_at_once": round(many["peak_mb"] / few["peak_mb"], 2)})


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


def _receipt_checks(server: Server, number: int) -> dict[str, object]:
    """Come back with a receipt: the right one, one that nobody ever got, and one with a letter wrong.

    The page is in the figures `…_cpu_ms_each`; `…_check_cpu_ms` is the check by itself, in this process.
    """
    fields = {"topic": "classification", "text": WORDS}
    right = re.findall(r'id="receipt"[^>]*>([^<]+)<', _file(server, fields))[0].strip()
    never = receipts.write(os.urandom(receipts.SECRET_BYTES))
    tried = {"right": (right, 200), "never_given": (never, 422), "mistyped": (right[:-1] + "q", 422)}
    for typed, status in tried.values():
        for _ in range(WARM_UP):
            _come_back(server, typed, status)
    line: dict[str, object] = {"bench": "receipt check", "checked": number}
    for name, (typed, status) in tried.items():
        before = _cpu()
        took = [_come_back(server, typed, status) for _ in range(number)]
        line[f"{name}_cpu_ms_each"] = round(1000 * (_cpu() - before) / number, 1)
        line[f"{name}_median_ms"] = round(1000 * statistics.median(took), 1)
    for name, typed in (("right", right), ("never_given", never)):
        line[f"{name}_check_cpu_ms"] = round(_check_cpu(typed, number), 2)
    return line


def _check_cpu(typed: str, number: int) -> float:
    """Milliseconds of the processor for one check of a receipt, without any page; PostgreSQL's are not in it."""
    began = time.process_time()
    for _ in range(number):
        with suppress(asking.UnableToReturn):
            asking.open_with_receipt(receipts.read(typed))
    return 1000 * (time.process_time() - began) / number


def _come_back(server: Server, receipt: str, expected: int) -> float:
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(server.url("/conversation/"), f"receipt={receipt}".encode(), timeout=30) as answer:
            status = answer.status
            answer.read()
    except urllib.error.HTTPError as refused:
        status = refused.code
        refused.read()
    if status != expected:
        raise RuntimeError(f"a receipt was answered with {status}, not {expected}")
    return time.perf_counter() - began


def _uploads(server: Server, clients: int) -> dict[str, Any]:
    """So many visitors at once send a file of 20 MB each, which they have looked at before; the memory of all that serves them."""
    file = _document()
    with _Memory() as memory, ThreadPoolExecutor(clients) as pool:
        began = time.perf_counter()
        statuses = list(pool.map(lambda _n: _send_file(server, file), range(clients)))
        took = time.perf_counter() - began
    return {
        "bench": "uploads",
        "clients": clients,
        "file_mb": round(len(file) / 1024**2, 1),
        "taken": statuses.count(200),
        "asked_to_come_again": statuses.count(429) + statuses.count(422),
        "faults": len([status for status in statuses if status >= 500]),
        "seconds": round(took, 1),
        "peak_mb": round(memory.peak / 1024**2),
    }


class _Memory:
    """The largest sum of the private memory of this run's web processes, and of what they start, while it is watched."""

    def __enter__(self) -> _Memory:
        self.peak = 0
        self._over = Event()
        self._watch = Thread(target=self._look)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.peak = max(self.peak, sum(map(_private_bytes, _web_processes())))


def _private_bytes(process: psutil.Process) -> int:
    """Its share of what it has in memory; nothing of one that has just ended."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def _web_processes() -> list[psutil.Process]:
    """gunicorn's processes of this run, and those in which they have files cleaned."""
    found = {process.pid: process for root in _gunicorn() for process in [root, *_children(root)]}
    return list(found.values())


def _gunicorn() -> list[psutil.Process]:
    return [process for process in _children(psutil.Process()) if "gunicorn" in _command(process)]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # ended meanwhile
        return ""


def _document() -> bytes:
    """A PDF of almost 20 MB, with content that does not compress."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.Root.Drawing = pdf.make_stream(os.urandom(19 * 1024 * 1024))
    pdf.docinfo["/Author"] = "Olev Taevarada"
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def _send_file(server: Server, file: bytes) -> int:
    with urllib.request.urlopen(server.url("/ask/"), timeout=30) as answer:
        once = re.findall(r'name="once" value="([^"]*)"', answer.read().decode())[0]
    looked = hashlib.sha256(file).hexdigest()
    fields = {"once": once, "topic": "classification", "text": WORDS, "looked": looked, "step": "confirm"}
    parts = [f'--{MARK}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    head = (
        f'--{MARK}\r\nContent-Disposition: form-data; name="files"; filename="drawing.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    body = "".join([*parts, head]).encode() + file + f"\r\n--{MARK}--\r\n".encode()
    return _posted(urlsplit(server.address).netloc, body)


def _posted(address: str, body: bytes) -> int:
    """The status of the answer, also of one that comes before all is sent: who comes beyond those served at once is refused so."""
    with closing(HTTPConnection(address, timeout=300)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", "/ask/", body, {"Content-Type": f"multipart/form-data; boundary={MARK}"})
        return connection.getresponse().status


def _ask(server: Server) -> float:
    began = time.perf_counter()
    _file(server, {"topic": "classification", "text": WORDS})
    return time.perf_counter() - began


def _file(server: Server, fields: dict[str, str]) -> str:
    """Open the form and send it, as a new visitor on a connection of their own; return the page with the receipt."""
    with closing(HTTPConnection(urlsplit(server.address).netloc, timeout=30)) as connection:
        connection.request("GET", "/ask/")
        page = connection.getresponse().read().decode().partition("<main")[2]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/ask/", urllib.parse.urlencode(hidden | fields), form)
        answer = connection.getresponse().read().decode()
    if 'id="receipt"' not in answer:
        raise RuntimeError("no receipt came back")
    return answer


def _cpu() -> float:
    """CPU seconds used so far by this run's gunicorn processes."""
    return sum(sum(process.cpu_times()[:2]) for process in _gunicorn())
