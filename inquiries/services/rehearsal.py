"""Where the inquiries of the last days would have gone under the rules, against where they are.

It counts kinds of inquiries and opens none. Administrators read no cases, so no reference and no word of a case is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from heapq import nsmallest
from typing import Any, Final
from uuid import UUID

from catalogue.models import Segment
from inquiries import routing
from inquiries.models import RoutingRule
from inquiries.querysets import KindOfInquiry
from organisations.models import Organisation

MOST_ROWS: Final = 100


@dataclass(frozen=True)
class TriedRule:
    """A rule as it was tried; version 0 is one that is not saved yet. No agency is the focal point."""

    pk: str
    name: str
    tier: int
    version: int
    agency: str


@dataclass(frozen=True)
class Tally:
    """One rule, or none, with how many inquiries it decides and how many of them are where it sends them."""

    rule: TriedRule | None
    number: int
    agreed: int

    @property
    def elsewhere(self) -> int:
        return self.number - self.agreed


@dataclass(frozen=True)
class Row:
    """Inquiries that are alike in coarse facts; no agency is the focal point."""

    topic: str
    segments: list[str]
    destination: str
    rule: TriedRule | None
    would_go_to: str
    went_to: str
    is_agreed: bool
    number: int


@dataclass(frozen=True)
class Rehearsal:
    """`changed` counts the inquiries that would go elsewhere than under the rules in force; `hidden` those of rows left off."""

    total: int
    changed: int
    hidden: int = 0
    by_rule: list[Tally] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def agreed(self) -> int:
        return sum(tally.agreed for tally in self.by_rule)

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Rehearsal:
        tallies = [Tally(**{**tally, "rule": _tried_rule(tally["rule"])}) for tally in said["by_rule"]]
        rows = [Row(**{**row, "rule": _tried_rule(row["rule"])}) for row in said["rows"]]
        return cls(**{**said, "by_rule": tallies, "rows": rows})


class Rehearsing:
    """Rules that are asked about inquiries a page at a time: the rules in force, or a changed or new one among them.

    `instead`, saved or not, takes the place of the rule with its key. The rules are read once, at the beginning.
    """

    def __init__(self, *, instead: RoutingRule | None = None) -> None:
        in_force = list(RoutingRule.objects.in_force().in_order())
        lineages = _lineages()
        self._old = self._book = _Book(in_force, lineages)
        if instead is not None:
            self._book = _Book([*(rule for rule in in_force if rule.pk != instead.pk), instead], lineages)
        agencies = Organisation.objects.agencies().filter(is_focal_point=False)
        self._agencies: dict[UUID | None, str] = {agency.pk: str(agency) for agency in agencies}
        self._counts: Counter[_Key] = Counter()
        self._changed = 0

    def add(self, kinds: Iterable[KindOfInquiry]) -> None:
        for kind in kinds:
            place = self._book.decide(kind)
            if self._book is not self._old and self._book.goals[place] != self._old.goals[self._old.decide(kind)]:
                self._changed += 1
            went = kind.agency if kind.agency in self._agencies else None
            self._counts[kind.topic, tuple(kind.segments), kind.destination, place, went] += 1

    def outcome(self) -> Rehearsal:
        """Sum up by rule, and list the most frequent kinds, those that are elsewhere first."""
        goals, tried = self._book.goals, [_as_tried(rule) for rule in self._book.rules]
        numbers: Counter[int] = Counter()
        agreed: Counter[int] = Counter()
        for (_topic, _segments, _destination, place, went), number in self._counts.items():
            numbers[place] += number
            agreed[place] += number if goals[place] == went else 0
        shown = nsmallest(MOST_ROWS, self._counts.items(), key=lambda row: (goals[row[0][3]] == row[0][4], -row[1], row[0][:3]))
        name = self._agencies.get
        return Rehearsal(
            total=self._counts.total(),
            changed=self._changed,
            hidden=self._counts.total() - sum(number for _key, number in shown),
            by_rule=[Tally(rule, numbers[place], agreed[place]) for place, rule in enumerate(tried)],
            rows=[
                Row(
                    topic, list(segments), destination, tried[place],
                    name(goals[place], ""), name(went, ""), goals[place] == went, number,
                )
                for (topic, segments, destination, place, went), number in shown
            ],
        )  # fmt: skip


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


def _as_tried(rule: RoutingRule | None) -> TriedRule | None:
    if rule is None:
        return None
    return TriedRule(str(rule.pk), rule.name, rule.tier, rule.version, str(rule.agency) if _goal(rule) and rule.agency else "")


def _tried_rule(said: Mapping[str, Any] | None) -> TriedRule | None:
    return TriedRule(**said) if said else None


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
