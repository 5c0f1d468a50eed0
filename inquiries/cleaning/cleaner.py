"""A file given in, its cleaned copy given back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from django.utils.translation import gettext

from inquiries.cleaning import names, sandbox
from inquiries.cleaning.findings import plain
from inquiries.cleaning.kinds import LONGEST_VALUE, METADATA_WORDS, MOST_BYTES, MOST_CHARACTERS, MOST_FOUND, PHRASES, Kind
from inquiries.cleaning.refusals import REASONS
from inquiries.cleaning.sandbox import UnableToClean

NO_MASKS: Final[Mapping[str, str]] = MappingProxyType({})
_CHUNK = 64 * 1024
_MOST_REPORT = 4 * MOST_CHARACTERS + 16 * LONGEST_VALUE * MOST_FOUND


@dataclass(frozen=True)
class Metadatum:
    """Something in a file that could tell who made it: a kind of METADATA_WORDS, and at most 300 characters of plain text."""

    kind: str
    value: str


@dataclass
class Cleaned:
    """A cleaned copy: `content` is at its beginning, in memory alone, and gone when closed; `text` is '' for pictures."""

    kind: Kind
    name: str = field(repr=False)
    size: int
    found: tuple[Metadatum, ...] = field(repr=False)
    text: str = field(repr=False)
    content: BinaryIO


def clean(source: BinaryIO, *, name: str, masks: Mapping[str, str] = NO_MASKS) -> Cleaned:
    """Return a cleaned copy of what is left to read of `source`, whose given name is `name`.

    In an office file each word of `masks` is replaced by what it maps to, as far as it stands where that can be done; in a PDF a
    bar covers it, or the file is refused.
    Raises UnableToClean. Takes a tenth of a second for small files and at most half a minute.
    """
    with _in_memory() as given, _in_memory() as report, _in_memory() as masked:
        _copy(source, given)
        masked.write(json.dumps(dict(masks)).encode())
        masked.seek(0)
        cleaned = _in_memory()
        try:
            sandbox.run(given, cleaned, report, masked)
            return _cleaned(_read(report), cleaned, name)
        except BaseException:
            cleaned.close()
            raise


def _in_memory() -> BinaryIO:
    return os.fdopen(os.memfd_create("attachment"), "w+b")


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a file of at most MOST_BYTES; a larger one is read no further than that."""
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            raise UnableToClean("too-big")
        target.write(chunk)
    if not size:
        raise UnableToClean("empty")
    target.flush()
    target.seek(0)


def _read(report: BinaryIO) -> dict[str, Any]:
    """Return what the other process wrote. A file may have taken that process over: nothing in it is believed without a look."""
    report.seek(0)
    try:
        read = json.loads(report.read(_MOST_REPORT))
    except ValueError:
        raise UnableToClean("damaged") from None
    if not isinstance(read, dict):
        raise UnableToClean("damaged")
    if read.get("refused") in REASONS:
        raise UnableToClean(read["refused"])
    return read


def _cleaned(report: dict[str, Any], content: BinaryIO, name: str) -> Cleaned:
    try:
        kind = Kind(report["kind"])
        found = tuple(_metadatum(*entry) for entry in report["found"][:MOST_FOUND])
        text = str(report["text"])[:MOST_CHARACTERS]
    except (KeyError, TypeError, ValueError):
        raise UnableToClean("damaged") from None
    size = content.seek(0, os.SEEK_END)
    if not 0 < size <= MOST_BYTES:
        raise UnableToClean("damaged")
    content.seek(0)
    if kind is Kind.TXT and name.lower().endswith(".csv"):
        kind = Kind.CSV
    return Cleaned(kind=kind, name=names.safe(name, kind), size=size, found=found, text=text, content=content)


def _metadatum(kind: str, phrase: str, value: str) -> Metadatum:
    if kind not in METADATA_WORDS:
        raise ValueError(kind)
    value = plain(value)
    return Metadatum(kind, (gettext(PHRASES[phrase]) % {"value": value})[:LONGEST_VALUE] if phrase else value)
