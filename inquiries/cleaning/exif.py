"""What EXIF (CIPA DC-008) tells."""

from __future__ import annotations

from typing import Any, Final

# Pillow would load its TIFF plugin, which reads EXIF, once it meets some, when nothing can be opened any more.
from PIL import ExifTags, Image, TiffImagePlugin  # noqa: F401

from inquiries.cleaning import jpegs, xmp
from inquiries.cleaning.findings import Findings

_FIRST: Final = {
    0x010F: ("camera", ""),
    0x0110: ("camera", ""),
    0x0131: ("software", ""),
    0x013C: ("other", ""),  # the computer's name
    0x013B: ("author", ""),
    0x8298: ("author", ""),
    0x0132: ("dates", ""),
    0x010E: ("title", ""),
    0x9C9B: ("title", ""),
    0x9C9C: ("comments", ""),
    0x9C9D: ("author", ""),
    0x9C9E: ("title", ""),
    0x9C9F: ("title", ""),
}
_SECOND: Final = {
    0x9003: ("dates", ""),
    0x9004: ("dates", ""),
    0x9286: ("comments", ""),
    0xA430: ("author", ""),
    0xA431: ("camera", "serial"),
    0xA433: ("camera", ""),
    0xA434: ("camera", ""),
    0xA435: ("camera", "serial"),
    0xA420: ("other", ""),
    0x927C: ("camera", "maker-note"),
}
_WINDOWS_TEXT: Final = range(0x9C9B, 0x9CA0)  # UTF-16 in bytes
_USER_COMMENT: Final = 0x9286  # eight bytes that name its coding, then the text
_MAKER_NOTE: Final = 0x927C
_PREVIEW: Final = 0x0201
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"


def tell_jpeg(content: bytes, found: Findings) -> None:
    """Note what a JPEG file inside another file says, without decoding its picture. Raises Refused."""
    for marker, payload in jpegs.segments(content):
        if marker == jpegs.EXIF_OR_XMP and payload.startswith(b"Exif\0"):
            exif = Image.Exif()
            exif.load(payload)
            tell(exif, found)
        elif marker == jpegs.EXIF_OR_XMP and payload.startswith(_XMP):
            xmp.tell(payload.removeprefix(_XMP), found)
        elif marker == jpegs.COMMENT:
            found.add("comments", payload.decode("latin-1"))


def tell(exif: Image.Exif, found: Findings) -> None:
    """Note what a picture's EXIF says. What can't be read of it is noted as being there."""
    try:
        for directory, tags in ((exif, _FIRST), (exif.get_ifd(ExifTags.IFD.Exif), _SECOND)):
            for tag, (kind, phrase) in tags.items():
                if directory.get(tag):
                    found.add(kind, _text(tag, directory[tag]), phrase)
        _tell_place(exif.get_ifd(ExifTags.IFD.GPSInfo), found)
        if _PREVIEW in exif.get_ifd(ExifTags.IFD.IFD1):
            found.add("embedded", phrase="thumbnail")
    except (ValueError, TypeError, KeyError, IndexError, SyntaxError, OSError, ArithmeticError):
        found.add("other", "EXIF")
    if exif and not found.found:
        found.add("other", "EXIF")


def _text(tag: int, value: Any) -> str:
    if tag == _MAKER_NOTE:
        return ""
    if isinstance(value, bytes):
        if tag in _WINDOWS_TEXT:
            return value.decode("utf-16-le", "replace").rstrip("\0")
        return _comment(value) if tag == _USER_COMMENT else value.decode("latin-1").rstrip("\0")
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _comment(value: bytes) -> str:
    coding = "utf-16" if value.startswith(b"UNICODE\0") else "latin-1"
    return value[8:].decode(coding, "replace").strip("\0 ")


def _tell_place(gps: dict[int, Any], found: Findings) -> None:
    if not gps:
        return
    place = [_degrees(gps[tag], gps.get(tag - 1)) for tag in (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLongitude) if gps.get(tag)]
    found.add("gps", ", ".join(place) or "GPS")
    found.add("dates", gps.get(ExifTags.GPS.GPSDateStamp) or "")


def _degrees(parts: Any, side: Any) -> str:
    """Return degrees, minutes and seconds as degrees to five places, which is a metre: “58.37812° N”."""
    degrees, minutes, seconds = (float(part) for part in (*parts, 0, 0)[:3])
    return f"{degrees + minutes / 60 + seconds / 3600:.5f}° {side or ''}".strip()
