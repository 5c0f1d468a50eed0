"""A receiver of webhooks on this machine: HTTPS with a certificate of its own; it keeps what comes and answers as a test says."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from advisories.transport import Way

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

    def way(self, seconds: float = 5) -> Way:
        """What a test opens: this machine, this port, this certificate, and a name that leads here."""
        return Way(
            resolve=lambda _host, _port: ["127.0.0.1"],
            ports=frozenset({self.port}),
            open_networks=(ip_network("127.0.0.0/8"),),
            trust=lambda: ssl.create_default_context(cafile=str(self.certificate)),
            seconds=seconds,
        )


@contextmanager
def receiving(folder: Path, name: str = NAME) -> Iterator[Receiver]:
    certificate, key = _certificate(folder, name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
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


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files
