"""Who is holding a case: who has to do something next. Derived from how the case stands, never stored.

Several may hold it at once, because agencies and experts are asked in parallel. While anybody inside or outside is consulted the
asker's deadline runs on: consulting is the office's own business. Each consultation has a day of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from inquiries.lifecycle import IN_HAND, RECEIVED, WAITING

ASKER: Final = "asker"
DESK: Final = "desk"  # of the agency that has the case: nobody there has taken it
OFFICER: Final = "officer"
SECOND_OFFICIAL: Final = "second-official"
AGENCY: Final = "agency"
EXPERT: Final = "expert"


@dataclass(frozen=True)
class Holding:
    """One who holds the case; `name` says which agency, expert or officer where that is known, `due_on` their own day."""

    who: str
    name: str = ""
    since: date | None = None
    due_on: date | None = None

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


def holders(*, state: str, desk: str, officer: str, proposed_on: date | None, consulted: Iterable[Holding]) -> list[Holding]:
    """Return all who hold the case, those with the nearest day first; nobody holds one that is answered or closed.

    `consulted` are the consultations that are open, `proposed_on` is the day of an answer that waits for a second official.
    """
    asked = sorted(consulted, key=lambda held: (held.due_on or date.max, held.name))
    if state == RECEIVED:
        return [*asked, Holding(DESK, desk)]
    if state == WAITING:
        return [Holding(ASKER), *asked]
    if state != IN_HAND:
        return []
    if proposed_on is not None:
        return [*asked, Holding(SECOND_OFFICIAL, desk, since=proposed_on)]
    return asked or [Holding(OFFICER, officer)]
