"""Telling a supervisor, in the desk, of what is overdue: once for each day that was missed, on the next business morning."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from inquiries.models import Inquiry
from inquiries.services import casebook, clock

BATCH = 500


def escalate(*, today: date, limit: int = BATCH) -> int:
    """Pass on to a supervisor what is overdue, at most `limit`, each in a transaction of its own; return how many.

    Nothing on a day of rest, and nothing twice: an inquiry is passed on again only after it has been put off and is late anew.
    """
    if not clock.office_calendar().is_business_day(today):
        return 0
    found = Inquiry.objects.to_escalate(today).order_by("due_on", "pk").values_list("pk", flat=True)[:limit]
    return sum(_escalate(pk, today=today) for pk in list(found))


@transaction.atomic
def _escalate(pk: UUID, *, today: date) -> bool:
    # Looked at anew under the lock; who is being worked on comes round again in the next run.
    late = Inquiry.objects.to_escalate(today).filter(pk=pk)
    inquiry = late.select_for_update(of=("self",), skip_locked=True).first()
    if inquiry is None:
        return False
    casebook.move(inquiry, "portal-escalates", by=None, today=today)
    return True
