"""Requests that the portal makes of addresses which a person has typed in: they reach the public internet and nothing else.

Whoever can have a server fetch an address can have it fetch what only the server can reach: other machines of its network, the
cloud's own pages (CWE-918, server-side request forgery). So a name is resolved once, every address that it has must be one that
anybody can reach, and the connection goes to the address that was looked at: a name that points elsewhere a moment later (DNS
rebinding) changes nothing. The certificate must be of the name. No proxy and no password of the machine's environment is used.

It is the standard library's client with its `connect` replaced: `requests` has no limit for the whole of a request or for the
headers of an answer, and doesn't say whether something was sent before a connection broke.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from gzip import GzipFile
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, IncompleteRead
from io import BufferedReader, RawIOBase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread, Timer
from typing import Any, Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[Address]]

LARGEST_REPLY: Final = 2 * 1024 * 1024
LARGEST_HEAD: Final = 16 * 1024  # of an answer: what comes before its body
PORTS: Final = (None, 443, 8443)  # where websites are; the others are other services
MOST_ADDRESSES: Final = 3  # tried, of a name that has many
LONGEST_URL: Final = 500
AGENT: Final = "focal-point-portal/1"
AS_IT_STANDS: Final = "!$%&'()*+,/:;=?@[]~"  # in the path and the query of an address, beside letters, digits, - . and _
# What the standard library calls global, in one of its versions or in all, and is not (IANA, special-purpose address registries).
SPECIAL: Final = tuple(ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "2001::/32", "2001:db8::/32", "3fff::/20"))
GLOBAL_UNICAST: Final = ip_network("2000::/3")  # all that is given out (RFC 4291, section 2.4)
NAT64: Final = ip_network("64:ff9b::/96")


class Kind(StrEnum):
    """What kept a request from its answer, for programs. Deliveries of webhooks are stored with these words."""

    UNFIT = "unfit"  # the address itself
    UNKNOWN_NAME = "unknown-name"
    NOT_PUBLIC = "not-public"
    UNREACHABLE = "unreachable"  # or it closed the connection
    CERTIFICATE = "certificate"
    NO_TLS = "no-tls"
    NO_HTTP = "no-http"  # or an answer too large, or not whole
    TIMEOUT = "timeout"
    REDIRECTED = "redirected"  # to somewhere else, or without end


class UnableToReach(Exception):
    """Why there is no answer, in a sentence for whoever typed the address in."""

    def __init__(self, sentence: str, kind: Kind = Kind.UNFIT, status: int | None = None) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.status = status  # where an answer began, and its body is what is wrong


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: whatever the status is, for the caller to judge. Of `content`, what the limit lets through or an error."""

    status: int
    headers: HTTPMessage  # by name, however that is written
    content: bytes
    url: str  # after redirects


def is_public(address: Address) -> bool:
    """Whether anybody can reach the address, and nobody's own network is behind it (RFC 6890)."""
    if isinstance(address, IPv6Address):
        if inside := _inside(address):
            return is_public(inside)
        if address not in GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in each for each in SPECIAL)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The older address to which this one leads: written as ::ffff:a.b.c.d, or by way of 6to4 or NAT64 (RFC 6052)."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a host, those first that this machine would try first; raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(each[4][0].partition("%")[0]) for each in found if isinstance(each[4][0], str)]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a request may go. Everybody but a test uses PUBLIC."""

    schemes: frozenset[str] = frozenset({"https"})
    ports: Container[int | None] = PORTS
    allows: Callable[[Address], bool] = is_public
    resolve: Resolver = resolve
    certificates: str | None = None  # a file of those that are trusted; None: those that the machine trusts


