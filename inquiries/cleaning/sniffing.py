"""What kind a file is, by what is in it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from inquiries.cleaning.kinds import Kind
from inquiries.cleaning.refusals import Refused

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB: old Office files, and new ones with a password
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO
_ZIP: Final = b"PK\x03\x04"
_ODT: Final = b"application/vnd.oasis.opendocument.text"
# Text to the eye of a program, but files with heads and properties that nobody sees.
_MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\\rtf|%!PS|<\?xml|<!doctype|<html|<svg|<!--)", re.IGNORECASE)
_PDF_WITHIN: Final = 1024  # bytes that may stand before a PDF's head, as readers have it


def kind_of(content: bytes) -> Kind:
    """Return the kind of a file. CSV is not told from TXT. Raises Refused."""
    if content.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if content.startswith(_ZIP):
        return _package(content)
    if content.startswith(_OLE):
        raise Refused("encrypted" if _ENCRYPTED_PACKAGE in content else "old-office")
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return Kind.PDF
    if _MARKUP.match(content):
        raise Refused("markup")
    return Kind.TXT


def _package(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = set(package.namelist())
            mimetype = b""
            if "mimetype" in names:
                with package.open("mimetype") as member:
                    mimetype = member.read(200).strip()
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError, EOFError):
        raise Refused("damaged") from None
    if mimetype:
        return _open_document(mimetype)
    if "[Content_Types].xml" not in names:
        raise Refused("unknown-type")
    for folder, kind in (("word/", Kind.DOCX), ("xl/", Kind.XLSX)):
        if any(name.startswith(folder) for name in names):
            return kind
    raise Refused("other-office")


def _open_document(mimetype: bytes) -> Kind:
    if mimetype == _ODT:
        return Kind.ODT
    raise Refused("other-office" if mimetype.startswith(b"application/vnd.oasis.opendocument.") else "unknown-type")
