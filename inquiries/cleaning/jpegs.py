"""The parts of a JPEG file, without decoding the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inquiries.cleaning.refusals import Refused

_START_OF_SCAN: Final = 0xDA
_ALONE: Final = {0x01, *range(0xD0, 0xD8)}  # markers without a length
# Kept: tables and frames, and Adobe's APP14, which says how colours are coded. JFIF's APP0 can hold a preview.
_APPLICATION: Final = range(0xE0, 0xF0)
COMMENT: Final = 0xFE
_ADOBE: Final = 0xEE
EXIF_OR_XMP: Final = 0xE1


def segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and payload of each part up to the first scan, whose payload is all the rest. Raises Refused."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            break
        marker = content[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _START_OF_SCAN:
            yield marker, content[at + 2 :]
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            break
        yield marker, content[at + 4 : at + 2 + length]
        at += 2 + length
    raise Refused("damaged")


def stripped(content: bytes) -> bytes:
    """Return a JPEG file without application parts and comments, picture untouched. What follows its end is gone.

    For pictures inside other files, where coding them anew would cost quality for nothing. Raises Refused.
    """
    if not content.startswith(b"\xff\xd8"):
        raise Refused("damaged")
    parts = [b"\xff\xd8"]
    for marker, payload in segments(content):
        if marker == _START_OF_SCAN:
            parts.append(b"\xff\xda" + _picture(payload))
        elif marker == _ADOBE and payload.startswith(b"Adobe"):
            parts.append(_segment(marker, payload[:12]))
        elif marker not in _APPLICATION and marker != COMMENT:
            parts.append(_segment(marker, payload))
    return b"".join(parts)


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _picture(rest: bytes) -> bytes:
    """Return scans up to the end of the picture, without comments and application parts between the scans."""
    parts: list[bytes] = []
    start = at = 0
    while (at := rest.find(b"\xff", at)) >= 0 and at + 1 < len(rest):
        marker = rest[at + 1]
        if marker == 0xD9:
            return b"".join([*parts, rest[start : at + 2]])
        if marker == COMMENT or marker in _APPLICATION:
            parts.append(rest[start:at])
            at = start = at + 2 + int.from_bytes(rest[at + 2 : at + 4], "big")
        else:
            at += 1 if marker == 0xFF else 2
    return b"".join([*parts, rest[start:], b"\xff\xd9"])
