"""Pictures inside office files."""

from __future__ import annotations

from typing import Final

from inquiries.cleaning import images
from inquiries.cleaning.findings import Findings
from inquiries.cleaning.refusals import Refused

_FORMATS: Final = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}


def cleaned(content: bytes, name: str, found: Findings) -> bytes | None:
    """Return the picture cleaned, or None for one that can't be: drawings (EMF, WMF, SVG) hold texts and names of programs.

    A broken picture counts among these, so that it does not keep the document from being cleaned. Raises Refused for bombs.
    """
    for start, format_ in _FORMATS.items():
        if content.startswith(start):
            try:
                return images.cleaned(content, found, (format_,))
            except Refused as refused:
                if refused.key != "damaged":
                    raise
    found.add("other", name.rpartition(".")[2].upper()[:8], "picture-kind")
    return None
