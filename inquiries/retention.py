"""How long a case is kept, by how it was asked and how it ended. Nothing is erased while the office owes a word.

The day is derived from the history of the case, like a deadline: it can be worked out anew at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

ANSWERED: Final = "answered"  # answered, and the asker has said no more
SETTLED: Final = "settled"  # answered, and the asker says that it will do
WITHDRAWN: Final = "withdrawn"  # closed by the asker before any answer
CLOSED: Final = "closed"  # closed by the office without an answer
WAITING: Final = "waiting"  # the office asked something, and the asker has not come back
OPEN: Final = "open"  # erased by the asker while an answer was owed; never kept for a time

# Days from the event that ended it. Named questions are correspondence with a known party and are kept as such.
DAYS: Final = {
    "anonymous": {ANSWERED: 180, SETTLED: 90, WITHDRAWN: 30, CLOSED: 180, WAITING: 365},
    "confidential": {ANSWERED: 365, SETTLED: 180, WITHDRAWN: 30, CLOSED: 365, WAITING: 365},
    "named": {ANSWERED: 1095, SETTLED: 1095, WITHDRAWN: 365, CLOSED: 1095, WAITING: 1095},
}


@dataclass(frozen=True)
class Ending:
    """How a case ended and on which day."""

    outcome: str
    since: date


def ending(events: Iterable[tuple[str, date]]) -> Ending | None:
    """Return how the case stands ended, or None while the office owes a word; `events` are (kind, day) in order."""
    found: Ending | None = None
    is_answered = False
    for kind, on in events:
        if kind in ("received", "asker-writes", "asker-reopens"):
            found = None
        elif kind in _OUTCOMES:
            is_answered = is_answered or kind == "answer"
            with_answer, without = _OUTCOMES[kind]
            found = Ending(with_answer if is_answered else without, on)
    return found


# What ends a case: the outcome if it has been answered before, and if not.
_OUTCOMES = {
    "answer": (ANSWERED, ANSWERED),
    "ask-back": (WAITING, WAITING),
    "close": (ANSWERED, CLOSED),
    "asker-settles": (SETTLED, SETTLED),
    "asker-closes": (SETTLED, WITHDRAWN),
}


def erase_on(events: Iterable[tuple[str, date]], *, mode: str) -> date | None:
    """Return the day from which the case is erased, or None while the office owes a word."""
    found = ending(events)
    return found.since + timedelta(days=DAYS[mode][found.outcome]) if found else None


def quarter(day: date) -> date:
    """Return the first day of the day's quarter."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)
