"""The process in which untrusted files are read, from inside.

It limits itself before it opens anything: memory, time, what it may write, no further processes. Once the libraries that it needs
are there, it can open no file and no connection any more; what takes it over finds three files in memory and nothing else.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import re
import resource
import signal
from typing import Any, Final

from inquiries.cleaning import sniffing
from inquiries.cleaning.findings import Copy, Findings
from inquiries.cleaning.kinds import MOST_BYTES, MOST_CHARACTERS, OFFICE, Kind
from inquiries.cleaning.refusals import Refused

MEMORY: Final = 1024**3
PROCESSOR_SECONDS: Final = 20
CLOCK_SECONDS: Final = 40  # longer than the other side waits: in case it is no longer there
OPEN_FILES: Final = 64
NICE: Final = 10  # pages go first

# The libraries of one kind are loaded only where a file of that kind is read.
_READERS: Final = {
    Kind.PDF: "pdfs",
    Kind.PNG: "images",
    Kind.JPEG: "images",
    Kind.DOCX: "docx",
    Kind.XLSX: "xlsx",
    Kind.ODT: "odt",
    Kind.TXT: "texts",
}
_MASKS: Final = {**dict.fromkeys(OFFICE, "masking"), Kind.PDF: "pdfmasks"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def main(target: int, masks: int) -> None:
    """Clean the file on standard input into the open file `target`; tell of it, as JSON, on standard output.

    The open file `masks` holds, as JSON, what to mask in it; of a file in which that can't be done nothing is masked.
    """
    limit()
    try:
        report = _clean(target, masks)
    except Refused as refused:
        report = {"refused": refused.key}
    except MemoryError:
        report = {"refused": "unpacked"}
    with os.fdopen(1, "wb") as output:
        output.write(json.dumps(report, ensure_ascii=False).encode("utf-8", "ignore"))


def limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, MOST_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + 1))
    signal.alarm(CLOCK_SECONDS)
    os.nice(NICE)


def close_doors() -> None:
    """From here on nothing can be opened: no number is left for a file or a connection, not even one that is closed first."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _clean(target: int, masks: int) -> dict[str, Any]:
    with os.fdopen(0, "rb") as given, os.fdopen(masks, "rb") as words:
        content, masked = given.read(), json.loads(words.read() or "{}")
    kind = sniffing.kind_of(content)
    reader = importlib.import_module(f"inquiries.cleaning.{_READERS[kind]}")
    masking = importlib.import_module(f"inquiries.cleaning.{_MASKS[kind]}") if masked and kind in _MASKS else None
    close_doors()
    found = Findings()
    copy: Copy = reader.clean(content, found)
    if masking:
        copy = reader.clean(masking.mask(copy.content, masked), found)
    _write(copy.content, target)
    text = _CONTROL.sub(" ", copy.text[:MOST_CHARACTERS])
    return {"kind": kind.value, "found": list(found.found), "text": text}


def _write(content: bytes, target: int) -> None:
    try:
        with os.fdopen(target, "wb") as output:
            output.write(content)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise Refused("grown") from None
        raise
