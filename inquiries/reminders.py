"""Reminders to come back, as a calendar file (RFC 5545) that tells nothing: no reference, no address, no organiser, no time."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

AT = timedelta(hours=9)  # of the day
MOST = 26  # reminders in one file


def calendar(*, title: str, first: date, every: timedelta | None, count: int) -> bytes:
    """Return a calendar with a whole-day entry on `first`, repeated `every` so often until there are `count` of them."""
    entry = Event()
    entry.add("uid", str(uuid.uuid4()))
    # The standard wants a time of making here; the first day's midnight says nothing that the entry doesn't say itself.
    entry.add("dtstamp", datetime.combine(first, time(), tzinfo=UTC))
    entry.add("dtstart", first)
    entry.add("dtend", first + timedelta(days=1))
    entry.add("summary", title)
    entry.add("transp", "TRANSPARENT")
    entry.add("class", "PRIVATE")
    if every is not None and count > 1:
        entry.add("rrule", {"freq": "daily", "interval": every.days, "count": count})
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", AT)
    entry.add_component(alarm)
    made = Calendar()
    made.add("prodid", "-//icalendar//EN")
    made.add("version", "2.0")
    made.add_component(entry)
    return bytes(made.to_ical())
