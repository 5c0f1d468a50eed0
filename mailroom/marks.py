"""The address to which a copy comes back: it names the envelope, and nobody but the portal can make one.

So a report is told apart without reading a word of it (a variable envelope return path). The name alone would not do: it stands in
the Message-ID, which every forward and reply shows, and whoever knew it could report that somebody's mailbox is gone.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from uuid import UUID

NAME_BYTES, SEAL_BYTES = 16, 9
# Base32, because some mail servers lower the case of what stands before the @; 25 bytes fill it without a rest.
CHARACTERS = 40
MOST_BEFORE_AT = 64  # RFC 5321, section 4.5.3.1.1
LONGEST_MAILBOX = MOST_BEFORE_AT - CHARACTERS - 1
MAILBOX = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_MAILBOX}}}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
IN_ADDRESS = re.compile(rf"\+([a-z2-7]{{{CHARACTERS}}})@", re.IGNORECASE | re.ASCII)


def is_mailbox(address: str) -> bool:
    """Whether a mark fits into the address, in the plain form that any mail server takes."""
    return bool(MAILBOX.fullmatch(address))


def address(envelope: UUID, *, mailbox: str, key: bytes) -> str:
    """Return `mailbox`, such as bounces@example.org, with the envelope's mark in it."""
    local, _at, domain = mailbox.rpartition("@")
    mark = base64.b32encode(envelope.bytes + _seal(envelope.bytes, key)).decode().lower()
    return f"{local}+{mark}@{domain}"


def found_in(text: str) -> list[str]:
    """Return what looks like a mark in each address of `text`; nothing is said yet of who made it."""
    return IN_ADDRESS.findall(text)


def opened(mark: str, *, key: bytes) -> UUID | None:
    """Return the envelope of a mark that was made with `key`, in whatever case it comes back; None for any other."""
    try:
        content = base64.b32decode(mark.upper())
    except (binascii.Error, ValueError):
        return None
    name, seal = content[:NAME_BYTES], content[NAME_BYTES:]
    if len(content) != NAME_BYTES + SEAL_BYTES or not hmac.compare_digest(seal, _seal(name, key)):
        return None
    return UUID(bytes=name)


def _seal(name: bytes, key: bytes) -> bytes:
    return hmac.digest(key, name, "sha256")[:SEAL_BYTES]
