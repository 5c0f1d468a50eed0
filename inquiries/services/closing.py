"""The asker's own moves beside writing: it is settled, I still need help, close it. Each may be sent twice."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inquiries import lifecycle
from inquiries.models import Inquiry
from inquiries.services import casebook, dismissing
from inquiries.services.asking import OpenInquiry


@transaction.atomic
def settle(*, opened: OpenInquiry, today: date) -> Inquiry:
    """The answer settles it. Raises UnableToMove while there is none."""
    return _move(opened, "asker-settles", unless=(lifecycle.CLOSED,), today=today)


@transaction.atomic
def close(*, opened: OpenInquiry, today: date) -> Inquiry:
    """The asker needs no answer any more."""
    return _move(opened, "asker-closes", unless=(lifecycle.CLOSED,), today=today)


@transaction.atomic
def reopen(*, opened: OpenInquiry, today: date) -> Inquiry:
    """The asker still needs help: a new clock starts. Raises UnableToMove while the office waits for the asker's words."""
    return _move(opened, "asker-reopens", unless=lifecycle.OPEN_STATES, today=today)


def _move(opened: OpenInquiry, kind: str, *, unless: tuple[str, ...], today: date) -> Inquiry:
    """Make the move, unless the inquiry already stands where it leads."""
    inquiry = casebook.locked(opened.inquiry)
    if inquiry.state not in unless:
        casebook.move(inquiry, kind, by=None, today=today)
        if inquiry.state == lifecycle.CLOSED:
            dismissing.end_all(inquiry, today=today)
    return inquiry
