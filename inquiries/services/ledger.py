"""Who wanted to know who asks, as whoever opened the inquiry reads it: its asker, by page and by API."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from inquiries.services import identities, thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.identities import Step


def read(opened: OpenInquiry, *, today: date) -> list[Step]:
    """All openings of an opened inquiry, the oldest first, their reasons without words that the office hides.

    Raises CannotOpen if a row was tampered with, and UnableToReachKeys.
    """
    steps = identities.ledger(opened.inquiry, key=opened.key, today=today)
    if not steps:
        return []
    clear = thread.clearing(opened)
    return [
        replace(step, reason=clear(step.reason or ""), refusal=None if step.refusal is None else clear(step.refusal))
        for step in steps
    ]
