"""The kinds of file that are taken, and the kinds of metadata that are told of."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


def marked(words: str) -> str:
    """Mark words for the translators; who shows them translates them. Files are read without Django, which takes longer to load."""
    return words


_ = marked

MOST_BYTES: Final = 20 * 1024 * 1024  # of a file, and of its cleaned copy
MOST_CHARACTERS: Final = 200_000  # of a file's words
MOST_FOUND: Final = 200  # metadata told of a file
LONGEST_VALUE: Final = 300  # characters of one


class Kind(StrEnum):
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"
    CSV = "csv"
    TXT = "txt"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def suffix(self) -> str:
        return ".jpg" if self is Kind.JPEG else f".{self.value}"

    @property
    def calculates(self) -> bool:
        """Whether a program that opens it may take what stands in it for formulas."""
        return self in (Kind.XLSX, Kind.CSV)

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


OFFICE: Final = frozenset({Kind.DOCX, Kind.XLSX, Kind.ODT})
MASKED: Final = OFFICE | {Kind.PDF}  # in whose words something can be masked, in a process of its own

_LABELS: Final = {
    Kind.PDF: _("PDF document"),
    Kind.PNG: _("PNG picture"),
    Kind.JPEG: _("JPEG picture"),
    Kind.DOCX: _("Word document (DOCX)"),
    Kind.XLSX: _("Excel workbook (XLSX)"),
    Kind.ODT: _("OpenDocument text (ODT)"),
    Kind.CSV: _("CSV table"),
    Kind.TXT: _("Plain text"),
}

_MEDIA_TYPES: Final = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.ODT: "application/vnd.oasis.opendocument.text",
    Kind.CSV: "text/csv",
    Kind.TXT: "text/plain",
}

METADATA_WORDS: Final[dict[str, str]] = {
    "author": _("Author"),
    "company": _("Company"),
    "gps": _("Place"),
    "camera": _("Camera"),
    "software": _("Program"),
    "dates": _("Dates"),
    "tracked-changes": _("Tracked changes"),
    "comments": _("Comments"),
    "title": _("Title and keywords"),
    "hidden": _("Hidden parts"),
    "embedded": _("Files inside the file"),
    "links": _("Links out of the file"),
    "other": _("Other"),
}

# What is said of a metadatum whose value alone would not be understood.
PHRASES: Final[dict[str, str]] = {
    "sheet": _("sheet “%(value)s” is hidden, and kept"),
    "rows": _("hidden rows, kept: %(value)s"),
    "columns": _("hidden columns, kept: %(value)s"),
    "layer": _("layer “%(value)s” is hidden, and kept"),
    "text": _("hidden text, kept: “%(value)s”"),
    "characters": _("invisible characters, taken out: %(value)s"),
    "pictures": _("further pictures behind the first, taken out: %(value)s"),
    "versions": _("earlier versions, taken out: %(value)s"),
    "thumbnail": _("a small preview picture"),
    "changes": _("changes, all accepted; deleted words are gone: %(value)s"),
    "comments": _("comments, kept without their authors: %(value)s"),
    "script": _("a script, taken out"),
    "signature": _("a digital signature, taken out"),
    "picture-kind": _("a picture of a kind that can't be cleaned, taken out: %(value)s"),
    "part": _("a part that is not needed, taken out: %(value)s"),
    "serial": _("serial number %(value)s"),
    "maker-note": _("the camera maker's note"),
    "profile": _("colour profile “%(value)s”"),
    "pivot": _("pivot tables, kept as plain values"),
    "form": _("a form of the XFA kind, taken out"),
}
