"""The days on which things happen in the demo country: business days, counted back from today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from inquiries.calendars import Calendar

# The day on which something happens, and what makes it happen.
Happening = tuple[date, Callable[[], object]]


def business_days(today: date, most: int) -> list[date]:
    """Return the last business days, the latest first: at 0 today, or the last one before it when today is none."""
    found: list[date] = []
    calendar, day = Calendar(settings.COUNTRY), today
    while len(found) <= most:
        if calendar.is_business_day(day):
            found.append(day)
        day -= timedelta(days=1)
    return found


def office_hour(day: date, turn: int) -> datetime:
    """Return a time of that day between nine and half past four; `turn` varies it, always in the same way."""
    minutes = 9 * 60 + turn * 37 % 450
    return timezone.make_aware(datetime.combine(day, time(minutes // 60, minutes % 60)))
