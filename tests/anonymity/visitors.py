"""Those who come to the running portal from outside, and the places in which a trace of them could be left."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import psycopg2
import redis
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from inquiries import receipts
from organisations import services
from organisations.models import OFFICIALS_SCOPES, User
from portal.embedded import data_folder
from tests.processes import Server, environment, postgres_program


@dataclass(frozen=True)
class Stage:
    """A running portal and the folder of its temporary files."""

    server: Server
    temporary: Path


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes
    headers: Message

    @property
    def page(self) -> str:
        return self.content.decode()

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's main form."""
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page.partition("<main")[2]))

    @property
    def receipt(self) -> str:
        found = re.search(r'id="receipt"[^>]*>([^<]+)<', self.page)
        assert found, self.page
        return found[1].strip()


class Canary:
    """What one asker brings, unlike that of any other test or run."""

    def __init__(self) -> None:
        mark = secrets.token_hex(6)
        self.address = f"2001:db8:{mark[:4]}:{mark[4:8]}::77"
        self.agent = f"Browser/7.7 (agent{mark})"
        self.words = f"words{mark} of a five-axis mill"
        self.subject = f"subject{mark}"
        self.reply = f"reply{mark}"
        self.file_name = f"file{mark}.pdf"
        self.email = f"mail{mark}@canary.example"
        self.item = f"item{mark}"
        self.receipt = ""

    def traces(self) -> list[bytes]:
        """What must be nowhere, as it is and as a dump would write it."""
        brought = [self.address, self.agent, self.words, self.subject, self.reply, self.file_name, self.email, self.item]
        found = [each.encode() for each in brought]
        if self.receipt:
            found += [self.receipt.encode(), self.receipt.replace("-", " ").encode(), receipts.read(self.receipt)]
        return [*found, *(each.hex().encode() for each in found), *(b64encode(each).rstrip(b"=")[:-1] for each in found)]

    def seen_in(self, content: bytes) -> list[bytes]:
        return [trace for trace in self.traces() if trace in content]


class Visitor:
    """Somebody at a known address with a known browser, who takes no cookies and runs no script."""

    def __init__(self, stage: Stage, canary: Canary | None = None) -> None:
        self.server = stage.server
        self.canary = canary or Canary()
        self.headers = {
            "User-Agent": self.canary.agent,
            "X-Forwarded-For": self.canary.address,
            "Forwarded": f"for={self.canary.address}",
            "X-Real-IP": self.canary.address,
        }

    def get(self, path: str, **headers: str) -> Answer:
        return self._open(urllib.request.Request(self.server.url(path), headers={**self.headers, **headers}))

    def post(self, path: str, fields: dict[str, str] | bytes, *, method: str = "POST", **headers: str) -> Answer:
        body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self.server.url(path), data=body, headers={**self.headers, **headers}, method=method)
        return self._open(request)

    def call(self, path: str, body: Any = None, *, method: str = "POST", **headers: str) -> Answer:
        """One of the API's addresses; `body` is sent as JSON, by `method`."""
        if body is None:
            return self.get(path, **headers)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post(path, content, method=method, **{"Content-Type": "application/json", **headers})

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, response.read(), response.headers)
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.read(), refused.headers)

    def send_files(self, path: str, fields: dict[str, str], *files: tuple[str, bytes]) -> Answer:
        """Send a form with files, as a browser does."""
        mark = secrets.token_hex(16)
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, content in files:
            head = (
                f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
            )
            parts += [head.encode(), content, b"\r\n"]
        return self.post(
            path, b"".join([*parts, f"--{mark}--\r\n".encode()]), **{"Content-Type": f"multipart/form-data; boundary={mark}"}
        )

    def ask_with_files(self, *files: tuple[str, bytes]) -> Answer:
        """Ask, look at what is in the files, and send them on purpose."""
        asked = {**self.get("/ask/").hidden, "topic": "classification", "text": self.canary.words}
        held = self.send_files("/ask/", asked, *files)
        assert held.status == 422, held.status
        kept = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', held.page), "keep")
        return self.send_files("/ask/", {**held.hidden, **kept, "step": "confirm"}, *files)

    def ask(self, **changes: str) -> Answer:
        asked = {"topic": "classification", "subject": self.canary.subject, "text": self.canary.words, **changes}
        return self.post("/ask/", {**self.get("/ask/").hidden, **asked})

    def review(self) -> list[Answer]:
        """Have a draft looked at in every way, with what tells who asks in it, and send nothing."""
        canary = self.canary
        draft = {
            **self.get("/ask/").hidden,
            "topic": "classification",
            "subject": canary.subject,
            "text": f"{canary.words}, {canary.email}",
            "item1_description": canary.item,
            "item1_entry": "3A001.a.5",
            "destination": "YE",
        }
        looks = [self.post("/ask/", {**draft, "step": step}) for step in ("send", "check", "confirm", "mask-all", "change")]
        said = {"topic": "other", "text": draft["text"], "items": [{"description": canary.item}]}
        offers = self.post("/ask/offers/", {"text": draft["text"], "topic": "classification"})
        return [*looks, self.call("/api/v1/inquiries/review/", said), offers]

    def come_back(self, receipt: str) -> Answer:
        return self.post("/conversation/", {**self.get("/conversation/").hidden, "receipt": receipt})

    def walk(self) -> list[Answer]:
        """Go the whole way as a new asker: ask, return with the receipt, write again."""
        filed = self.ask()
        self.canary.receipt = filed.receipt
        conversation = self.come_back(self.canary.receipt)
        assert self.canary.words in conversation.page
        answered = self.post("/conversation/reply/", {**conversation.hidden, "text": self.canary.reply})
        assert self.canary.reply in answered.page
        return [filed, conversation, answered]


