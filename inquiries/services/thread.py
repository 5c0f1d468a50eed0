"""Reading an opened inquiry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from inquiries.models import Details, Message
from inquiries.sealing import Place, unseal
from inquiries.services.asking import OpenInquiry
from organisations.models import User

# More than any conversation has had; a page never grows without end.
LONGEST_THREAD = 500
SEALED = {"sealed_subject", "sealed_details"}  # which queues leave out


@dataclass(frozen=True)
class Line:
    """One message in the clear."""

    is_from_asker: bool
    official: User | None
    text: str
    on: date


@dataclass(frozen=True)
class Thread:
    subject: str
    lines: list[Line]
    details: Details = field(default_factory=Details)


def read(opened: OpenInquiry) -> Thread:
    """Return the subject, the last LONGEST_THREAD messages, oldest first, and the details.

    Raises CannotOpen if a row was tampered with.
    """
    inquiry = opened.inquiry
    if inquiry.get_deferred_fields() & SEALED:
        inquiry.refresh_from_db(fields=sorted(SEALED))
    subject = unseal(bytes(inquiry.sealed_subject), key=opened.key, place=Place("subject", inquiry.pk, inquiry.pk))
    latest = inquiry.messages.select_related("official").order_by("-position")[:LONGEST_THREAD]
    return Thread(subject, [_line(message, opened) for message in reversed(latest)], _details(opened))


def _details(opened: OpenInquiry) -> Details:
    inquiry = opened.inquiry
    sealed = bytes(inquiry.sealed_details)
    if not sealed:
        return Details()
    return Details.from_text(unseal(sealed, key=opened.key, place=Place("details", inquiry.pk, inquiry.pk)))


def _line(message: Message, opened: OpenInquiry) -> Line:
    return Line(
        is_from_asker=message.author == Message.Author.ASKER,
        official=message.official,
        text=unseal(bytes(message.sealed_text), key=opened.key, place=Place("message", opened.inquiry.pk, message.pk)),
        on=message.written_on,
    )
