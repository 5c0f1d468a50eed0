"""Telling a supervisor, in the desk, of what is late: once for each day that was missed, on the next business morning."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from inquiries import deadlines
from inquiries.models import Inquiry
from inquiries.services import casebook, clock

BATCH = 500


def escalate(*, today: date, limit: int = BATCH) -> int:
    """Pass on to a supervisor what was not answered, taken or closed by its day; return how often.

    At most `limit` of each, each in a transaction of its own. Nothing on a day of rest, and nothing twice: an inquiry is passed on
    again only after it has been put off, or the asker has come back, and another day has been missed.
    """
    if not clock.office_calendar().is_business_day(today):
        return 0
    return sum(_escalate_late(move, today=today, limit=limit) for move in deadlines.ESCALATIONS)


def _escalate_late(move: str, *, today: date, limit: int) -> int:
    found = Inquiry.objects.to_escalate(deadlines.ESCALATIONS[move], today).in_order("due").values_list("pk", flat=True)[:limit]
    return sum(_escalate(pk, move, today=today) for pk in list(found))


@transaction.atomic
def _escalate(pk: UUID, move: str, *, today: date) -> bool:
    # Looked at anew under the lock; who is being worked on comes round again in the next run.
    late = Inquiry.objects.to_escalate(deadlines.ESCALATIONS[move], today).filter(pk=pk)
    inquiry = late.select_for_update(of=("self",), skip_locked=True).first()
    if inquiry is None:
        return False
    casebook.move(inquiry, move, by=None, today=today)
    return True