PUBLIC: Final = Reach()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an exchange may be, and how many redirects within the same host are followed."""

    silence: float = 10.0  # seconds without a byte
    longest: float = 30.0  # seconds in all, from the name to the end of the answer, redirects included
    largest: int = LARGEST_REPLY  # bytes, also after unpacking
    redirects: int = 0


ORDINARY: Final = Limits()


def checked(url: str, *, reach: Reach = PUBLIC) -> SplitResult:
    """Take the address of a request apart; raises UnableToReach where it is none, or none that may be typed in here."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UnableToReach(_("This is no web address.")) from None
    if not host or len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise UnableToReach(_("This is no web address."))
    if parts.scheme not in reach.schemes:
        raise UnableToReach(_("The address must begin with https://."))
    if parts.username is not None or parts.password is not None:
        raise UnableToReach(_("The address must hold no name and no password."))
    if port not in reach.ports:
        raise UnableToReach(_("Only the ports 443 and 8443 can be asked."))
    return parts


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limits: Limits = ORDINARY,
    reach: Reach = PUBLIC,
) -> Reply:
    """Make one request of an address that a person typed in, and send it once, whatever becomes of it.

    Redirects are followed as far as `limits` say and within the same scheme, host and port; a GET stays one. Raises UnableToReach
    where the address may not be reached, nobody answers, or the answer is too large or too slow.
    """
    until = time.monotonic() + limits.longest
    here = checked(url, reach=reach)
    for _turn in range(limits.redirects + 1):
        reply = _once(method, url, headers or {}, body, _Bounds(limits, until), reach)
        to = reply.headers.get("location", "")
        if reply.status not in (301, 302, 303, 307, 308) or not to or not limits.redirects:
            return reply
        with suppress(ValueError):  # of what is no address, which is looked at next
            to = urljoin(url, to)
        there, url = checked(to, reach=reach), to
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            away = _("It sends us on to %(host)s. If that is right, enter its new address.") % {"host": there.netloc}
            raise UnableToReach(away, Kind.REDIRECTED)
    raise UnableToReach(_("It sends us on again and again."), Kind.REDIRECTED)