class Official(Visitor):
    """An official at work, whose session the running server knows, with a token for programs beside it."""

    def __init__(self, stage: Stage, client: Client, user: User) -> None:
        super().__init__(stage)
        self.user = user
        session, forms = client.cookies[settings.SESSION_COOKIE_NAME].value, secrets.token_hex(16)
        self.headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={forms}",
            "X-CSRFToken": forms,
        }
        made = services.make_token(
            name="Sync", scopes=OFFICIALS_SCOPES, days=1, form=secrets.token_bytes(32), by=user, today=timezone.localdate()
        )
        self.token = {"Authorization": f"Bearer {made.secret}"}

    def post(self, path: str, fields: dict[str, str] | bytes, *, method: str = "POST", **headers: str) -> Answer:
        return super().post(path, fields, method=method, **{"Origin": self.server.address, **headers})

    def call(self, path: str, body: Any = None, *, method: str = "POST", **headers: str) -> Answer:
        """One of the API's addresses for programs, with the token and without the session."""
        kept, self.headers = self.headers, {}
        try:
            return super().call(path, body, method=method, **self.token, **headers)
        finally:
            self.headers = kept


# --- places ---------------------------------------------------------------------------------------------------------


def owner_address() -> str:
    found = environment()
    return found.get("DATABASE_OWNER_URL") or found["DATABASE_URL"]


def dump(*options: str) -> bytes:
    return subprocess.run([postgres_program("pg_dump"), *options, owner_address()], check=True, capture_output=True).stdout


def dumped_rows(table: str) -> list[dict[str, str]]:
    """The rows of a table in the order in which a dump has them."""
    lines = dump("--data-only", "--table", table).decode().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("COPY "))
    names = [name.strip('"') for name in lines[start].partition("(")[2].partition(")")[0].split(", ")]
    end = lines.index("\\.", start)
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[start + 1 : end]]


def as_owner(statement: str) -> None:
    """Change a table of the portal's as only its owner can."""
    with closing(psycopg2.connect(**connections["owner"].get_connection_params())) as owner, owner, owner.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute(statement)


def write_ahead_log() -> bytes:
    """The embedded server's log of every change, old pages and all; nothing where the server is not ours to look into."""
    return b"".join(file.read_bytes() for file in (data_folder() / "postgres" / "pg_wal").glob("0*"))


def database_log() -> bytes:
    file = data_folder() / "postgres" / "log"
    return file.read_bytes() if file.exists() else b""


def redis_content() -> bytes:
    client = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    return b"\n".join(key + b"=" + (client.dump(key) or b"") for key in client.scan_iter())


def temporary_files(stage: Stage) -> bytes:
    """Names and content of all that the server's processes left in their folder for temporary files."""
    files = [path for path in stage.temporary.rglob("*") if path.is_file()]
    return b"\n".join(str(path).encode() + b"=" + path.read_bytes() for path in files)


def all_places(stage: Stage) -> dict[str, bytes]:
    """Everything that outlives a visit, by name. Letters that wait or have gone are rows, and so in the dump."""
    return {
        "dump": dump(),
        "write-ahead log": write_ahead_log(),
        "database log": database_log(),
        "Redis": redis_content(),
        "web log": stage.server.log.read_bytes(),
        "temporary files": temporary_files(stage),
    }
