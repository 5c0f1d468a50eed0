"""The proof of filing, made anew whenever the asker wants it; nothing of it is stored.

Where filed words have been taken out since, their hash was kept: the proof is still about what was filed, and the asker's own copy
of the words still fits it.
"""

from __future__ import annotations

from django.conf import settings

from inquiries import proofs
from inquiries.sealing import derive
from inquiries.services import thread
from inquiries.services.asking import OpenInquiry


def prove(opened: OpenInquiry) -> proofs.Proof:
    """Return the office's signed proof that the inquiry was filed; raises CannotOpen if a row was tampered with.

    The salt is derived from the case key, so it is the same each time, and nobody can work it out once the case is erased.
    """
    inquiry = opened.inquiry
    key_id, signing_key = next(iter(settings.SIGNING_KEYS.items()))
    return proofs.sign_hash(
        filed_hash(opened), reference=inquiry.reference, on=inquiry.received_on, salt=_salt(opened), key_id=key_id, key=signing_key
    )


def filed_hash(opened: OpenInquiry) -> str:
    """The hash of the words as they were filed."""
    kept = opened.inquiry.redactions.exclude(filed="").values_list("filed", flat=True).first()
    if kept:
        return kept
    first = opened.inquiry.messages.in_order()[0]
    return proofs.content_hash(subject=thread.sealed_subject(opened), text=thread.sealed_text(first, opened), salt=_salt(opened))


def _salt(opened: OpenInquiry) -> bytes:
    return derive(opened.key, purpose="proof salt", server_key=settings.SERVER_KEY)


def public_keys() -> dict[str, bytes]:
    """The public halves of the keys with which the office signs and has signed."""
    return proofs.public_keys(settings.SIGNING_KEYS)
