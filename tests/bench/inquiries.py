"""Asking and triage: requests a second and CPU time a request, against gunicorn as `make run` starts it."""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.test import Client
from django.utils import timezone

from inquiries.models import Inquiry, Topic
from inquiries.services import asking
from organisations.models import Kind, Membership, Organisation, Role, User
from tests.processes import Server, web

WORDS = "Is a five-axis mill with a positioning repeatability of one micrometre controlled? " * 12  # about 1 kB
WARM_UP = 40  # each worker has then loaded what it loads once


def bench(asked: int = 300, rows: int = 10_000) -> None:
    with TemporaryDirectory() as folder, web(Path(folder)) as server:
        for clients in (1, 8):
            _tell(_submit(server, asked, clients))
    _fill(rows)
    for line in _pages(rows):
        _tell(line)


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


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


def _fill(rows: int) -> None:
    """Inquiries in the shape that the verbs make, copied many times: the queue opens none of them."""
    today = timezone.localdate()
    filed = asking.submit(topic="classification", text=WORDS, today=today).inquiry
    officer = _officer()
    made = []
    for number in range(rows):
        age = timedelta(days=number % 60)
        state = ("received", "in-hand", "answered", "in-hand")[number % 4]
        made.append(
            Inquiry(
                reference=asking.new_reference(),
                topic=Topic.values[number % len(Topic.values)],
                sealed_subject=filed.sealed_subject,
                state=state,
                officer=None if state == "received" else officer,
                received_on=today - age,
                due_on=None if state == "answered" else today - age + timedelta(days=14),
            )
        )
    Inquiry.objects.bulk_create(made, batch_size=2000)


def _officer() -> User:
    agency = Organisation.objects.create(kind=Kind.AGENCY, name="Focal Point", is_focal_point=True)
    officer = User.objects.create_user("officer@bench.example", name="Officer")
    Membership.objects.create(user=officer, organisation=agency, role=Role.SUPERVISOR)
    return officer


def _pages(rows: int) -> list[dict[str, object]]:
    """Server time of the queue's pages, in process, without a network."""
    settings.ALLOWED_HOSTS.append("testserver")
    client, officer = Client(), User.objects.get()
    client.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    record_authentication(type("Request", (), {"session": session})(), officer, "mfa")
    session.save()
    paths = (
        "/desk/inquiries/?queue=all",
        "/desk/inquiries/?queue=overdue&topic=sanctions",
        "/desk/inquiries/?queue=all&page=150",
        "/desk/",
    )
    return [{"bench": "page", "path": path, "rows": rows, **_time(client, path)} for path in paths]


def _time(client: Client, path: str) -> dict[str, float]:
    took = []
    for _ in range(40):
        began = time.perf_counter()
        response = client.get(path)
        took.append(1000 * (time.perf_counter() - began))
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
    return {"median_ms": round(statistics.median(took), 1), "p95_ms": round(statistics.quantiles(took, n=20)[-1], 1)}
