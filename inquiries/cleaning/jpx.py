"""JPEG 2000 pictures inside PDF documents."""

from __future__ import annotations

from typing import Final

from inquiries.cleaning.refusals import Refused

_SIGNATURE: Final = b"\0\0\0\x0cjP  "
_CODESTREAM: Final = b"\xff\x4f\xff\x51"
# What a picture needs (ISO 15444-1): signature, file type, header, codestream. Others hold XML, addresses, anything.
_KEPT: Final = {b"jP  ", b"ftyp", b"jp2h", b"jp2c"}


def stripped(content: bytes) -> bytes:
    """Return a JPEG 2000 file with nothing but its picture; a bare codestream stays as it is. Raises Refused."""
    if content.startswith(_CODESTREAM):
        return content
    if not content.startswith(_SIGNATURE):
        raise Refused("damaged")
    parts, at = [], 0
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(content[at + 8 : at + 16], "big")
        length = length or len(content) - at
        if length < 8:
            raise Refused("damaged")
        if content[at + 4 : at + 8] in _KEPT:
            parts.append(content[at : at + length])
        at += length
    return b"".join(parts)
