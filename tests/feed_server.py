"""A web server on loopback that answers as a test tells it to, in the clear or with a certificate of its own."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from organisations.outbound import Address, Reach

LOOPBACK = ip_address("127.0.0.1")


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Handler = BaseHTTPRequestHandler
Answer = Callable[[Handler], None]


def says(
    status: int = 200, body: bytes = b"", *, declared: int | None = None, content_type: str = "application/xml", **headers: str
) -> Answer:
    """An answer with a body; `declared`: the length that it claims to have."""

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(body) if declared is None else declared))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class FeedServer:
    port: int = 0
    scheme: str = "http"
    certificate: str | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    over: Event = field(default_factory=Event)  # for an answer that waits until the test has seen enough

    def url(self, path: str = "/feed", *, host: str = "feeds.example") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def reach(self) -> Reach:
        """As the portal reaches out, with one name that leads here."""
        return Reach(
            schemes=frozenset({self.scheme}),
            ports={None, self.port, 9},  # at 9 nobody listens
            allows=lambda address: address == LOOPBACK,
            resolve=lambda _host, _port: [LOOPBACK],
            certificates=self.certificate,
        )

    def resolving(self, *addresses: str) -> Reach:
        """A name with these addresses, and the portal's own rule of which may be reached."""
        found: list[Address] = [ip_address(each) for each in addresses]
        return Reach(schemes=frozenset({self.scheme}), ports={self.port}, resolve=lambda _host, _port: found)


@contextmanager
def serving(*, certificate: Path | None = None) -> Iterator[FeedServer]:
    served = FeedServer()

    class Handles(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            served.asked.append(Asked(self.command, self.path, headers, body))
            served.answers.get(self.path, says(404))(self)

        do_GET = do_POST = _answer  # noqa: N815  the names that the standard library asks for

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """A client that hangs up is what many of these tests are about."""

    server = Quiet(("127.0.0.1", 0), Handles)
    served.port = server.server_address[1]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        served.scheme, served.certificate = "https", str(certificate)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def certificate_for(host: str, folder: Path) -> Path:
    """A file with a certificate of `host` that nobody has signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{host}.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
