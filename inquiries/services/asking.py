"""The asker's verbs: file an inquiry, return with the receipt, write again. None of them learns who asks."""

from __future__ import annotations

import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from catalogue.models import Segment
from inquiries import receipts
from inquiries.models import Details, Inquiry, InquirySegment, Message, Receipt
from inquiries.sealing import CannotOpen, Place, derive, new_case_key, seal, seal_bytes, unseal_bytes, unwrap, wrap
from inquiries.services import attachments, casebook, modes, named, readers, routing
from keystore import services as keystore

# Crockford's base 32 without letters that look alike; ten of them are 50 bits.
REFERENCE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NO_DETAILS = Details()


class UnableToReturn(Exception):
    """No inquiry has this receipt: it was never given, or its inquiry has been erased. Nobody is told which."""


@dataclass(frozen=True)
class Filed:
    inquiry: Inquiry
    receipt: str = field(repr=False)


@dataclass(frozen=True)
class OpenInquiry:
    """An inquiry and the key that opens it, held for one request."""

    inquiry: Inquiry
    key: bytes = field(repr=False)


def submit(
    *,
    topic: str,
    text: str,
    subject: str = "",
    segments: Iterable[Segment] = (),
    destination: str = "",
    details: Details = NO_DETAILS,
    objects_to_publication: bool = False,
    about: str = "",
    is_sighting: bool = False,
    identity: modes.Who = None,
    files: Sequence[attachments.Incoming] = (),
    today: date,
    form: bytes | None = None,
) -> Filed:
    """File an inquiry and return it with its receipt, which is kept nowhere. Without an `identity` it is anonymous.

    `about` is the word of what it was asked beside (services/subjects.py), which the caller has checked for this asker.
    `form` is the random content of the form that was sent: sending the same form again gives the same receipt and no second
    inquiry, whatever the answer to the first one was lost to. Without it every call files a new one.
    Raises UnableToReachKeys and UnableToName.
    """
    secret = derive_secret(form or secrets.token_bytes(32), "receipt secret", receipts.SECRET_BYTES)
    receipt = receipts.write(secret)
    inquiry = Inquiry(reference=new_reference(), topic=topic, destination=destination, received_on=today)
    inquiry.mode, inquiry.objects_to_publication = modes.mode_of(identity), objects_to_publication
    inquiry.about, inquiry.is_sighting = about, is_sighting
    # The share first: one without a case is cleared away at night, a case without its share could never be opened.
    share = keystore.deposit(inquiry.pk, today=today)
    try:
        with transaction.atomic():
            key = _file(inquiry, secret, share=share, subject=subject, text=text, details=details, segments=segments, today=today)
            modes.keep(inquiry, identity, key=key, share=share)
            attachments.keep(files, inquiry=inquiry, key=key, message=inquiry.messages.get() if files else None)
    except IntegrityError:
        with suppress(keystore.UnableToReachKeys):
            keystore.forget([inquiry.pk])
        known = Receipt.objects.select_related("inquiry").filter(digest=digest(secret)).first()
        if known is None:
            raise
        return Filed(known.inquiry, receipt)
    return Filed(inquiry, receipt)


def _file(
    inquiry: Inquiry,
    secret: bytes,
    *,
    share: bytes,
    subject: str,
    text: str,
    details: Details,
    segments: Iterable[Segment],
    today: date,
) -> bytes:
    """Write the rows of an inquiry and return its key."""
    key = new_case_key()
    inquiry.sealed_subject = seal(subject, key=key, place=Place("subject", inquiry.pk, inquiry.pk))
    inquiry.sealed_details = seal(details.as_text(), key=key, place=Place("details", inquiry.pk, inquiry.pk))
    segments = set(segments)
    routed = routing.place_new(inquiry, segments=segments)
    readers.note_first(inquiry)
    casebook.begin(inquiry, [("received", ""), *routed], today=today)
    Receipt.objects.create(
        inquiry=inquiry,
        digest=digest(secret),
        wrapped_key=wrap(key, under=wrapping_key(secret), share=share, place=receipt_place(inquiry)),
    )
    readers.admit_first(inquiry, key=key, share=share)
    InquirySegment.objects.bulk_create(InquirySegment(inquiry=inquiry, segment=segment) for segment in segments)
    casebook.add_message(inquiry, text, key=key, by=None, today=today, is_first=True)
    return key


