"""Which rule an inquiry falls under.

A rule has conditions of six kinds. All of its conditions must hold; a condition holds if any of its values does; a rule without
conditions holds for every inquiry. Of the rules that hold, that of the lowest tier decides, and within a tier the one that stands
first.

What an inquiry is about is told with everything that it lies below, so that a condition names a twig or a whole branch: a
technology lies in its area, a country in its regions (regions.py), an entry of a control list in the entry and the group above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from catalogue import regions

TOPICS: Final = "topics"
SEGMENTS: Final = "segments"
CODES: Final = "codes"
DESTINATIONS: Final = "destinations"
MODES: Final = "modes"
FLAGS: Final = "flags"
KINDS = (TOPICS, SEGMENTS, CODES, DESTINATIONS, MODES, FLAGS)

Values = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`conditions` holds the values of each kind that the rule names; a kind that is not there is not asked for."""

    id: UUID
    tier: int
    position: int
    conditions: Values = field(default_factory=dict)

    @classmethod
    def naming(cls, pk: UUID, tier: int, position: int, *values: Iterable[str]) -> Rule:
        """A rule from its columns: `values` are those of each of KINDS, none for a kind that it does not ask for."""
        return cls(pk, tier, position, {kind: frozenset(named) for kind, named in zip(KINDS, values, strict=True) if named})


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that decides, and for each of its conditions the values that the inquiry met."""

    rule: Rule
    met: tuple[tuple[str, tuple[str, ...]], ...]


def facts(
    *,
    topic: str,
    mode: str,
    destination: str = "",
    segments: Iterable[str] = (),
    codes: Iterable[str] = (),
    flags: Iterable[str] = (),
) -> Values:
    """Tell what an inquiry is about. `segments` come with the segments above them: their tree is in the catalogue."""
    named = {TOPICS: (topic,), MODES: (mode,), DESTINATIONS: (destination,), SEGMENTS: segments, CODES: codes, FLAGS: flags}
    return {kind: widened(kind, values) for kind, values in named.items()}


def widened(kind: str, values: Iterable[str]) -> frozenset[str]:
    """The values with all that they lie below, as far as that can be told from the values themselves."""
    if kind == DESTINATIONS:
        return frozenset(above for place in values for above in regions.above(place))
    if kind == CODES:
        return frozenset(above for code in values for above in codes_above(code))
    return frozenset(values)


_DUAL_USE = re.compile(r"[0-9][A-E]")


def codes_above(code: str) -> Iterator[str]:
    """The code itself and all that it stands below: 3A001.a.5 in 3A001.a and 3A001, those of the regime (3A0), group and category.

    The category, group and regime are the first characters of a dual-use code (Annex I of Regulation (EU) 2021/821); a code of
    another list stands below its own parts only.
    """
    parts = code.split(".")
    for length in range(len(parts), 0, -1):
        yield ".".join(parts[:length])
    entry = parts[0]
    if _DUAL_USE.match(entry):
        yield from (entry[:length] for length in (3, 2, 1) if length < len(entry))


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: (rule.tier, rule.position))


def decide(rules: Iterable[Rule], about: Values) -> Decision | None:
    """Return what the first of `rules` that holds decides; they must be `in_order`. None where none holds."""
    for rule in rules:
        if all(values & about[kind] for kind, values in rule.conditions.items()):
            met = ((kind, tuple(sorted(rule.conditions[kind] & about[kind]))) for kind in KINDS if kind in rule.conditions)
            return Decision(rule, tuple(met))
    return None


class Index:
    """Rules that are asked about many inquiries: finds the same rule as `decide`, kind by kind.

    For each value of a kind it knows as a number, a bit a rule, the first rule's lowest, which rules do not mind it. What does not
    mind any of an inquiry's kinds holds for it, and the lowest bit of those is the rule that decides.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """`rules` must be `in_order`."""
        self._silent = dict.fromkeys(KINDS, 0)
        self._naming: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        for place, rule in enumerate(rules):
            for kind in KINDS:
                if kind not in rule.conditions:
                    self._silent[kind] |= 1 << place
                for value in rule.conditions.get(kind, ()):
                    self._naming[kind][value] = self._naming[kind].get(value, 0) | 1 << place

    def unopposed(self, kind: str, values: Iterable[str]) -> int:
        """The rules that do not mind these values of one kind, which come `widened`."""
        found = self._silent[kind]
        for value in values:
            found |= self._naming[kind].get(value, 0)
        return found

    @staticmethod
    def first(unopposed: Iterable[int]) -> int | None:
        """The place of the rule that decides, by what is unopposed of every kind; None where none holds."""
        left = -1
        for bits in unopposed:
            left &= bits
        return (left & -left).bit_length() - 1 if left else None
