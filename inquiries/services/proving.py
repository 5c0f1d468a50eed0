"""The proof of filing, made anew whenever the asker wants it; nothing of it is stored."""

from __future__ import annotations

from django.conf import settings

from inquiries import proofs
from inquiries.sealing import Place, derive, unseal
from inquiries.services.asking import OpenInquiry


def prove(opened: OpenInquiry) -> proofs.Proof:
    """Return the office's signed proof that the inquiry was filed; raises CannotOpen if a row was tampered with.

    The salt is derived from the case key, so it is the same each time, and nobody can work it out once the case is erased.
    """
    inquiry, key = opened.inquiry, opened.key
    first = inquiry.messages.in_order()[0]
    key_id, signing_key = next(iter(settings.SIGNING_KEYS.items()))
    return proofs.sign(
        reference=inquiry.reference,
        on=inquiry.received_on,
        subject=unseal(bytes(inquiry.sealed_subject), key=key, place=Place("subject", inquiry.pk, inquiry.pk)),
        text=unseal(bytes(first.sealed_text), key=key, place=Place("message", inquiry.pk, first.pk)),
        salt=derive(key, purpose="proof salt", server_key=settings.SERVER_KEY),
        key_id=key_id,
        key=signing_key,
    )


def public_keys() -> dict[str, bytes]:
    """The public halves of the keys with which the office signs and has signed."""
    return proofs.public_keys(settings.SIGNING_KEYS)
