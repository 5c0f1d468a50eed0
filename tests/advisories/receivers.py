"""A receiver of webhooks on this machine: HTTPS with a certificate of its own; it keeps what comes and answers as a test says."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from organisations.outbound import Reach
from tests.feed_server import LOOPBACK, certificate_for

NAME = "hooks.firm.example"


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    port: int
    certificate: Path
    got: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # one for each request, then 204
    location: str = ""
    pause: float = 0
    raw: bytes | None = None  # sent in place of an answer
    meanwhile: Callable[[], object] | None = None  # done before it answers

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}/in?from=portal"

    @property
    def reach(self) -> Reach:
        """As the portal reaches out, with one name that leads here."""
        return Reach(
            ports={self.port},
            allows=lambda address: address.is_loopback,
            resolve=lambda _host, _port: [LOOPBACK],
            certificates=str(self.certificate),
        )


@contextmanager
def receiving(folder: Path, name: str = NAME) -> Iterator[Receiver]:
    certificate = certificate_for(name, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]  who hangs up is what some tests are about
    receiver = Receiver(server.server_port, certificate)
    server.receiver = receiver  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.got.append(Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if receiver.meanwhile:
            receiver.meanwhile()
        if receiver.raw is not None:
            self._drip(receiver.raw, receiver.pause)
            return
        time.sleep(receiver.pause)
        self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
        if receiver.location:
            self.send_header("Location", receiver.location)
        self.end_headers()

    def _drip(self, raw: bytes, pause: float) -> None:
        """The bytes at once, or one by one with a pause after each."""
        if not pause:
            self.wfile.write(raw)
            return
        for byte in raw:
            self.wfile.write(bytes([byte]))
            time.sleep(pause)

    def log_message(self, *_args: object) -> None:
        pass