@dataclass(frozen=True, slots=True)
class _Bounds:
    limits: Limits
    until: float

    def left(self) -> float:
        """The seconds that are left; raises TimeoutError where none are."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _TooLarge(HTTPException):
    pass


def _once(method: str, url: str, headers: Mapping[str, str], body: bytes | None, bounds: _Bounds, reach: Reach) -> Reply:
    parts = checked(url, reach=reach)
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=AS_IT_STANDS)
    own = {"User-Agent": AGENT, "Accept-Encoding": "gzip", "Connection": "close"}
    status = None
    connection = _Pinned(parts, bounds, reach)
    try:
        connection.connect()
        with _cut_off(connection.sock, bounds):
            connection.request(method, path, body=body, headers=own | dict(headers))
            with connection.getresponse() as answer:
                bounds.left()  # an answer that was cut off within its headers looks as if it were complete
                status = answer.status
                content = _content(answer, bounds.limits.largest)
                bounds.left()  # so does one within a body of no declared length
                return Reply(status, answer.headers, content, parts.geturl())
    except (OSError, HTTPException, ValueError) as error:
        raise _why(error, bounds, status) from error
    finally:
        connection.close()


def _why(error: Exception, bounds: _Bounds, status: int | None) -> UnableToReach:
    if status and time.monotonic() >= bounds.until:
        return UnableToReach(_("Its answer took too long to arrive."), Kind.TIMEOUT, status)
    if isinstance(error, TimeoutError) or time.monotonic() >= bounds.until:
        return UnableToReach(_("It did not answer in time."), Kind.TIMEOUT, status)
    if isinstance(error, _TooLarge):
        megabytes = bounds.limits.largest / 1024 / 1024
        return UnableToReach(_("What it answered is larger than %(size)g MB.") % {"size": megabytes}, Kind.NO_HTTP, status)
    if isinstance(error, ssl.SSLCertVerificationError):
        return UnableToReach(_("Its certificate is not in order."), Kind.CERTIFICATE)
    if isinstance(error, ssl.SSLError):
        return UnableToReach(_("It speaks no TLS that is safe."), Kind.NO_TLS)
    if isinstance(error, OSError):
        return UnableToReach(_("Nobody answers there."), Kind.UNREACHABLE)
    return UnableToReach(_("What it answered could not be read."), Kind.NO_HTTP, status)


def _content(answer: HTTPResponse, largest: int) -> bytes:
    """The body, unpacked no further than the limit: a small packet may unpack to gigabytes."""
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise HTTPException(coding)
    try:
        content = (GzipFile(fileobj=answer) if coding.endswith("gzip") else answer).read(largest + 1)
    except TimeoutError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        raise HTTPException("it broke off, or is not packed as it says") from error
    if len(content) > largest:
        raise _TooLarge
    if answer.length:
        raise IncompleteRead(content, answer.length)
    return content


def _addresses(host: str, port: int, bounds: _Bounds, reach: Reach) -> list[Address]:
    """The addresses behind a name. One that may not be reached closes all of them: whoever mixes them is up to something."""
    try:
        found = list(dict.fromkeys(_in_time(lambda: reach.resolve(host, port), bounds.left())))
    except TimeoutError:
        raise
    except (OSError, ValueError):
        raise UnableToReach(_("There is no %(host)s.") % {"host": host}, Kind.UNKNOWN_NAME) from None
    if not found or not all(reach.allows(each) for each in found):
        raise UnableToReach(_("%(host)s is not on the public internet.") % {"host": host}, Kind.NOT_PUBLIC)
    return found[:MOST_ADDRESSES]


def _in_time(function: Callable[[], list[Address]], seconds: float) -> list[Address]:
    """Call what can't be told to hurry, such as the resolver, and don't wait for it any longer."""
    answer: Future[list[Address]] = Future()

    def call() -> None:
        try:
            answer.set_result(function())
        except BaseException as error:  # noqa: BLE001  it rises where it is waited for
            answer.set_exception(error)

    Thread(target=call, daemon=True).start()
    return answer.result(timeout=seconds)


class _Pinned(HTTPConnection):
    """A connection to addresses that have been looked at, with the certificate checked for the name."""

    default_port = 443
    auto_open = 0  # who has hung up is not called again, or it might get the same thing twice

    def __init__(self, parts: SplitResult, bounds: _Bounds, reach: Reach) -> None:
        super().__init__(str(parts.hostname), parts.port or 443)
        self._speaks_tls, self._bounds, self._reach = parts.scheme != "http", bounds, reach

    def connect(self) -> None:
        plain = self._connected(_addresses(self.host, self.port, self._bounds, self._reach))
        try:
            plain.settimeout(min(self._bounds.limits.silence, self._bounds.left()))
            self.sock = self._over_tls(plain) if self._speaks_tls else plain
        except BaseException:
            plain.close()
            raise

    def _connected(self, addresses: list[Address]) -> socket.socket:
        """The first that can be reached, such as by IPv4 from where there is no way out by IPv6. Each leaves time for the rest."""
        failed: OSError = ConnectionError()
        for waiting, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            longest = min(self._bounds.limits.silence, self._bounds.left() / waiting)
            try:
                return socket.create_connection((str(address), self.port), timeout=longest)
            except OSError as error:
                failed = error
        raise failed

    def _over_tls(self, plain: socket.socket) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self._reach.certificates)
        return context.wrap_socket(plain, server_hostname=self.host)

    def response_class(self, sock: Any, **kwargs: Any) -> HTTPResponse:  # type: ignore[override]  # its answers are made here
        answer = HTTPResponse(sock, **kwargs)
        raw: Any = answer.fp.detach()
        answer.fp = BufferedReader(_Capped(raw, LARGEST_HEAD + self._bounds.limits.largest))
        return answer


class _Capped(RawIOBase):
    """An answer, headers and all, that may be no longer: headers, or answers before the answer, can go on for ever."""

    def __init__(self, raw: RawIOBase, most: int) -> None:
        self._raw, self._left = raw, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise _TooLarge
        read = self._raw.readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= read
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


@contextmanager
def _cut_off(sock: socket.socket, bounds: _Bounds) -> Iterator[None]:
    """End the connection when the time is over: a timeout of the socket's own begins anew with each byte that trickles in."""
    watch = Timer(bounds.left(), _hang_up, [sock])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):
        # The plain socket's own: that of TLS would pull its state from under who reads.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
