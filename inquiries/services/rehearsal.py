"""The dry run: where the inquiries of the last days would have gone under the rules, against where they are.

It counts kinds of inquiries and opens none. Administrators read no cases, so no reference and no word of a case is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from heapq import nsmallest
from typing import Final
from uuid import UUID

from catalogue.models import Segment
from inquiries import routing
from inquiries.models import RoutingRule
from inquiries.querysets import KindOfInquiry, kinds_of_inquiries
from organisations.models import Organisation

DAYS: Final = 90
MOST_ROWS: Final = 100


@dataclass(frozen=True)
class Tally:
    """One rule, or none, with how many inquiries it decides and how many of them are where it sends them."""

    rule: RoutingRule | None
    number: int
    agreed: int

    @property
    def elsewhere(self) -> int:
        return self.number - self.agreed


@dataclass(frozen=True)
class Row:
    """Inquiries that are alike in coarse facts; None as an agency is the focal point."""

    topic: str
    segments: tuple[str, ...]
    destination: str
    rule: RoutingRule | None
    would_go_to: Organisation | None
    went_to: Organisation | None
    number: int

    @property
    def is_agreed(self) -> bool:
        return self.would_go_to == self.went_to


@dataclass(frozen=True)
class Rehearsal:
    """`changed` counts the inquiries that would go elsewhere than under the rules in force; `hidden` those of rows left off."""

    since: date
    until: date
    total: int
    changed: int
    by_rule: list[Tally] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    hidden: int = 0

    @property
    def agreed(self) -> int:
        return sum(tally.agreed for tally in self.by_rule)


def rehearse(*, instead: RoutingRule | None = None, today: date) -> Rehearsal:
    """Try the rules in force on the last DAYS days; `instead`, saved or not, takes the place of the rule with its key."""
    since = today - timedelta(days=DAYS)
    in_force = list(RoutingRule.objects.in_force().in_order())
    lineages = _lineages()
    old = book = _Book(in_force, lineages)
    if instead is not None:
        book = _Book([*(rule for rule in in_force if rule.pk != instead.pk), instead], lineages)
    agencies: dict[UUID | None, Organisation] = {
        agency.pk: agency for agency in Organisation.objects.agencies().filter(is_focal_point=False)
    }
    counts: Counter[_Key] = Counter()
    changed = 0
    for kind in kinds_of_inquiries(after=since):
        place = book.decide(kind)
        if book is not old and book.goals[place] != old.goals[old.decide(kind)]:
            changed += kind.number
        went = kind.agency if kind.agency in agencies else None
        counts[kind.topic, tuple(kind.segments), kind.destination, place, went] += kind.number
    return _told(counts, book, agencies, Rehearsal(since, today, counts.total(), changed))


# Topic, segments, destination, the place of the rule that decides, the agency with which the inquiries are.
_Key = tuple[str, tuple[str, ...], str, int, UUID | None]


class _Book:
    """Rules in the order in which they are asked, `goals` beside them; the last place is that of no rule."""

    def __init__(self, rules: Iterable[RoutingRule], lineages: Mapping[str, frozenset[str]]) -> None:
        in_order = sorted(rules, key=lambda rule: (rule.tier, rule.position))
        self.rules: list[RoutingRule | None] = [*in_order, None]
        self.goals = [_goal(rule) for rule in self.rules]
        self._index = routing.Index([rule.as_rule for rule in in_order])
        self._lineages = lineages
        self._known: dict[tuple[str, tuple[str, ...]], int] = {}

    def decide(self, kind: KindOfInquiry) -> int:
        """Return the place of the rule that decides."""
        named = (
            (routing.TOPICS, (kind.topic,)),
            (routing.MODES, (kind.mode,)),
            (routing.DESTINATIONS, (kind.destination,)),
            (routing.SEGMENTS, tuple(kind.segments)),
            (routing.CODES, tuple(kind.codes)),
            (routing.FLAGS, tuple(kind.flags)),
        )
        place = self._index.first(self._unopposed(*each) for each in named)
        return len(self.rules) - 1 if place is None else place

    def _unopposed(self, kind: str, values: tuple[str, ...]) -> int:
        """What the index knows of the values, asked once: there are few of them, in many inquiries."""
        found = self._known.get((kind, values))
        if found is None:
            above = [code for value in values for code in self._lineages[value]] if kind == routing.SEGMENTS else values
            found = self._known[kind, values] = self._index.unopposed(kind, routing.widened(kind, above))
        return found


def _goal(rule: RoutingRule | None) -> UUID | None:
    """Where a rule sends to; None is the focal point, with which stays whatever no rule holds for."""
    return rule.agency.pk if rule and rule.agency and not rule.agency.is_focal_point else None


def _lineages() -> dict[str, frozenset[str]]:
    """Each segment's code with those of the segments above it."""
    rows = {pk: (code, parent) for pk, code, parent in Segment.objects.values_list("pk", "code", "parent")}
    found: dict[str, frozenset[str]] = {}
    for code, parent in rows.values():
        line, above = {code}, parent
        while above:
            name, above = rows[above]
            line.add(name)
        found[code] = found.get(code, frozenset()) | line
    return found


def _told(counts: Counter[_Key], book: _Book, agencies: Mapping[UUID | None, Organisation], empty: Rehearsal) -> Rehearsal:
    """Sum up by rule, and list the most frequent kinds, those that are elsewhere first."""
    numbers: Counter[int] = Counter()
    agreed: Counter[int] = Counter()
    for (_topic, _segments, _destination, place, went), number in counts.items():
        numbers[place] += number
        agreed[place] += number if book.goals[place] == went else 0
    shown = nsmallest(MOST_ROWS, counts.items(), key=lambda row: (book.goals[row[0][3]] == row[0][4], -row[1], row[0][:3]))
    return replace(
        empty,
        by_rule=[Tally(rule, numbers[place], agreed[place]) for place, rule in enumerate(book.rules)],
        rows=[
            Row(topic, segments, destination, book.rules[place], agencies.get(book.goals[place]), agencies.get(went), number)
            for (topic, segments, destination, place, went), number in shown
        ],
        hidden=empty.total - sum(number for _key, number in shown),
    )
