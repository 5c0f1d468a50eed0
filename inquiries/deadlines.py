"""When the office owes what: derived from the events of a case and a business calendar, and always the same when derived anew.

A target of n business days ends on the n-th business day after its clock started. Days on which the office waited for the asker
don't count for the answer: not the day after it asked, nor any later one up to and including the day on which the asker wrote
again. An extension by n days moves the day to n business days after the old one, or after the day on which it was given where that
is later: nobody is promised a day that is past.

A history falls into rounds, each from the asker's question to the office's last word on it. The clock of a round starts once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from typing import Final

from inquiries.calendars import Calendar

# Business days to the first answer, by topic, for what is not pressing; an administrator may set others.
TARGETS: Final = {
    "classification": 15,
    "transaction": 10,
    "licensing": 10,
    "sanctions": 5,
    "investment": 15,
    "technology-transfer": 15,
    "risk-landscape": 10,
    "other": 10,
}
# What part of that is left for what presses, and within how many days somebody has to take it.
PRESSING: Final = {"urgent": (1 / 5, 1), "high": (1 / 2, 1), "normal": (1.0, 2)}
# Business days of the asker's silence, after an answer or a question to them, within which the office closes the case.
CLOSE_WITHIN: Final = 15
# So many business days before it has to be answered or closed, the case is marked; before it has to be taken, on the last day.
WARN_DAYS: Final = 2
LONGEST_TARGET: Final = 250
LONGEST_EXTENSION: Final = 20
MOST_EXTENSIONS: Final = 3  # of one round

ACKNOWLEDGE: Final = "acknowledge"
ANSWER: Final = "answer"
CLOSE: Final = "close"
# What passes a missed day on to a supervisor.
ESCALATIONS: Final = {
    "portal-escalates": ANSWER,
    "portal-escalates-taking": ACKNOWLEDGE,
    "portal-escalates-closing": CLOSE,
}


@dataclass(frozen=True)
class Event:
    """One thing that starts, stops or pauses a clock: a move of lifecycle.py or "received". `days` are those of an extension."""

    kind: str
    on: date
    days: int = 0


@dataclass(frozen=True)
class Targets:
    """Business days within which the office takes a case, answers it, and closes it when the asker says no more."""

    acknowledge: int
    answer: int
    close: int


@dataclass
class Round:
    """One question and what the office did about it."""

    started: date
    taken: date | None = None
    asked: date | None = None  # the asker has been asked and has not written yet
    pauses: list[tuple[date, date]] = field(default_factory=list)
    extensions: list[tuple[date, int]] = field(default_factory=list)
    escalated: dict[str, date] = field(default_factory=dict)  # by target, when a supervisor was told of its day that was missed
    answered: date | None = None
    ended: date | None = None

    @property
    def is_running(self) -> bool:
        """Whether an answer is owed, now or once the asker has written."""
        return self.answered is None and self.ended is None

    @property
    def extended_by(self) -> int:
        return sum(days for _on, days in self.extensions)


@dataclass(frozen=True)
class Clock:
    """What the office owes and by when; None for what it does not owe.

    due_on: its answer. acknowledge_on: that somebody takes it. close_on: that it is closed. warn_on: from when on the case is
    marked, because its answer or its closing is due soon. The others: when a supervisor was told that one of these is late.
    """

    due_on: date | None = None
    warn_on: date | None = None
    acknowledge_on: date | None = None
    close_on: date | None = None
    escalated_on: date | None = None
    take_escalated_on: date | None = None
    close_escalated_on: date | None = None


class TargetTable:
    """The targets that were in force on each day; what nobody has set is standard."""

    def __init__(self, versions: Iterable[tuple[str, str, date, Targets]] = ()) -> None:
        """`versions` are (topic, priority, day from which it is in force, targets), in any order."""
        self._versions: dict[tuple[str, str], list[tuple[date, Targets]]] = {}
        for topic, priority, valid_from, targets in sorted(versions, key=lambda version: version[:3]):
            self._versions.setdefault((topic, priority), []).append((valid_from, targets))

    def at(self, topic: str, priority: str, day: date) -> Targets:
        versions = self._versions.get((topic, priority), [])
        place = bisect_right([valid_from for valid_from, _targets in versions], day)
        return versions[place - 1][1] if place else standard(topic, priority)


def standard(topic: str, priority: str) -> Targets:
    share, acknowledge = PRESSING[priority]
    return Targets(acknowledge=acknowledge, answer=ceil(TARGETS[topic] * share), close=CLOSE_WITHIN)


def rounds(events: Iterable[Event]) -> list[Round]:
    """Return the rounds of a history, oldest first; `events` are in the order in which they happened, the first one "received"."""
    found: list[Round] = []
    for event in events:
        if event.kind == "received" or (event.kind in _ASKERS_WORDS and not found[-1].is_running):
            # Whoever has the case in hand already need not take it again.
            was_taken = bool(found) and found[-1].taken is not None
            found.append(Round(event.on, taken=event.on if was_taken else None))
        else:
            _go_on(found[-1], event)
    return found


_ASKERS_WORDS = ("asker-writes", "asker-reopens")


def _go_on(current: Round, event: Event) -> None:
    if event.kind in ("take", "hand-over"):
        current.taken = current.taken or event.on
    elif event.kind == "ask-back":
        current.asked = event.on
        current.escalated.pop(CLOSE, None)
    elif event.kind == "extend":
        current.extensions.append((event.on, event.days))
        current.escalated.pop(ANSWER, None)
    elif event.kind in ESCALATIONS:
        current.escalated[ESCALATIONS[event.kind]] = event.on
    elif event.kind == "answer":
        current.answered = event.on
        current.escalated.pop(CLOSE, None)
    elif event.kind in ("close", "asker-settles", "asker-closes"):
        current.ended = event.on
    elif event.kind in _ASKERS_WORDS and current.asked is not None:
        current.pauses.append((current.asked, event.on))
        current.asked = None


def clock(current: Round, *, targets: Targets, calendar: Calendar) -> Clock:
    """Return what the office owes in the last round of a case; `targets` are those in force when the round started."""
    if current.ended:
        return Clock()
    if close := close_due(current, target=targets.close, calendar=calendar):
        warn = calendar.before(close, WARN_DAYS)
        return Clock(close_on=close, warn_on=warn, close_escalated_on=current.escalated.get(CLOSE))
    due = answer_due(current, target=targets.answer, calendar=calendar)
    return Clock(
        due_on=due,
        warn_on=calendar.before(due, WARN_DAYS) if due else None,
        acknowledge_on=None if current.taken else take_due(current, target=targets.acknowledge, calendar=calendar),
        escalated_on=current.escalated.get(ANSWER),
        take_escalated_on=None if current.taken else current.escalated.get(ACKNOWLEDGE),
    )


def take_due(current: Round, *, target: int, calendar: Calendar) -> date:
    """Return the day by which somebody has, or had, to take the question of a round."""
    return calendar.after(current.started, target)


def close_due(current: Round, *, target: int, calendar: Calendar) -> date | None:
    """Return the day by which a round is, or was, to be closed; None where the asker has not been left the last word."""
    silent_since = current.answered or current.asked
    return calendar.after(silent_since, target) if silent_since else None


def answer_due(current: Round, *, target: int, calendar: Calendar) -> date | None:
    """Return the day on which the answer of a round is or was due; None where the asker was asked before it and has not written."""
    left = target
    for on, days in current.extensions:
        left = max(left, office_days(current, until=on, calendar=calendar)) + days
    for after, until in _stretches(current):
        if until is None:
            return calendar.after(after, left)
        counted = calendar.between(after, until)
        if counted >= left:
            return calendar.after(after, left)
        left -= counted
    return None


def office_days(current: Round, *, until: date, calendar: Calendar) -> int:
    """Return how many business days the office has had the question, up to and including `until`."""
    return sum(calendar.between(after, min(end or until, until)) for after, end in _stretches(current))


def _stretches(current: Round) -> Iterator[tuple[date, date | None]]:
    """Yield when the office had the question: each time after the first day, up to and including the second; None is no end yet."""
    after = current.started
    for asked, replied in current.pauses:
        yield after, asked
        after = replied
    yield after, current.asked
