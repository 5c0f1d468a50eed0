"""Requests that the portal makes of addresses which a person has typed in: they reach the public internet and nothing else.

Whoever can have a server fetch an address can have it fetch what only the server can reach: other machines of its network, the
cloud's own pages (server-side request forgery, OWASP). So a name is resolved once, every address that it has must be one that
anybody can reach, and the connection goes to the address that was looked at: a name that points elsewhere a moment later changes
nothing. The certificate must be of the name. No proxy and no password of the machine's environment is used.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[Address]]

LARGEST_REPLY: Final = 2 * 1024 * 1024
PIECE: Final = 64 * 1024
PORTS: Final = (None, 443, 8443)  # where websites are; the others are other services
MOST_ADDRESSES: Final = 3  # tried, of a name that has many
LONGEST_URL: Final = 500
AGENT: Final = "focal-point-portal/1"
# What the standard library calls global, in one of its versions or in all, and is not (IANA, special-purpose address registries).
SPECIAL: Final = tuple(ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "2001:db8::/32", "3fff::/20"))
GLOBAL_UNICAST: Final = ip_network("2000::/3")  # all that is given out (RFC 4291, section 2.4)
NAT64: Final = ip_network("64:ff9b::/96")


class UnableToReach(Exception):
    """Why there is no answer, in a sentence for whoever typed the address in."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: whatever the status is, for the caller to judge. Of `content`, what the limit lets through or an error."""

    status: int
    headers: Mapping[str, str]  # by name, however that is written
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
    """The older address to which this one leads: written as ::ffff:a.b.c.d, or by way of 6to4, Teredo or NAT64 (RFC 6052)."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a host; raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(each[4][0].partition("%")[0]) for each in found if isinstance(each[4][0], str)]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a request may go. Everybody but a test uses PUBLIC."""

    schemes: frozenset[str] = frozenset({"https"})
    ports: Container[int | None] = PORTS
    allows: Callable[[Address], bool] = is_public
    resolve: Resolver = resolve
    certificates: str | bool = True  # a file of those that are trusted; True: the usual ones


PUBLIC: Final = Reach()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an exchange may be, and how many redirects within the same host are followed."""

    silence: float = 10.0  # seconds without a byte
    longest: float = 30.0  # seconds in all, redirects included
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
    if not host or len(url) > LONGEST_URL or not url.isascii() or any(each.isspace() for each in url):
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
    """Make one request of an address that a person typed in.

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
        url = urljoin(url, to)
        there = checked(url, reach=reach)
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise UnableToReach(_("It sends us on to %(host)s. If that is right, enter its new address.") % {"host": there.netloc})
    raise UnableToReach(_("It sends us on again and again."))


@dataclass(frozen=True, slots=True)
class _Bounds:
    limits: Limits
    until: float


def _once(method: str, url: str, headers: Mapping[str, str], body: bytes | None, bounds: _Bounds, reach: Reach) -> Reply:
    parts = checked(url, reach=reach)
    addresses = _addresses(parts, reach)
    why = ""
    for address in addresses:
        try:
            return _asked(method, parts, address, headers, body, bounds, reach)
        except FAILURES as error:
            why = _("It did not answer in time.") if time.monotonic() >= bounds.until else _why(error)
            if not isinstance(error, requests.ConnectionError):
                break  # somebody has answered; otherwise another address of the name may
    raise UnableToReach(why)


FAILURES = (requests.RequestException, HTTPError, OSError, ValueError)


def _why(error: Exception) -> str:
    if isinstance(error, requests.Timeout | TimeoutError | ReadTimeoutError):
        return _("It did not answer in time.")
    if isinstance(error, requests.exceptions.SSLError):
        return _("Its certificate is not in order.")
    if isinstance(error, requests.ConnectionError):
        return _("Nobody answers there.")
    return _("What it answered could not be read.")


def _addresses(parts: SplitResult, reach: Reach) -> list[Address]:
    """The addresses behind a name. One that may not be reached closes all of them: whoever mixes them is up to something."""
    host = str(parts.hostname)
    try:
        found = list(dict.fromkeys(reach.resolve(host, parts.port or 443)))
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise UnableToReach(_("There is no %(host)s.") % {"host": host})
    if not all(reach.allows(each) for each in found):
        raise UnableToReach(_("%(host)s is not on the public internet.") % {"host": host})
    return found[:MOST_ADDRESSES]


def _asked(
    method: str,
    parts: SplitResult,
    address: Address,
    headers: Mapping[str, str],
    body: bytes | None,
    bounds: _Bounds,
    reach: Reach,
) -> Reply:
    with requests.Session() as session:
        session.trust_env = False  # neither its proxies nor its passwords
        session.mount(f"{parts.scheme}://", _Pinned(address, str(parts.hostname), until=bounds.until))
        sent = session.request(
            method,
            parts.geturl(),
            headers={"User-Agent": AGENT, "Host": parts.netloc, **headers},
            data=body,
            timeout=bounds.limits.silence,
            verify=reach.certificates,
            allow_redirects=False,
            stream=True,
        )
        with sent:
            return Reply(sent.status_code, sent.headers, _content(sent, bounds), parts.geturl())


def _content(response: requests.Response, bounds: _Bounds) -> bytes:
    """The body, unpacked a piece at a time, so that a small packet that unpacks to gigabytes is given up in time."""
    content = bytearray()
    while piece := response.raw.read1(PIECE, decode_content=True):
        content += piece
        if len(content) > bounds.limits.largest:
            megabytes = bounds.limits.largest / 1024 / 1024
            raise UnableToReach(_("What it answered is larger than %(size)g MB.") % {"size": megabytes})
        if time.monotonic() >= bounds.until:
            break
    # Asked once more of an answer that has ended: one that was cut off within its headers looks as if it were complete.
    if time.monotonic() >= bounds.until:
        raise UnableToReach(_("Its answer took too long to arrive."))
    return bytes(content)


class _Pinned(HTTPAdapter):
    """Connects to an address that was looked at, asks for the certificate of the name, and hangs up when the time is over."""

    def __init__(self, address: Address, host: str, *, until: float) -> None:
        super().__init__(max_retries=0)
        self.address = address
        self.host = host
        self.until = until

    # The two hooks that requests offers for choosing where a connection goes and what it is.
    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        where, how = super().build_connection_pool_key_attributes(*args, **kwargs)
        where["host"] = str(self.address)
        if where["scheme"] == "https":
            how |= {"server_hostname": self.host, "assert_hostname": self.host}
        return where, how

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = type("Ending", (_Ending, pool.ConnectionCls), {"until": self.until})
        return pool


class _Ending:
    """A connection that ends at a moment: a timeout of the socket's own begins anew with each byte that trickles in."""

    until: float
    sock: socket.socket | None
    watch: Timer | None = None

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # of the library's connection, to which this is added
        self.watch = Timer(max(self.until - time.monotonic(), 0), self._hang_up, [self.sock])
        self.watch.daemon = True
        self.watch.start()

    def close(self) -> None:
        if self.watch:
            self.watch.cancel()
        super().close()  # type: ignore[misc]

    @staticmethod
    def _hang_up(sock: socket.socket) -> None:
        with suppress(OSError):
            # The plain socket's own: that of TLS would pull its state from under who reads.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
