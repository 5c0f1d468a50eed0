"""Plain text and CSV."""

from __future__ import annotations

import codecs
import re
from typing import Final

from inquiries.cleaning.findings import Copy, Findings
from inquiries.cleaning.kinds import MOST_CHARACTERS
from inquiries.cleaning.refusals import Refused

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# Marks that nobody sees and that can number a copy: of width none, of direction, soft hyphens, tags, variation selectors.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Python reads a coding's table when it is first needed, which is too late once nothing can be opened any more.
for _coding in ("utf-16-le", "utf-16-be", "cp1252", "cp1257"):
    codecs.lookup(_coding)
# Š, Ž, š and ž of Windows-1252, which are nothing or loose accents in Windows-1257. Else the Baltic page goes first: the letters of
# Estonian are the same in both, those of Latvian and Lithuanian only there.
_WESTERN: Final = re.compile(rb"[\x8a\x8e\x9a\x9e]")


def clean(content: bytes, found: Findings) -> Copy:
    """Return the text as UTF-8 without a byte order mark, with plain line ends and without invisible characters."""
    text = _decoded(content)
    text, invisible = _INVISIBLE.subn("", text)
    found.count("hidden", "characters", invisible)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    if _CONTROL.search(text):
        raise Refused("unknown-type")
    if not text.strip():
        raise Refused("empty")
    return Copy(text.encode(), text[:MOST_CHARACTERS])


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    pages = ("cp1252", "cp1257") if _WESTERN.search(content) else ("cp1257", "cp1252")
    return _strictly(content, "utf-8", *pages)


def _strictly(content: bytes, *encodings: str) -> str:
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("unknown-type")
