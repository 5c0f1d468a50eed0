"""Reading an opened inquiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inquiries.models import Message
from inquiries.sealing import Place, unseal
from inquiries.services.asking import OpenInquiry
from organisations.models import User

# More than any conversation has had; a page never grows without end.
LONGEST_THREAD = 500


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


def read(opened: OpenInquiry) -> Thread:
    """Return the subject and the last LONGEST_THREAD messages, oldest first; raises CannotOpen if a row was tampered with."""
    inquiry = opened.inquiry
    subject = unseal(bytes(inquiry.sealed_subject), key=opened.key, place=Place("subject", inquiry.pk, inquiry.pk))
    latest = inquiry.messages.select_related("official").order_by("-position")[:LONGEST_THREAD]
    return Thread(subject, [_line(message, opened) for message in reversed(latest)])


def _line(message: Message, opened: OpenInquiry) -> Line:
    return Line(
        is_from_asker=message.author == Message.Author.ASKER,
        official=message.official,
        text=unseal(bytes(message.sealed_text), key=opened.key, place=Place("message", opened.inquiry.pk, message.pk)),
        on=message.written_on,
    )
