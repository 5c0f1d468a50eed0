"""Names of files that are safe to show, to write into a header and to save under."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from inquiries.cleaning.kinds import Kind

LONGEST: Final = 100
_FORBIDDEN: Final = re.compile(r'[<>:"|?*;%]')
_SUFFIX: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
_ALSO: Final = {Kind.JPEG: (".jpg", ".jpeg"), Kind.TXT: (".txt",)}


def safe(name: str, kind: Kind) -> str:
    """Return `name` without folders, control and direction characters, of at most 100 characters, with the suffix of `kind`."""
    base = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    base = "".join(character for character in base if unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029")
    base = " ".join(_FORBIDDEN.sub("_", base).split()).rstrip(". ")
    found = _SUFFIX.search(base)
    suffix = found[0].lower() if found else ""
    stem = base.removesuffix(found[0]) if found else base
    if suffix not in _ALSO.get(kind, (kind.suffix,)):
        suffix = kind.suffix
    return (stem[: LONGEST - len(suffix)].strip(". ") or "file") + suffix
