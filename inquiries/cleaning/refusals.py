"""Why a file is not taken, in sentences that say how to mend it."""

from __future__ import annotations

from typing import Final

from inquiries.cleaning.kinds import marked as _

# Each reason: what programs tell it by, and what people read.
REASONS: Final[dict[str, tuple[str, str]]] = {
    "too-big": (
        "too-big",
        _("The file is larger than 20 MB. Make it smaller, for example with smaller pictures, or send it in parts."),
    ),
    "grown": ("too-big", _("The cleaned copy of the file would be larger than 20 MB. Make the file smaller, or send it in parts.")),
    "empty": ("empty", _("The file is empty. Choose another one.")),
    "unknown-type": (
        "unknown-type",
        _("The file is of no kind that can be cleaned. Send PDF, PNG, JPEG, DOCX, XLSX, ODT, CSV or plain text (TXT)."),
    ),
    "markup": (
        "unknown-type",
        _("Web pages, RTF, SVG and other files of markup can hide who wrote them. Save the file as PDF, DOCX or plain text."),
    ),
    "old-office": (
        "unknown-type",
        _("The file is of an old Office kind, such as .doc, .xls or .ppt. Save it as .docx, .xlsx or PDF, and send that."),
    ),
    "other-office": (
        "unknown-type",
        _("Of office files only DOCX, XLSX and ODT can be cleaned. Save the file as one of these or as PDF, and send that."),
    ),
    "encrypted": ("encrypted", _("The file is protected by a password. Save it without a password, and send that.")),
    "damaged": ("damaged", _("The file can't be read; it may be damaged. Open it, save it anew, and send that.")),
    "macros": (
        "active-content",
        _("The file holds macros, which are programs. Save it as a file without macros (.docx, .xlsx or .odt), and send that."),
    ),
    "entities": (
        "active-content",
        _("The file holds definitions (DTD) that no office program writes. Save it anew, and send that."),
    ),
    "pixels": ("bomb", _("The picture has more than 50 million pixels. Make it smaller, and send that.")),
    "unpacked": ("bomb", _("The file would take too much room when unpacked. Make it smaller, or save it as PDF.")),
    "pages": ("bomb", _("The document has more pages or parts than can be cleaned (2,000 pages). Send it in parts.")),
    "too-long": ("too-long", _("Cleaning the file took too long. Make it simpler or smaller, or send it in parts.")),
    "unmasked": (
        "unmasked",
        _("The words could not be masked everywhere in the document. Change it, leave it out, or keep the words on purpose."),
    ),
    "busy": ("busy", _("Many files are being cleaned just now. Try again in a minute.")),
}


class Refused(Exception):
    """A file is not taken, for one of REASONS; raised where files are read."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key
