"""When an answer is due: derived from the events of a case and a business calendar, so that it can be worked out anew at any time.

A target of n business days ends on the n-th business day after the clock started. Days on which the office waited for the asker
don't count: not the day after it asked, nor any later one up to and including the day on which the asker wrote again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

# Business days to the first answer, by topic.
TARGETS = {
    "classification": 15,
    "transaction": 10,
    "licensing": 10,
    "sanctions": 5,
    "investment": 15,
    "technology-transfer": 15,
    "risk-landscape": 10,
    "other": 10,
}
LONGEST_DELAY = timedelta(days=3650)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Event:
    """One thing that starts, stops or pauses the clock; `kind` is a move of lifecycle.py or "received"."""

    kind: str
    on: date


@lru_cache(maxsize=8)
def public_holidays(country: str) -> holidays.HolidayBase:
    """The public holidays of a country (ISO 3166 alpha-2), worked out year by year as they are asked for."""
    return holidays.country_holidays(country)


def is_business_day(day: date, *, country: str) -> bool:
    return day.weekday() < 5 and day not in public_holidays(country)


def due_on(events: Iterable[Event], *, target: int, country: str) -> date | None:
    """Return the day an answer is due, or None while the office owes none: it waits for the asker, has answered or closed.

    `events` are in the order in which they happened, the first one "received"; `target` counts business days.
    """
    clock = _read(events)
    if clock is None:
        return None
    started, pauses = clock
    day, counted = started, 0
    while counted < target:
        day += ONE_DAY
        if day - started > LONGEST_DELAY:
            raise ValueError("the calendar has no business days")
        if is_business_day(day, country=country) and not any(asked < day <= replied for asked, replied in pauses):
            counted += 1
    return day


def _read(events: Iterable[Event]) -> tuple[date, list[tuple[date, date]]] | None:
    """Return the day on which the running clock started and its pauses, or None if no clock is running."""
    started: date | None = None
    asked: date | None = None
    pauses: list[tuple[date, date]] = []
    for event in events:
        if event.kind == "received":
            started, asked, pauses = event.on, None, []
        elif event.kind == "ask-back":
            asked = event.on
        elif event.kind in ("answer", "close", "asker-settles", "asker-closes"):
            started = None
        elif event.kind in ("asker-writes", "asker-reopens"):
            if started is None:  # answered or closed before: a new question, a new clock
                started, asked, pauses = event.on, None, []
            elif asked is not None:
                pauses.append((asked, event.on))
                asked = None
    return (started, pauses) if started is not None and asked is None else None
