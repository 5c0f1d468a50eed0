"""Promise 1: an anonymous question can't be traced. What an asker brings is looked for wherever the portal could have left it."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connections

from inquiries import receipts
from inquiries.models import Inquiry
from portal.embedded import data_folder
from tests.processes import Server, environment, postgres_program, web


class Canary:
    """What one asker brings, unlike that of any other test or run."""

    def __init__(self) -> None:
        mark = secrets.token_hex(6)
        self.address = f"2001:db8:{mark[:4]}:{mark[4:8]}::77"
        self.agent = f"Browser/7.7 (agent{mark})"
        self.words = f"words{mark} of a five-axis mill"
        self.subject = f"subject{mark}"
        self.reply = f"reply{mark}"
        self.receipt = ""

    def traces(self) -> list[bytes]:
        """What must be nowhere, as it is and as a dump would write it."""
        secret = receipts.read(self.receipt)
        brought = [self.address, self.agent, self.words, self.subject, self.reply, self.receipt, self.receipt.replace("-", " ")]
        found = [*(each.encode() for each in brought), secret]
        return [*found, *(each.hex().encode() for each in found), *(b64encode(each).rstrip(b"=")[:-1] for each in found)]

    def seen_in(self, content: bytes) -> list[bytes]:
        return [trace for trace in self.traces() if trace in content]


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    with web(tmp_path) as running:
        yield running


class Visitor:
    """Somebody at a known address with a known browser, who keeps cookies only as long as the visit lasts."""

    def __init__(self, server: Server, canary: Canary) -> None:
        self.server = server
        self.canary = canary
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.opener.addheaders = [
            ("User-Agent", canary.agent),
            ("X-Forwarded-For", canary.address),
            ("Forwarded", f"for={canary.address}"),
            ("X-Real-IP", canary.address),
        ]

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.server.url(path)))

    def post(self, path: str, fields: dict[str, str]) -> str:
        return self._open(urllib.request.Request(self.server.url(path), data=urllib.parse.urlencode(fields).encode()))

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self.opener.open(request, timeout=20) as response:
                return response.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.read().decode()
        except (urllib.error.URLError, ConnectionError):  # the server may hang up on a body that is too large to read
            assert len(request.data or b"") > 1024 * 1024
            return ""


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's main form."""
    form = page[page.index("<main") :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def ask_and_return(server: Server) -> Visitor:
    """Walk the whole way as a new asker: ask, return with the receipt, write again."""
    canary = Canary()
    visitor = Visitor(server, canary)
    form = hidden(visitor.get("/ask/"))
    filed = visitor.post("/ask/", {**form, "topic": "classification", "subject": canary.subject, "text": canary.words})
    receipt = re.search(r'id="receipt"[^>]*>([^<]+)<', filed)
    assert receipt, filed
    canary.receipt = receipt[1].strip()
    conversation = visitor.post("/conversation/", {**hidden(visitor.get("/conversation/")), "receipt": canary.receipt})
    assert canary.words in conversation
    answered = visitor.post("/conversation/reply/", {**hidden(conversation), "text": canary.reply})
    assert canary.reply in answered
    return visitor


def provoke_refusals(visitor: Visitor) -> None:
    """Make the portal refuse with 400, 401, 403, 404, 413-like and 422, each with canaries in what is sent."""
    words, receipt = visitor.canary.words, visitor.canary.receipt
    visitor.post("/ask/", {"text": words})  # 403: no token against forged forms
    form = hidden(visitor.get("/ask/"))
    visitor.post("/ask/", {**form, "topic": "nonsense", "text": words})
    visitor.post("/ask/", {**form, "topic": "other", "text": words + "x" * 200_000})
    visitor.post("/ask/", {**form, "topic": "other", "text": words + "x" * 2_000_000})
    visitor.post("/conversation/", {**form, "receipt": receipt[:-3]})
    visitor.get("/" + words.split()[0] + "/")
    for body in (
        b"{",
        json.dumps({"topic": "x", "text": words}).encode(),
        json.dumps({"topic": "other", "text": words + "\x00"}).encode(),
    ):
        visitor._open(
            urllib.request.Request(
                visitor.server.url("/api/v1/inquiries/"), data=body, headers={"Content-Type": "application/json"}
            )
        )
    for typed in (receipt, receipt[:-3], "babab-" * 8):
        visitor._open(
            urllib.request.Request(
                visitor.server.url("/api/v1/inquiries/conversation/"), headers={"Authorization": f"Receipt {typed}"}
            )
        )


def dump() -> bytes:
    owner = environment()["DATABASE_OWNER_URL"] if "DATABASE_OWNER_URL" in environment() else environment()["DATABASE_URL"]
    return subprocess.run([postgres_program("pg_dump"), owner], check=True, capture_output=True).stdout


def write_ahead_log() -> bytes:
    """The embedded server's log of every change, old pages and all; nothing where the server is not ours to look into."""
    return b"".join(file.read_bytes() for file in (data_folder() / "postgres" / "pg_wal").glob("0*"))


def redis_content() -> bytes:
    client = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    return b"\n".join(key + b"=" + (client.dump(key) or b"") for key in client.scan_iter())


def test_nothing_of_an_asker_is_left_anywhere(server: Server) -> None:
    visitor = ask_and_return(server)
    provoke_refusals(visitor)
    assert Inquiry.objects.count() == 1
    assert visitor.canary.seen_in(dump()) == []
    assert visitor.canary.seen_in(write_ahead_log()) == []
    assert visitor.canary.seen_in(redis_content()) == []
    assert visitor.canary.seen_in(server.log.read_bytes()) == []


def test_the_search_would_find_what_was_left(server: Server) -> None:
    """The check can fail: canaries planted in columns that are not sealed are seen in the dump and in the log of changes."""
    canary = ask_and_return(server).canary
    secret = receipts.read(canary.receipt)
    Inquiry.objects.update(title=f"{canary.address} {canary.words}", sealed_subject=secret)
    assert canary.seen_in(dump()) == [canary.address.encode(), canary.words.encode(), secret.hex().encode()]
    log = write_ahead_log()
    assert canary.seen_in(log) == ([canary.address.encode(), canary.words.encode(), secret] if log else [])


def test_no_session_is_made_for_an_asker(server: Server) -> None:
    ask_and_return(server)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM django_session) + (SELECT count(*) FROM usersessions_usersession)")
        assert cursor.fetchone() == (0,)


def test_dates_are_coarse_and_no_number_tells_the_order(server: Server) -> None:
    ask_and_return(server)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name LIKE 'inquiries_%'"
            " AND (data_type LIKE 'timestamp%' OR data_type LIKE 'time%' OR column_default LIKE 'nextval%' OR is_identity = 'YES')"
        )
        assert cursor.fetchall() == []
