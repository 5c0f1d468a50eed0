"""What a webhook's address must look like, and one POST to it: how it reaches the public internet alone is `outbound`'s matter."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from organisations.outbound import LONGEST_URL, PORTS, PUBLIC, Kind, Limits, Reach, UnableToReach, request

# For all of it, from the name to the answer; with its headers, 64 KB of the answer are read, and none of them kept.
LIMITS: Final = Limits(silence=10, longest=10, largest=48 * 1024)

TAKEN: Final = "taken"
REFUSED: Final = "refused"
REDIRECTED: Final = Kind.REDIRECTED.value
GONE: Final = "gone"
UNFIT: Final = Kind.UNFIT.value
UNKNOWN_NAME: Final = Kind.UNKNOWN_NAME.value
NOT_PUBLIC: Final = Kind.NOT_PUBLIC.value
UNREACHABLE: Final = Kind.UNREACHABLE.value
CERTIFICATE: Final = Kind.CERTIFICATE.value
NO_TLS: Final = Kind.NO_TLS.value
NO_HTTP: Final = Kind.NO_HTTP.value
TIMEOUT: Final = Kind.TIMEOUT.value

# RFC 3986 lets these stand in an address; no blank, control character, backslash or letter beyond ASCII is among them.
CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
# A name of letters, digits and hyphens (RFC 1123) with a dot in it. Its last label holds a letter, so that no way of writing an IP
# address as a number, such as 0x7f.1 or 2130706433, is taken for a name.
NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")


class UnfitAddress(Exception):
    """No webhook can have this address; the message says what to mend."""


@dataclass(frozen=True)
class Outcome:
    """What became of a POST: one of the words above, and the status if there was an answer."""

    word: str
    status: int | None = None


def target(url: str, *, ports: Container[int | None] = PORTS) -> str:
    """Return the address of a webhook; raises UnfitAddress for one that is no plain https address of a host with a name."""
    if len(url) > LONGEST_URL:
        raise UnfitAddress(_("The address is too long: %(most)d characters at most.") % {"most": LONGEST_URL})
    if not CHARACTERS.fullmatch(url):
        raise UnfitAddress(
            _("Enter the address in plain letters, digits and signs, without blanks; a name with other letters as xn--….")
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnfitAddress(_("This is no address: it should look like https://hooks.example.org/advisories.")) from error
    if parts.scheme != "https":
        raise UnfitAddress(_("The address must begin with https://, so that nobody on the way can read along."))
    if "@" in parts.netloc:
        raise UnfitAddress(_("Take the user name and the password out of the address: the signature says who sends."))
    if "#" in url:
        raise UnfitAddress(_("Take out the # and what follows it: no server ever sees that."))
    _refuse_name(parts.netloc.lower().removesuffix("" if port is None else f":{port}"))
    if port not in ports:
        raise UnfitAddress(_("Only the ports 443 and 8443 are open for webhooks."))
    return url


def _refuse_name(name: str) -> None:
    if _is_ip(name.strip("[]")):
        raise UnfitAddress(_("Enter the name of the server, not its IP address: its certificate is for the name."))
    if len(name) > 253 or not NAME.fullmatch(name):
        raise UnfitAddress(_("“%(name)s” is no full name of a server, such as hooks.example.org.") % {"name": name[:80]})


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def post(url: str, *, body: bytes, headers: Mapping[str, str], reach: Reach = PUBLIC, limits: Limits = LIMITS) -> Outcome:
    """Send `body` and say what came back. Never raises for what the address, its server or the network does."""
    try:
        url = target(url, ports=reach.ports)
        return _answered(request("POST", url, headers=headers, body=body, limits=limits, reach=reach).status)
    except UnfitAddress:
        return Outcome(UNFIT)
    except UnableToReach as error:  # once there is a status, it is the answer, whatever becomes of the rest
        return _answered(error.status) if error.status else Outcome(error.kind.value)


def _answered(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(TAKEN, status)
    if 300 <= status < 400:
        return Outcome(REDIRECTED, status)
    return Outcome(GONE if status == 410 else REFUSED, status)
