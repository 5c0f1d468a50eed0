"""A mailbox on an IMAP server that does what the portal asks of one, and dies where a test wants it to."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PASSWORD = "pass word/@"


@dataclass
class Box:
    port: int = 0
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    said: Counter[str] = field(default_factory=Counter)
    # At which so-manieth command of a kind the connection is dropped: "before" it is done, or "after", without an answer.
    dies_at: dict[str, tuple[int, str]] = field(default_factory=dict)
    is_mute: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)  # of a server that lets one in at a time

    def put(self, *contents: bytes) -> None:
        for content in contents:
            self.mails[max(self.mails, default=0) + 1] = content

    @property
    def url(self) -> str:
        return f"imap://bounces:pass%20word%2F%40@127.0.0.1:{self.port}/Returned%20mail"

    @property
    def pop_url(self) -> str:
        return f"pop://bounces:pass%20word%2F%40@127.0.0.1:{self.port}"


class Dropped(Exception):
    pass


class Session(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        box = self.server.box
        if box.is_mute:
            self.rfile.read(1)
            return
        self._say("* OK here")
        try:
            while line := self.rfile.readline().decode():
                tag, _, command = line.rstrip("\r\n").partition(" ")
                self._do(box, tag, command)
        except (Dropped, OSError):
            return

    def _do(self, box: Box, tag: str, command: str) -> None:
        name = command.split(" ")[1 if command.startswith("UID") else 0]
        box.said[name] += 1
        at, when = box.dies_at.get(name, (0, ""))
        if at == box.said[name] and when == "before":
            raise Dropped
        getattr(self, f"_{name.lower()}")(box, command)
        if at == box.said[name]:
            raise Dropped
        self._say(f"{tag} OK done")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _capability(self, _box: Box, _command: str) -> None:
        self._say("* CAPABILITY IMAP4rev1")

    def _login(self, _box: Box, command: str) -> None:
        if command != f'LOGIN bounces "{PASSWORD}"':
            raise Dropped

    def _select(self, box: Box, command: str) -> None:
        if command != 'SELECT "Returned mail"':
            raise Dropped
        self._say(f"* {len(box.mails)} EXISTS")

    def _search(self, box: Box, command: str) -> None:
        assert command == "UID SEARCH UNSEEN UNDELETED", command
        self._say("* SEARCH " + " ".join(str(uid) for uid in sorted(box.mails) if uid not in box.seen | box.deleted))

    def _fetch(self, box: Box, command: str) -> None:
        found = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command)
        assert found, command
        content = box.mails[int(found[1])][: int(found[2])]
        self._say(f"* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(content)}}}")
        self.wfile.write(content)
        self._say(")")

    def _store(self, box: Box, command: str) -> None:
        found = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\(Seen|Deleted)\)", command)
        assert found, command
        (box.seen if found[2] == "Seen" else box.deleted).add(int(found[1]))

    def _expunge(self, box: Box, _command: str) -> None:
        for uid in box.deleted:
            del box.mails[uid]
        box.deleted.clear()

    def _logout(self, _box: Box, _command: str) -> None:
        self._say("* BYE")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    box: Box
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[object, object]:  # type: ignore[override]
        connection, address = super().get_request()
        return (self.tls.wrap_socket(connection, server_side=True) if self.tls else connection), address


@contextmanager
def mailbox(session: type[socketserver.StreamRequestHandler] = Session, *, tls: ssl.SSLContext | None = None) -> Iterator[Box]:
    box = Box()
    with Server(("127.0.0.1", 0), session) as server:
        server.box, server.tls = box, tls
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
