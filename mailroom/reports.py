"""Reading what comes back: reports of delivery (RFC 3464) and of complaints (RFC 5965), and bounces of older make.

All of it is written by strangers. Reading ends in what was understood or in None, never in an error, and soon, since the size is
bounded. Nothing of the text leaves this room but marks, addresses to compare, and status codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from typing import Any

from mailroom import bounces, marks

LARGEST = 256 * 1024  # bytes that are read of a report
LARGEST_TEXT = 32 * 1024  # of the words of one without form
# Each level of nesting costs a level of Python's stack and a look at each line below it.
MOST_PARTS = 30
PARTS = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
MOST_RECIPIENTS = 50
MOST_MARKS = 20
# Where mail servers and fetchers write to whom a mail really went.
DELIVERED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
ROBOTS = re.compile(r"\b(?:mailer-daemon|postmaster)@", re.IGNORECASE)
# feedback-types by which a reader says "no more of this"; the others praise, or speak of authentication (RFC 5965, section 7.3).
COMPLAINTS = {"abuse", "fraud", "opt-out"}
FAILED, DELAYED = "failed", "delayed"
ACTIONS = {FAILED, DELAYED, "delivered", "relayed", "expanded"}  # RFC 3464, section 2.3.3

STATUS_AFTER_CODE = re.compile(r"(?<![\d.])[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII)
STATUS_ALONE = re.compile(r"(?<![\d.])#?([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII)
# What a reply code says where no status stands beside it (RFC 5321, section 4.2.3). 550 may mean anything: no mailbox, or no trust.
CODE = re.compile(r"(?<![\d.])(421|450|451|452|550|551|552|553|554)(?=[ -])", re.ASCII)
STATUS_OF_CODE = {"452": "4.2.2", "552": "5.2.2", "553": "5.1.0"}


@dataclass(frozen=True)
class Recipient:
    """What a report says of one recipient; empty where it says nothing."""

    addresses: tuple[str, ...]
    action: str
    status: str


@dataclass(frozen=True)
class Bounce:
    kind: str
    status: str


@dataclass(frozen=True)
class Understood:
    """A report: marks that may be ours, and what it says of whom."""

    marks: tuple[str, ...]
    recipients: tuple[Recipient, ...] = ()
    is_complaint: bool = False

    def bounce_of(self, address: str) -> Bounce | None:
        """Return how the copy to `address` failed; None where it didn't, or not for good.

        Where the report names others only, the address took the copy and passed it on. Behind it may be a list with one dead
        member, so nothing that it says may stop the address.
        """
        ours = [each for each in self.recipients if not each.addresses or address.lower() in each.addresses]
        failed = [each for each in ours or self.recipients if each.action == FAILED]
        if not failed or len(failed) < len(ours):  # where some of it arrived, it arrived
            return None
        found = [Bounce(bounces.kind_of(each.status), each.status) for each in failed]
        mildest = min(found, key=lambda each: each.kind == bounces.HARD)
        return mildest if ours else Bounce(bounces.FORWARDED, mildest.status)


def understand(content: bytes, *, sent_to: Sequence[str] = ()) -> Understood | None:
    """Return what a mail reports; None for what is no report, such as an absence notice, and for what can't be read.

    `sent_to` are the addresses for which a mail server handed it over; without them, the headers must do.
    """
    content = content[:LARGEST]
    if sum(1 for _each in PARTS.finditer(content)) > MOST_PARTS:
        return None
    try:
        message = message_from_bytes(content)
        return _complaint(message, sent_to) or _delivery_report(message, sent_to) or _old_bounce(message, sent_to)
    # What Python's parser is known to raise for hostile headers, charsets and encodings.
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return None


def _complaint(message: Message, sent_to: Sequence[str]) -> Understood | None:
    part = _child(message, "message/feedback-report")
    if part is None:
        return None
    fields = _first(part)
    places = [*_original_senders(message), _header(fields, "Original-Mail-From")]
    is_complaint = _header(fields, "Feedback-Type").strip().lower() in COMPLAINTS
    return Understood(_marks(message, sent_to, places), is_complaint=is_complaint)


def _delivery_report(message: Message, sent_to: Sequence[str]) -> Understood | None:
    part = _child(message, "message/delivery-status")
    if part is None:
        return None
    blocks = [block for block in _parts(part)[: MOST_RECIPIENTS + 1] if block["Action"] or block["Status"]]
    recipients = tuple(_recipient(block) for block in blocks)
    return Understood(_marks(message, sent_to, _original_senders(message)), recipients) if recipients else None


def _recipient(block: Message) -> Recipient:
    diagnosis = _header(block, "Diagnostic-Code")
    status = _plain_status(_header(block, "Status"))
    if not status or status.endswith(".0.0"):  # many say no more than "failed" there, and what it was beside it
        status = status_in(diagnosis) or status
    action = _header(block, "Action").partition(";")[0].strip().lower()
    if not action and status.startswith("5"):
        action = FAILED
    named = (_typed_address(_header(block, name)) for name in ("Final-Recipient", "Original-Recipient"))
    return Recipient(tuple(sorted({each for each in named if each})), action if action in ACTIONS else "", status or "5.0.0")


def _old_bounce(message: Message, sent_to: Sequence[str]) -> Understood | None:
    """Read a bounce that is no multipart/report, of a kind that some servers still write: a robot's letter that quotes SMTP."""
    named = _header(message, "X-Failed-Recipients")  # Exim's
    if not named and not ROBOTS.search(_header(message, "From")):
        return None
    if _header(message, "Auto-Submitted").lower().startswith("auto-replied"):
        return None
    status = status_in(_text(message))
    if not status:
        return None
    addresses = tuple(sorted(each.strip().lower() for each in named.split(",") if "@" in each))
    recipients = (Recipient(addresses[:MOST_RECIPIENTS], FAILED if status.startswith("5") else DELAYED, status),)
    return Understood(_marks(message, sent_to, _original_senders(message)), recipients)


