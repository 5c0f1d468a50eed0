"""One POST to an address that somebody else entered: over TLS, to the public internet alone, and over within seconds.

Whoever may enter an address could have the portal call its own database, or a cloud's metadata (CWE-918, server-side request
forgery). So the name is resolved here, every address that it has must be public, and the connection goes to one of exactly those: a
name that resolves otherwise the next time (DNS rebinding) gains nothing. Redirects are not followed, and proxies of the environment
not used.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

PORTS: Final = frozenset({443, 8443})
SECONDS: Final = 10.0  # for all of it, from the name to the answer
MOST_READ: Final = 64 * 1024  # bytes of the answer, its headers included; none of them is kept
LONGEST_URL: Final = 500

TAKEN: Final = "taken"
REFUSED: Final = "refused"
REDIRECTED: Final = "redirected"
GONE: Final = "gone"
UNFIT: Final = "unfit"
UNKNOWN_NAME: Final = "unknown-name"
NOT_PUBLIC: Final = "not-public"
UNREACHABLE: Final = "unreachable"
CERTIFICATE: Final = "certificate"
NO_TLS: Final = "no-tls"
NO_HTTP: Final = "no-http"
TIMEOUT: Final = "timeout"

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# RFC 3986 lets these stand in an address; no blank, control character, backslash or letter beyond ASCII is among them.
CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
# A name of letters, digits and hyphens (RFC 1123) with a dot in it. Its last label holds a letter, so that no way of writing an IP
# address as a number, such as 0x7f.1 or 2130706433, is taken for a name.
NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are the IPv4 address to which it leads
GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that is handed out of IPv6 (RFC 4291, section 2.4)


class UnfitAddress(Exception):
    """No webhook can have this address; the message says what to mend."""


class _NotPublic(Exception):
    pass


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    path: str  # with its query


@dataclass(frozen=True)
class Outcome:
    """What became of a POST: one of the words above, and the status if there was an answer."""

    word: str
    status: int | None = None


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a name, those first that this machine would try first; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Way:
    """How a POST leaves. The portal uses it as it stands; tests, whose receivers are on this machine, open a way of their own."""

    resolve: Callable[[str, int], list[str]] = resolved
    ports: frozenset[int] = PORTS
    open_networks: tuple[Network, ...] = ()  # to be reached although they are not public: none
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: float = SECONDS


def target(url: str, *, ports: frozenset[int] = PORTS) -> Target:
    """Return where an address leads; raises UnfitAddress for one that is no plain https address of a host with a name."""
    if len(url) > LONGEST_URL:
        raise UnfitAddress(_("The address is too long: %(most)d characters at most.") % {"most": LONGEST_URL})
    if not CHARACTERS.fullmatch(url):
        raise UnfitAddress(
            _("Enter the address in plain letters, digits and signs, without blanks; a name with other letters as xn--….")
        )
    try:
        parts = urlsplit(url)
        port = 443 if parts.port is None else parts.port
    except ValueError as error:
        raise UnfitAddress(_("This is no address: it should look like https://hooks.example.org/advisories.")) from error
    if parts.scheme != "https":
        raise UnfitAddress(_("The address must begin with https://, so that nobody on the way can read along."))
    if "@" in parts.netloc:
        raise UnfitAddress(_("Take the user name and the password out of the address: the signature says who sends."))
    if parts.fragment or "#" in url:
        raise UnfitAddress(_("Take out the # and what follows it: no server ever sees that."))
    return Target(_name(parts.netloc.lower(), parts.port), _open(port, ports), _path(parts.path, parts.query))


def _name(netloc: str, port: int | None) -> str:
    name = netloc.removesuffix("" if port is None else f":{port}")
    if _is_ip(name.strip("[]")):
        raise UnfitAddress(_("Enter the name of the server, not its IP address: its certificate is for the name."))
    if len(name) > 253 or not NAME.fullmatch(name):
        raise UnfitAddress(_("“%(name)s” is no full name of a server, such as hooks.example.org.") % {"name": name[:80]})
    return name


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _open(port: int, ports: frozenset[int]) -> int:
    if port not in ports:
        raise UnfitAddress(_("Only the ports 443 and 8443 are open for webhooks."))
    return port


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, and so is the IPv4 address that stands in it, if one does."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    inner = address.ipv4_mapped or address.sixtofour
    if address in NAT64:
        inner = IPv4Address(address.packed[-4:])
    if inner is not None:
        return is_public(inner)
    return address in GLOBAL_UNICAST and address.is_global


def post(url: str, *, body: bytes, headers: Mapping[str, str], way: Way | None = None) -> Outcome:
    """Send `body` and say what came back. Never raises for what the address, its server or the network does."""
    way = way or Way()
    ends = time.monotonic() + way.seconds
    try:
        aim = target(url, ports=way.ports)
        addresses = _checked(_in_time(lambda: way.resolve(aim.host, aim.port), ends), way)
        return _answered(_status(aim, addresses, body, headers, way, ends))
    except UnfitAddress:
        return Outcome(UNFIT)
    except _NotPublic:
        return Outcome(NOT_PUBLIC)
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(TIMEOUT if time.monotonic() >= ends else _word(error))


def _word(error: Exception) -> str:
    kinds: list[tuple[type[Exception], str]] = [
        (TimeoutError, TIMEOUT),
        (ssl.SSLCertVerificationError, CERTIFICATE),
        (ssl.SSLError, NO_TLS),
        (socket.gaierror, UNKNOWN_NAME),
        (HTTPException, NO_HTTP),
    ]
    return next((word for kind, word in kinds if isinstance(error, kind)), UNREACHABLE)


def _answered(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(TAKEN, status)
    if 300 <= status < 400:
        return Outcome(REDIRECTED, status)
    return Outcome(GONE if status == 410 else REFUSED, status)


def _checked(found: list[str], way: Way) -> list[str]:
    """All of them, if every one may be connected to: a name of which one address is inside is nobody's honest name."""
    addresses = [ip_address(each) for each in found]
    if not addresses or not all(is_public(each) or any(each in network for network in way.open_networks) for each in addresses):
        raise _NotPublic
    return found


