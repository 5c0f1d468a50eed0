"""The proof of filing, made anew whenever the asker wants it; nothing of it is stored.

Where filed words have been taken out since, their hash was kept: the proof is still about what was filed, and the asker's own copy
of the words still fits it.
"""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings

from inquiries import proofs
from inquiries.models import Details, InquirySegment, Message
from inquiries.sealing import derive
from inquiries.services import attachments, thread
from inquiries.services.asking import OpenInquiry


def prove(opened: OpenInquiry) -> proofs.Proof:
    """Return the office's signed proof that the inquiry was filed; raises CannotOpen if a row was tampered with.

    The salt is derived from the case key, so it is the same each time, and nobody can work it out once the case is erased.
    """
    inquiry = opened.inquiry
    key_id, signing_key = next(iter(settings.SIGNING_KEYS.items()))
    content, version = filed_hash(opened)
    return proofs.sign(
        content,
        version=version,
        reference=inquiry.reference,
        on=inquiry.received_on,
        salt=_salt(opened),
        key_id=key_id,
        key=signing_key,
    )


def filed_hash(opened: OpenInquiry) -> tuple[str, int]:
    """The hash of what was filed, and the version of proofs that it is for: an earlier one where it was kept then."""
    kept = opened.inquiry.redactions.exclude(filed="").values_list("filed", "filed_version").first()
    if kept:
        return kept
    first = opened.inquiry.messages.in_order()[0]
    filed = _filing(
        opened,
        first,
        subject=thread.sealed_subject(opened),
        text=thread.sealed_text(first, opened),
        details=thread.sealed_details(opened),
    )
    return proofs.content_hash(filed, salt=_salt(opened)), proofs.VERSION


def filing(opened: OpenInquiry) -> proofs.Filing:
    """What the proof is about, to be kept beside it; hidden words are not in it, and with them it no longer fits the proof."""
    words = thread.read(opened)
    text = next((line.text for line in words.lines if line.position == 1), "")
    first = opened.inquiry.messages.in_order()[0]
    return _filing(opened, first, subject=words.subject, text=text, details=words.details)


def _filing(opened: OpenInquiry, first: Message, *, subject: str, text: str, details: Details) -> proofs.Filing:
    inquiry = opened.inquiry
    chosen = InquirySegment.objects.filter(inquiry=inquiry, is_by_desk=False).values_list("segment__code", flat=True)
    return proofs.Filing(
        subject=subject,
        text=text,
        topic=inquiry.topic,
        destination=inquiry.destination,
        segments=tuple(chosen),
        items=tuple(asdict(item) for item in details.items),
        red_flags=details.red_flags,
        files=tuple(attachments.digests(inquiry, opened.key, first)),
    )


def _salt(opened: OpenInquiry) -> bytes:
    return derive(opened.key, purpose="proof salt", server_key=settings.SERVER_KEY)


def public_keys() -> dict[str, bytes]:
    """The public halves of the keys with which the office signs and has signed."""
    return proofs.public_keys(settings.SIGNING_KEYS)
