"""The yearly confirmation of an entry: when it is due, when a firm is reminded, when the entry lapses, and what others see of it.

A year, as for the renewal of a legal entity identifier (ISO 17442). The grace is a quarter, so that a firm whose one editor is away
for a summer loses nothing; the reminders come a month before, on the day, a month after, and two weeks before the end.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

YEAR: Final = timedelta(days=365)
GRACE: Final = timedelta(days=90)
# Days after the day on which the confirmation is due.
REMINDERS: Final = (-30, 0, 30, 76)
# No entry lapses unwarned, also where the clock stood still: a reminder after the year has to be this old.
LEAST_WARNING: Final = timedelta(days=14)


def due_on(confirmed_on: date) -> date:
    return confirmed_on + YEAR


def lapses_on(confirmed_on: date) -> date:
    """The first day on which nobody sees the entry any more, where nobody confirms it before."""
    return confirmed_on + YEAR + GRACE


def reminder(confirmed_on: date, *, today: date) -> int | None:
    """Return which of REMINDERS is the latest whose day has come; None before the first."""
    over = (today - due_on(confirmed_on)).days
    return max((days for days in REMINDERS if days <= over), default=None)


def month(day: date) -> date:
    """The first day of the month: all that others may know of the day."""
    return day.replace(day=1)


def is_stale(confirmed_in: date, *, today: date) -> bool:
    """Whether every day of the month was over a year ago: worked out from the month alone, so that it tells nothing of the day."""
    next_month = month(confirmed_in + timedelta(days=31))
    return next_month + YEAR <= today
