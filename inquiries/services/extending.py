"""Putting off an answer: by some business days, with a reason that the asker reads."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from inquiries import deadlines
from inquiries.models import Inquiry, Message
from inquiries.permissions import may_extend
from inquiries.services import casebook, casework, clock, lateness
from inquiries.services.lateness import Late
from organisations.models import User


class UnableToExtend(Exception):
    """The answer may not be put off so, or not once more."""


class NeedsSupervisor(UnableToExtend):
    """It has been put off once; a supervisor may do it again."""


class TooManyExtensions(UnableToExtend):
    """It has been put off as often as it may be."""


@transaction.atomic
def extend(inquiry: Inquiry, *, days: int, text: str, late: Late | None = None, by: User, today: date) -> Message:
    """Put off the answer by `days` business days, counted from its day or from today if that is past, and tell the asker why.

    `text` is the reason for the asker; `late` the reason for the office, needed where the day is past. Raises UnableToExtend,
    UnableToMoveLate, UnableToMove, UnableToWork or UnableToOpen.
    """
    inquiry = casebook.locked(inquiry)
    opened = casework.open_for_official(inquiry, by=by)
    extensions = len(clock.current_round(inquiry).extensions)
    if not may_extend(by, inquiry, extensions=extensions):
        raise NeedsSupervisor if may_extend(by, inquiry, extensions=0) else casework.UnableToWork
    if extensions >= deadlines.MOST_EXTENSIONS:
        raise TooManyExtensions
    if not 1 <= days <= deadlines.LONGEST_EXTENSION:
        raise UnableToExtend
    lateness.explain(opened, late, by=by, today=today)
    casebook.move(inquiry, "extend", by=by, today=today, days=days)
    return casebook.add_message(inquiry, _letter(inquiry, text), key=opened.key, by=by, today=today)


def _letter(inquiry: Inquiry, reason: str) -> str:
    """What the asker reads."""
    told = _("Our answer will take longer than we said. It is now due by %(day)s.") % {
        "day": date_format(inquiry.due_on, "j F Y") if inquiry.due_on else ""
    }
    return f"{told}\n\n{reason}"
