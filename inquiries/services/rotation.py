"""Exchanging a receipt for a new one: the way to hand a case on within a firm."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inquiries import receipts
from inquiries.sealing import wrap
from inquiries.services import asking, casebook
from keystore import services as keystore


def rotate(*, secret: bytes, form: bytes, today: date) -> bytes:
    """Give the inquiry of a receipt a new one and return its secret; from then on the old one opens nothing. Raises UnableToReturn.

    The new receipt follows from the old one and the form's random content, so the same form sent again gives the same receipt.
    """
    new = asking.derive_secret(secret + form, "rotated receipt", receipts.SECRET_BYTES)
    try:
        opened = asking.open_with_receipt(secret)
    except asking.UnableToReturn:
        asking.open_with_receipt(new)  # sent twice: this form has done its work
        return new
    with transaction.atomic():
        inquiry = casebook.locked(opened.inquiry)
        if bytes(inquiry.receipt.digest) == asking.digest(new):
            return new  # sent twice by a member, whose pass outlives the exchange
        place = asking.receipt_place(inquiry)
        inquiry.receipt.digest = asking.digest(new)
        inquiry.receipt.wrapped_key = wrap(
            opened.key, under=asking.wrapping_key(new), share=keystore.share_of(inquiry.pk), place=place
        )
        inquiry.receipt.save(update_fields=["digest", "wrapped_key"])
        casebook.move(inquiry, "asker-rotates", by=None, today=today)
    return new