def _marks(message: Message, sent_to: Sequence[str], places: Iterable[str]) -> tuple[str, ...]:
    """Marks in order of trust: to whom a mail server handed it, to whom the headers say it went, and what it sends back."""
    delivered = (str(value) for name in DELIVERED_TO for value in message.get_all(name, []))
    found = [mark for text in (*sent_to, *delivered, *places) for mark in marks.found_in(text)]
    return tuple(dict.fromkeys(each.lower() for each in found))[:MOST_MARKS]


def _original_senders(message: Message) -> Iterator[str]:
    """The return path of the mail that comes back, as far as the report holds it."""
    for part in _parts(message):
        if part.get_content_type() == "message/rfc822":
            yield _header(_first(part), "Return-Path")
        elif part.get_content_type() == "text/rfc822-headers":
            headers = message_from_bytes(_content(part))
            yield _header(headers, "Return-Path")


def _parts(message: Message) -> list[Message]:
    """Its parts, not theirs: what comes back may hold reports of its own, which are somebody else's."""
    payload: Any = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _child(message: Message, content_type: str) -> Message | None:
    return next((part for part in _parts(message) if part.get_content_type() == content_type), None)


def _first(part: Message) -> Message:
    return next(iter(_parts(part)), part)


def _header(message: Message, name: str) -> str:
    return str(message.get(name, ""))


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(message: Message) -> str:
    """The words of a letter without form; only figures are looked for, which are ASCII in every charset."""
    texts = [part for part in (message, *_parts(message)) if part.get_content_type() == "text/plain"]
    return _content(texts[0])[:LARGEST_TEXT].decode("latin-1") if texts else ""


def _typed_address(value: str) -> str:
    """The address in "rfc822; name@example.org" (RFC 3464, section 2.3.2), in lower case; "" for a type without an @."""
    address = value.rpartition(";")[2].strip().strip("<>").lower()
    return address if "@" in address else ""


def _plain_status(text: str) -> str:
    """The status at the beginning of the field, without leading zeros, which RFC 3463 doesn't allow and some write."""
    found = bounces.STATUS.match(text.strip())
    return ".".join(str(int(number)) for number in found.groups()) if found else ""


def status_in(text: str) -> str:
    """The first status in a server's words, or what its reply code stands for."""
    if found := STATUS_AFTER_CODE.search(text) or STATUS_ALONE.search(text):
        return _plain_status(found[1])
    if code := CODE.search(text):
        return STATUS_OF_CODE.get(code[1], f"{code[1][0]}.0.0")
    return ""
