"""Reading an opened inquiry: the one place where its words come into the clear, without what has been redacted.

Pages, API, drafts for the public and searches all read here, askers' and officials' alike, so that none can forget a redaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from inquiries.models import Details, Inquiry, Message, Redaction
from inquiries.models.redaction import SUBJECT, where
from inquiries.querysets import is_fetched
from inquiries.redaction import Stretch, applied, without
from inquiries.sealing import Place, unseal
from inquiries.services import attachments
from inquiries.services.asking import OpenInquiry
from inquiries.services.attachments import File
from organisations.models import User

# More than any conversation has had; a page never grows without end.
LONGEST_THREAD = 500
SEALED = {"sealed_subject", "sealed_details"}  # which queues leave out


@dataclass(frozen=True)
class Line:
    """One message in the clear. `pk` names its row, `position` its place in the conversation, from 1."""

    is_from_asker: bool
    official: User | None
    text: str
    on: date
    pk: UUID
    position: int
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True)
class Thread:
    subject: str
    lines: list[Line]
    details: Details = field(default_factory=Details)

    @property
    def new(self) -> int:
        """How many lines came since the asker's own last words. No visit is noted anywhere, so these are what is new to them."""
        return next((number for number, line in enumerate(reversed(self.lines)) if line.is_from_asker), len(self.lines))


def read(opened: OpenInquiry) -> Thread:
    """Return the subject, the last LONGEST_THREAD messages, oldest first, and the details.

    Raises CannotOpen if a row was tampered with.
    """
    inquiry = opened.inquiry
    if inquiry.get_deferred_fields() & SEALED:
        inquiry.refresh_from_db(fields=sorted(SEALED))
    redactions, messages = list(inquiry.redactions.all()), _latest(inquiry)
    known = {message.pk: message for message in messages}
    for each in redactions:
        if each.message_id in known:
            each.message = Message(inquiry=inquiry, **known[each.message_id]._asdict())
    hidden = stretches(redactions)
    subject = applied(sealed_subject(opened), hidden[SUBJECT])
    files = _files(opened) if redactions else attachments.read(inquiry, opened.key)
    officials = _officials(inquiry, messages)
    lines = [
        Line(
            is_from_asker=message.author == Message.Author.ASKER,
            official=officials[message.official_id] if message.official_id else None,
            text=applied(sealed_text(message, opened), hidden[where(message.pk)]),
            on=message.written_on,
            pk=message.pk,
            position=message.position,
            files=files[message.pk],
        )
        for message in messages
    ]
    return Thread(subject, lines, sealed_details(opened).changed(lambda part, text: applied(text, hidden[part])))


class _Sealed(NamedTuple):
    """A message as its columns: a thread has hundreds, and a row of the model costs ten times as much."""

    pk: UUID
    position: int
    author: str
    official_id: UUID | None
    written_on: date
    sealed_text: bytes


def _latest(inquiry: Inquiry) -> list[_Sealed]:
    """The last messages, oldest first."""
    rows = inquiry.messages.order_by("-position").values_list(*_Sealed._fields)[:LONGEST_THREAD]
    return [_Sealed(*row) for row in reversed(rows)]


def _officials(inquiry: Inquiry, messages: Iterable[_Sealed]) -> dict[UUID | None, User | None]:
    """Who wrote, by key; nobody is fetched whom the history has brought."""
    known = {event.official_id: event.official for event in inquiry.events.all()} if is_fetched(inquiry, "events") else {}
    missing = {message.official_id for message in messages if message.official_id} - known.keys()
    return {**known, **User.objects.in_bulk(missing)} if missing else known


def subject_of(opened: OpenInquiry) -> str:
    """The asker's own line for the question, without what is hidden of it; raises CannotOpen if the row was tampered with."""
    return applied(sealed_subject(opened), stretches(opened.inquiry.redactions.all())[SUBJECT])


def _files(opened: OpenInquiry) -> dict[UUID | None, list[File]]:
    """The files of a case, without the hidden words that their names quote."""
    show = clearing(opened)
    found = attachments.read(opened.inquiry, opened.key)
    return defaultdict(list, {key: [replace(file, name=show(file.name)) for file in files] for key, files in found.items()})


def file(opened: OpenInquiry, pk: UUID, *, with_proposed: bool = False) -> File:
    """One file to download; those of an answer that has not gone yet only `with_proposed`. Raises UnableToFind and CannotOpen."""
    found = attachments.find(opened.inquiry, opened.key, pk, with_proposed=with_proposed)
    return replace(found, name=clearing(opened)(found.name))


def stretches(redactions: Iterable[Redaction]) -> dict[str, list[Stretch]]:
    """What is hidden of each text, by Redaction.where, with the marker that is read in its place."""
    found: dict[str, list[Stretch]] = defaultdict(list)
    for each in redactions:
        marker = taken_out() if each.is_permanent else hidden_here()
        found[each.where].append(Stretch(each.start, each.end, marker))
    return found


def passages(opened: OpenInquiry) -> list[str]:
    """The words that are hidden and still under the seal: for finding them in what quotes the conversation, and for no page."""
    hidden = [each for each in opened.inquiry.redactions.all() if not each.is_permanent]
    prefetch_related_objects(hidden, "message")
    return [sealed_at(each, opened)[each.start : each.end] for each in hidden]


def clearing(opened: OpenInquiry) -> Callable[[str], str]:
    """Return how to show what stands beside the conversation, such as notes and views: without the hidden words it quotes."""
    hidden = passages(opened)
    return lambda text: without(text, hidden, marker=hidden_here())


def hidden_here() -> str:
    return _("[hidden by the office]")


def taken_out() -> str:
    return _("[taken out by the office]")


# --- under the seal: for redacting, and for the proof of filing ------------------------------------------------------


def sealed_subject(opened: OpenInquiry) -> str:
    """The subject as it is sealed, hidden words and all; for no page."""
    inquiry = opened.inquiry
    return unseal(bytes(inquiry.sealed_subject), key=opened.key, place=subject_place(opened))


def sealed_details(opened: OpenInquiry) -> Details:
    """The items and warning signs as they are sealed, hidden words and all; for no page."""
    sealed = bytes(opened.inquiry.sealed_details)
    return Details.from_text(unseal(sealed, key=opened.key, place=details_place(opened))) if sealed else Details()


def sealed_at(redaction: Redaction, opened: OpenInquiry) -> str:
    """The text that a redaction is of, as it is sealed; for no page."""
    if redaction.message:
        return sealed_text(redaction.message, opened)
    return sealed_details(opened).texts()[redaction.part] if redaction.part else sealed_subject(opened)


def sealed_text(message: Message | _Sealed, opened: OpenInquiry) -> str:
    """A message as it is sealed, hidden words and all; for no page."""
    return unseal(bytes(message.sealed_text), key=opened.key, place=message_place(message, opened))


def subject_place(opened: OpenInquiry) -> Place:
    return Place("subject", opened.inquiry.pk, opened.inquiry.pk)


def details_place(opened: OpenInquiry) -> Place:
    return Place("details", opened.inquiry.pk, opened.inquiry.pk)


def message_place(message: Message | _Sealed, opened: OpenInquiry) -> Place:
    return Place("message", opened.inquiry.pk, message.pk)
