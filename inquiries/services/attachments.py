"""Files of a case, kept and read piece by piece: no more than a few pieces are in memory, however large a file is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol
from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from inquiries.cleaning.kinds import Kind
from inquiries.models import Attachment, AttachmentPiece, Inquiry, Message, ProposedAnswer
from inquiries.querysets import is_fetched
from inquiries.sealing import Place, seal, seal_bytes, unseal, unseal_bytes
from inquiries.spooling import PIECE_BYTES

AT_ONCE = 4  # pieces that one statement writes
# What the asker of one question can have kept, so that nobody fills the disk with messages.
MOST_KEPT = 60
MOST_KEPT_BYTES = 500 * 1024 * 1024


class UnableToFind(Exception):
    """There is no such file in the conversation, or it is withheld; nobody is told which."""


class UnableToKeep(Exception):
    """The files are more than a question can have; the message says what to do."""


class Incoming(Protocol):
    """A cleaned file that a message brings."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def pieces(self) -> Iterator[bytes]:
        """The content, in pieces of PIECE_BYTES; the last one may be shorter."""


@dataclass(frozen=True)
class File:
    """A file of a conversation in the clear; `pk` names its row, `size` is in bytes, `sha256` in hex."""

    pk: UUID
    name: str = field(repr=False)
    kind: Kind
    size: int
    sha256: str = field(repr=False)
    inquiry: UUID
    key: bytes = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        """The content, a piece at a time; raises CannotOpen if a piece was tampered with, is missing or changed places."""
        for number in range(-(-self.size // PIECE_BYTES)):
            found = AttachmentPiece.objects.filter(attachment=self.pk, number=number).values_list("sealed", flat=True).first()
            place = _place_of_piece(self.inquiry, self.pk, number)
            piece = unseal_bytes(bytes(found or b""), key=self.key, place=place)
            yield piece[: self.size - number * PIECE_BYTES]


def keep(
    files: Iterable[Incoming],
    *,
    inquiry: Inquiry,
    key: bytes,
    message: Message | None = None,
    proposal: ProposedAnswer | None = None,
) -> None:
    """Seal the files of a message, or of an answer that is proposed, in the caller's transaction."""
    if not (files := list(files)):
        return
    beside = inquiry.attachments.filter(message=message, proposal=proposal).count()
    for position, file in enumerate(files, start=beside + 1):
        made = Attachment(inquiry=inquiry, message=message, proposal=proposal, position=position)
        made.sealed_about = _sealed_about(made, key, name=file.name, kind=file.kind, size=file.size, sha256=file.sha256)
        made.save(force_insert=True)
        rows = _rows(made, file.pieces(), key)
        while some := list(islice(rows, AT_ONCE)):
            AttachmentPiece.objects.bulk_create(some)


def refuse_too_many(files: Sequence[Incoming], *, inquiry: Inquiry) -> None:
    """Raise UnableToKeep where the asker of a locked inquiry would have more kept than MOST_KEPT files or MOST_KEPT_BYTES."""
    own = inquiry.attachments.filter(message__author=Message.Author.ASKER)
    pieces = AttachmentPiece.objects.filter(attachment__in=own).count() + sum(-(-file.size // PIECE_BYTES) for file in files)
    if own.count() + len(files) > MOST_KEPT or pieces * PIECE_BYTES > MOST_KEPT_BYTES:
        raise UnableToKeep(
            _(
                "One question has at most %(most)d files of yours, of %(size)s together. Leave these out, or ask a new question "
                "with them."
            )
            % {"most": MOST_KEPT, "size": filesizeformat(MOST_KEPT_BYTES)}
        )


def read(inquiry: Inquiry, key: bytes) -> dict[UUID | None, list[File]]:
    """The files of a case that can be read, by the message they came with; raises CannotOpen if a row was tampered with."""
    found: dict[UUID | None, list[File]] = defaultdict(list)
    for row in _in_order(inquiry):
        if row.message_id and not row.withheld_on:
            found[row.message_id].append(_opened(row, key))
    return found


def of_proposal(proposal: ProposedAnswer, key: bytes) -> list[File]:
    """The files that a proposed answer would bring."""
    return [_opened(row, key) for row in proposal.attachments.in_order()]


def drop_proposed(inquiry: Inquiry) -> None:
    """Erase the files of an answer that stands and will not go: nobody decides on them any more."""
    inquiry.attachments.filter(proposal__in=inquiry.proposals.standing()).delete()


def digests(inquiry: Inquiry, key: bytes, message: Message) -> list[str]:
    """The SHA-256 of each file that came with a message, of those withheld or taken out as well: for the proof of filing."""
    return [_opened(row, key).sha256 for row in _in_order(inquiry) if row.message_id == message.pk]


def empty(row: Attachment, key: bytes) -> None:
    """Erase a file but for its digest."""
    row.pieces.all().delete()
    row.is_gone = True
    row.sealed_about = _sealed_about(row, key, name="", kind=Kind.TXT, size=0, sha256=_opened(row, key).sha256)
    row.save(update_fields=["is_gone", "sealed_about"])


def rename(inquiry: Inquiry, key: bytes, new_name: Callable[[str], str]) -> None:
    """Give each file of a case the name that `new_name` makes of its own, under a new seal."""
    for row in inquiry.attachments.in_order():
        file = _opened(row, key)
        if (name := new_name(file.name)) != file.name:
            row.sealed_about = _sealed_about(row, key, name=name, kind=file.kind, size=file.size, sha256=file.sha256)
            row.save(update_fields=["sealed_about"])


def find(inquiry: Inquiry, key: bytes, pk: UUID, *, with_proposed: bool = False) -> File:
    """One file of a case; those of an answer that has not gone yet only `with_proposed`. Raises UnableToFind and CannotOpen."""
    rows = inquiry.attachments.shown() if with_proposed else inquiry.attachments.shown().exclude(message=None)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise UnableToFind
    return _opened(row, key)


def _in_order(inquiry: Inquiry) -> Iterable[Attachment]:
    """The rows of a case, of which there are few; a page that fetched them before has them fetched once."""
    return inquiry.attachments.all() if is_fetched(inquiry, "attachments") else inquiry.attachments.in_order()


def _opened(row: Attachment, key: bytes) -> File:
    about = json.loads(unseal(bytes(row.sealed_about), key=key, place=_place_of_about(row)))
    return File(row.pk, about["name"], Kind(about["kind"]), about["size"], about["sha256"], row.inquiry_id, key)


def _sealed_about(row: Attachment, key: bytes, *, name: str, kind: Kind, size: int, sha256: str) -> bytes:
    about = json.dumps({"name": name, "kind": kind.value, "size": size, "sha256": sha256})
    return seal(about, key=key, place=_place_of_about(row))


def _rows(attachment: Attachment, pieces: Iterable[bytes], key: bytes) -> Iterator[AttachmentPiece]:
    for number, piece in enumerate(pieces):
        place = _place_of_piece(attachment.inquiry_id, attachment.pk, number)
        sealed = seal_bytes(piece.ljust(PIECE_BYTES, b"\0"), key=key, place=place)
        yield AttachmentPiece(attachment=attachment, number=number, sealed=sealed)


def _place_of_about(attachment: Attachment) -> Place:
    return Place("file", attachment.inquiry_id, attachment.pk)


def _place_of_piece(inquiry: UUID, attachment: UUID, number: int) -> Place:
    return Place(f"file piece {number}", inquiry, attachment)
