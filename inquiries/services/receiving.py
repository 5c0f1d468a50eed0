"""Taking in a file: looked at for malware if there is a scanner, cleaned of what could tell who made it, and sealed on its way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from inquiries import traces
from inquiries.cleaning.cleaner import Metadatum, clean
from inquiries.cleaning.kinds import Kind
from inquiries.cleaning.sandbox import UnableToClean
from inquiries.scanning import ScannerUnreachable, finds
from inquiries.spooling import PIECE_BYTES, NoRoom, Spool


class UnableToReceive(Exception):
    """The file is refused; the message says why and what to do."""


@dataclass(frozen=True)
class Received:
    """A cleaned file on its way into a case.

    `digest` is the SHA-256 of the file as it was sent, in hex: it tells whether it is one that its sender has been shown; `sha256`
    is that of the cleaned copy, by which its sender can prove later what they filed.
    `removed` is what was taken out of it, `text` the words that are in it, for the look at what could tell who asks.
    """

    name: str = field(repr=False)
    kind: Kind
    size: int
    digest: str = field(repr=False)
    sha256: str = field(repr=False)
    removed: tuple[Metadatum, ...] = field(repr=False)
    text: str = field(repr=False)
    spool: Spool = field(repr=False)

    def whole_text(self) -> str:
        """The whole content of a plain text."""
        return b"".join(self.pieces()).decode()

    def pieces(self) -> Iterator[bytes]:
        return self.spool.pieces()


def receive(spool: Spool, *, name: str) -> Received:
    """Return the cleaned copy of a file that was sent; raises UnableToReceive. What was sent is dropped either way."""
    try:
        digest = _looked_at(spool)
        cleaned = clean(spool.reader(), name=name)
        kept = _spooled(cleaned.content)
        return Received(
            name=cleaned.name,
            kind=cleaned.kind,
            size=cleaned.size,
            digest=digest,
            sha256=_sha256(kept),
            removed=cleaned.found,
            text=cleaned.text,
            spool=kept,
        )
    except UnableToClean as error:
        raise UnableToReceive(str(error)) from error
    except NoRoom as error:
        raise UnableToReceive(no_room()) from error
    finally:
        spool.close()


def mask(file: Received, words: Mapping[str, str]) -> Received:
    """Return an office file or PDF with these words masked as they map to; raises UnableToReceive if one stays somewhere."""
    try:
        cleaned = clean(file.spool.reader(), name=file.name, masks=words)
        kept = _spooled(cleaned.content)
    except UnableToClean as error:
        raise UnableToReceive(str(error)) from error
    except NoRoom as error:
        raise UnableToReceive(no_room()) from error
    if any(trace.text in words for trace in traces.find(cleaned.text)):
        kept.close()
        raise UnableToReceive(
            _("“%(file)s” could not be masked everywhere. Change the file, leave it out, or keep the words on purpose.")
            % {"file": file.name}
        )
    return replace(file, size=cleaned.size, sha256=_sha256(kept), text=cleaned.text, spool=kept)


def no_room() -> str:
    return _("Too many files are on their way to us just now. Send it again in a few minutes.")


def _looked_at(spool: Spool) -> str:
    """The digest of the file, which the scanner has seen if there is one."""
    if settings.CLAMAV_URL:
        try:
            found = finds(spool.pieces(), address=settings.CLAMAV_URL)
        except ScannerUnreachable as error:
            unseen = _("The file could not be looked at for malware just now. Send it again in a few minutes.")
            raise UnableToReceive(unseen) from error
        if found:
            raise UnableToReceive(_("The file carries malware (%(name)s). Leave it out.") % {"name": found[:100]})
    return _sha256(spool)


def _sha256(spool: Spool) -> str:
    seen = hashlib.sha256()
    for piece in spool.pieces():
        seen.update(piece)
    return seen.hexdigest()


def _spooled(content: BinaryIO) -> Spool:
    spool = Spool(settings.FILE_UPLOAD_TEMP_DIR)
    with content:
        while piece := content.read(PIECE_BYTES):
            spool.write(piece)
    return spool.finish()
