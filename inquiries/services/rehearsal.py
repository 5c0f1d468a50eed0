"""The dry run: where the inquiries of the last days would have gone under the rules, against where they are.

It counts kinds of inquiries and opens none. Administrators read no cases, so no reference and no word of a case is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, NamedTuple

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
    old = _Book(in_force)
    book = old if instead is None else _Book([*(rule for rule in in_force if rule.pk != instead.pk), instead])
    agencies = {agency.pk: agency for agency in Organisation.objects.agencies().filter(is_focal_point=False)}
    lineages = _lineages()
    counts: Counter[_Key] = Counter()
    changed = 0
    for kind in kinds_of_inquiries(after=since):
        about = _facts(kind, lineages)
        rule = book.decide(about)
        if book is not old and _goal(rule) != _goal(old.decide(about)):
            changed += kind.number
        went = agencies.get(kind.agency) if kind.agency else None
        counts[_Key(kind.topic, tuple(kind.segments), kind.destination, rule, went)] += kind.number
    return _told(counts, book.rules, Rehearsal(since, today, counts.total(), changed))


class _Key(NamedTuple):
    topic: str
    segments: tuple[str, ...]
    destination: str
    rule: RoutingRule | None
    went_to: Organisation | None


class _Book:
    """Rules in the order in which they are asked."""

    def __init__(self, rules: Iterable[RoutingRule]) -> None:
        self.rules = sorted(rules, key=lambda rule: (rule.tier, rule.position))
        self._known = {rule.pk: rule for rule in self.rules}
        self._plain = [rule.as_rule for rule in self.rules]

    def decide(self, about: routing.Values) -> RoutingRule | None:
        decision = routing.decide(self._plain, about)
        return self._known[decision.rule.id] if decision else None


def _goal(rule: RoutingRule | None) -> Organisation | None:
    """Where a rule sends to; None is the focal point, with which stays whatever no rule holds for."""
    return rule.agency if rule and rule.agency and not rule.agency.is_focal_point else None


def _facts(kind: KindOfInquiry, lineages: Mapping[str, frozenset[str]]) -> routing.Values:
    return routing.facts(
        topic=kind.topic,
        mode=kind.mode,
        destination=kind.destination,
        segments=frozenset().union(*(lineages[code] for code in kind.segments)),
        codes=kind.codes,
        flags=kind.flags,
    )


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


def _told(counts: Counter[_Key], rules: list[RoutingRule], empty: Rehearsal) -> Rehearsal:
    numbers: Counter[RoutingRule | None] = Counter()
    agreed: Counter[RoutingRule | None] = Counter()
    for key, number in counts.items():
        numbers[key.rule] += number
        agreed[key.rule] += number if _goal(key.rule) == key.went_to else 0
    shown = sorted(counts.items(), key=lambda found: (-found[1], found[0][:3]))[:MOST_ROWS]
    return replace(
        empty,
        by_rule=[Tally(rule, numbers[rule], agreed[rule]) for rule in (*rules, None)],
        rows=[Row(*key[:4], _goal(key.rule), key.went_to, number) for key, number in shown],
        hidden=empty.total - sum(number for _key, number in shown),
    )