def _in_time(function: Callable[[], list[str]], ends: float) -> list[str]:
    """Call what can't be told to hurry, such as the resolver, and don't wait for it beyond `ends`."""
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def call() -> None:
        try:
            answers.put(function())
        except (OSError, ValueError) as error:
            answers.put(error)

    Thread(target=call, daemon=True).start()
    try:
        answer = answers.get(timeout=_left(ends))
    except Empty as error:
        raise TimeoutError from error
    if isinstance(answer, Exception):
        raise answer
    return answer


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _status(aim: Target, addresses: list[str], body: bytes, headers: Mapping[str, str], way: Way, ends: float) -> int:
    connection = _Pinned(aim.host, aim.port, context=way.trust(), addresses=addresses, ends=ends)
    try:
        connection.connect()
        with _cut_off(connection.sock, ends):
            connection.request("POST", aim.path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            with suppress(OSError, HTTPException, ValueError):  # the status is the answer, whatever becomes of the rest
                answer.read(MOST_READ)
            return answer.status
    finally:
        connection.close()


class _Capped(RawIOBase):
    """The first MOST_READ bytes of an answer, and then its end."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw, self._left = raw, MOST_READ

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._raw.readinto(memoryview(buffer)[: self._left]) if self._left else 0
        self._left -= read or 0
        return read or 0

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = BufferedReader(_Capped(self.fp.detach()))


class _Pinned(HTTPSConnection):
    """A connection to addresses that have been checked, with the certificate checked for the name."""

    response_class = _Answer

    def __init__(self, host: str, port: int, *, context: ssl.SSLContext, addresses: list[str], ends: float) -> None:
        super().__init__(host, port, context=context)
        self._trust, self._addresses, self._ends = context, addresses, ends

    def connect(self) -> None:
        plain = self._connected()
        try:
            plain.settimeout(_left(self._ends))
            self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)
        except (OSError, ValueError):
            plain.close()
            raise

    def _connected(self) -> socket.socket:
        """The first that can be reached, such as by IPv4 from where there is no way out by IPv6."""
        failed: OSError = ConnectionError()
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), timeout=_left(self._ends))
            except OSError as error:
                failed = error
        raise failed


@contextmanager
def _cut_off(sock: socket.socket, ends: float) -> Iterator[None]:
    """End the connection at `ends`: a timeout of the socket's own begins anew with each byte that drips in."""
    watch = Timer(_left(ends), _shut, [sock])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the plain one's: TLS's own would pull its state from under the reader
