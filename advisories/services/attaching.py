"""Files of an advisory. They are part of what it says: a change of them makes a revision, and whoever approves it approves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, Protocol
from uuid import UUID

from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advisories.models import LONGEST_NOTE, Advisory, Attachment, FileContent, FilePiece
from advisories.services.editing import UnableTo, content_of, locked, revise
from organisations.models import User

MOST_FILES: Final = 10
MOST_BYTES: Final = 50 * 1024 * 1024  # of all files of an advisory
MOST_KEPT: Final = 60  # with those that were removed, which its earlier revisions keep
AT_ONCE: Final = 4  # pieces that one statement writes


class UnableToAttach(UnableTo):
    pass


class Kind(Protocol):
    @property
    def media_type(self) -> str: ...


class Incoming(Protocol):
    """A cleaned file; its name is safe to show and to save under."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def pieces(self) -> Iterator[bytes]: ...


@transaction.atomic
def attach(advisory: Advisory, *, files: Sequence[Incoming], revision: int, by: User, now: datetime) -> Advisory:
    """Add files; the advisory is a draft again, as after any change.

    `revision` is the number of what the editor had before them. Raises UnableToAttach, and UnableToRevise as `revise` does.
    """
    advisory = locked(advisory)
    _refuse_unfit(advisory, files)
    note = ngettext("with the file %(names)s", "with the files %(names)s", len(files)) % {"names": _names(files)}
    advisory = _revised(advisory, revision=revision, by=by, now=now, note=note)
    for file in files:
        Attachment.objects.create(
            advisory=advisory,
            name=file.name,
            media_type=file.kind.media_type,
            content=_kept(file),
            added_in=advisory.revision,
        )
    return advisory


@transaction.atomic
def remove(advisory: Advisory, *, file: UUID, revision: int, by: User, now: datetime) -> Advisory:
    """Leave a file out again; the revisions before keep it. Raises UnableToAttach, and UnableToRevise as `revise` does."""
    advisory = locked(advisory)
    found = advisory.attachments.standing().filter(pk=file).first()
    if found is None:
        raise UnableToAttach(_("The file is not there any more."))
    note = _("without the file %(name)s") % {"name": found.name}
    advisory = _revised(advisory, revision=revision, by=by, now=now, note=note)
    found.removed_in = advisory.revision
    found.save(update_fields=["removed_in"])
    return advisory


def _revised(advisory: Advisory, *, revision: int, by: User, now: datetime, note: str) -> Advisory:
    note = Truncator(note).chars(LONGEST_NOTE)
    return revise(advisory, content=content_of(advisory), revision=revision, by=by, now=now, note=note)


def _names(files: Iterable[Incoming]) -> str:
    return ", ".join(file.name for file in files)


def _refuse_unfit(advisory: Advisory, files: Sequence[Incoming]) -> None:
    if not files:
        raise UnableToAttach(_("Choose a file."))
    there = advisory.files
    names = {each.name.lower() for each in there}
    for file in files:
        if file.name.lower() in names:
            raise UnableToAttach(
                _("There is a file “%(name)s” already. Remove that one first, or give the new one another name.")
                % {"name": file.name}
            )
        names.add(file.name.lower())
    if len(names) > MOST_FILES:
        raise UnableToAttach(_("An advisory has at most %(most)d files. Leave some out.") % {"most": MOST_FILES})
    if sum(each.size for each in there) + sum(each.size for each in files) > MOST_BYTES:
        raise UnableToAttach(
            _("All files of an advisory have at most %(most)s together. Leave one out, or make it smaller.")
            % {"most": filesizeformat(MOST_BYTES)}
        )
    if advisory.attachments.count() + len(files) > MOST_KEPT:
        raise UnableToAttach(
            _("With those that were removed, %(most)d files are kept of an advisory. Begin a new one for more.")
            % {"most": MOST_KEPT}
        )


def _kept(file: Incoming) -> FileContent:
    """Its content, of which there may be a copy from another advisory."""
    content, is_new = FileContent.objects.get_or_create(sha256=file.sha256, defaults={"size": file.size})
    if is_new:
        rows = (FilePiece(content=content, number=number, data=piece) for number, piece in enumerate(file.pieces()))
        while some := list(islice(rows, AT_ONCE)):
            FilePiece.objects.bulk_create(some)
    return content