def open_with_receipt(secret: bytes) -> OpenInquiry:
    """Return the inquiry of a receipt; raises UnableToReturn. A wrong receipt costs the same work as a right one.

    In the pass of somebody who comes as a member of the organisation that asks stands no receipt, but who they are.
    """
    if len(secret) == named.PASS_BYTES:
        return _open_for_member(secret)
    known = Receipt.objects.select_related("inquiry").filter(digest=digest(secret)).first()
    if known is None:
        known = _DECOY
    share = keystore.share_of(known.inquiry.pk) or _DECOY_SHARE
    try:
        key = unwrap(bytes(known.wrapped_key), under=wrapping_key(secret), share=share, place=receipt_place(known.inquiry))
    except CannotOpen as error:
        raise UnableToReturn from error
    return OpenInquiry(known.inquiry, key)


def _open_for_member(secret: bytes) -> OpenInquiry:
    try:
        return OpenInquiry(*named.open_for_member(secret))
    except named.UnableToFollow as error:
        raise UnableToReturn from error


# Unwrapped in vain for a receipt that nobody has, so that its refusal takes as long as a success.
_DECOY_SHARE = bytes(32)
_NOWHERE = Place("nowhere", uuid.UUID(int=0), uuid.UUID(int=0))
_DECOY = Receipt(inquiry=Inquiry(), wrapped_key=wrap(bytes(32), under=bytes(32), share=_DECOY_SHARE, place=_NOWHERE))


@transaction.atomic
def write_again(
    *, opened: OpenInquiry, text: str, files: Sequence[attachments.Incoming] = (), today: date, form: bytes | None = None
) -> Message:
    """Append the asker's words. Sending the same `form` again appends nothing and returns the message it made.

    Raises UnableToKeep where the question would have too many files.
    """
    inquiry = casebook.locked(opened.inquiry)
    message = Message()
    if form is not None:
        message.pk = uuid.UUID(bytes=derive_secret(form, "message", 16))
        if known := inquiry.messages.filter(pk=message.pk).first():
            return known
    if files:
        attachments.refuse_too_many(files, inquiry=inquiry)
    casebook.add_message(inquiry, text, key=opened.key, by=None, today=today, message=message)
    attachments.keep(files, inquiry=inquiry, key=opened.key, message=message)
    casebook.move(inquiry, "asker-writes", by=None, today=today)
    return message


def visit(secret: bytes, *, now: datetime, page: str = "visit") -> str:
    """Return a sealed pass that stands for the receipt on the pages of one visit, so that the words themselves are in no page.

    A pass is good for one kind of page: that of the receipt's page may show the words again, that of the others may not.
    """
    expires = int((now + VISIT_LASTS).timestamp()).to_bytes(8, "big")
    return urlsafe_b64encode(seal_bytes(expires + secret, key=_visit_key(), place=_place_of_pass(page))).decode()


def open_visit(token: str, *, now: datetime, page: str = "visit") -> bytes:
    """Return the secret of a visit's pass; raises UnableToReturn if it is forged, too old or one of another page."""
    try:
        content = unseal_bytes(urlsafe_b64decode(token), key=_visit_key(), place=_place_of_pass(page))
    except (CannotOpen, ValueError) as error:
        raise UnableToReturn from error
    if int.from_bytes(content[:8], "big") < now.timestamp():
        raise UnableToReturn
    return content[8:]


VISIT_LASTS = timedelta(hours=1)


def _place_of_pass(page: str) -> Place:
    return Place(page, uuid.UUID(int=0), uuid.UUID(int=0))


def _visit_key() -> bytes:
    return derive_secret(b"", "visit", 32)


def new_reference() -> str:
    letters = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(10))
    return f"FP-{letters[:5]}-{letters[5:]}"


def receipt_place(inquiry: Inquiry) -> Place:
    return Place("receipt key", inquiry.pk, inquiry.pk)


def digest(secret: bytes) -> bytes:
    return derive_secret(secret, "receipt digest", 32)


def wrapping_key(secret: bytes) -> bytes:
    return derive_secret(secret, "receipt wrap", 32)


def derive_secret(secret: bytes, purpose: str, size: int) -> bytes:
    return derive(secret, purpose=purpose, server_key=settings.SERVER_KEY, size=size)
