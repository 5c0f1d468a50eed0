"""What a text of somebody else may be about: a suggestion to an editor, who decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from catalogue.models import ControlEntry, Segment
from catalogue.parsing import codes_in
from catalogue.synonyms import expansions

MOST_CODES: Final = 8
MOST_NEAR: Final = 3
MOST_SEGMENTS: Final = 4
_PARTS = re.compile(r",|\band\b|\bor\b|\bincluding\b|\bfrom\b|\bfor\b|\bby\b", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    codes: list[str]  # control entries that the text names
    near_codes: list[str]  # where it names none: the likeliest for things that it names in words of the trade
    segments: list[Segment]  # areas


class Matcher:
    """Reads the catalogue's segments once, for many texts."""

    def match(self, text: str) -> Match:
        named = codes_in(text)
        known = ControlEntry.objects.current().entries().filter(code__in=named)
        codes = sorted(set(known.values_list("code", flat=True)))[:MOST_CODES] if named else []
        near = [] if codes else self._near(text)
        return Match(codes, near, self._segments(text, codes, near))

    def _near(self, text: str) -> list[str]:
        """Words alone would always find something; only things that the catalogue has another word for are looked up."""
        words = expansions(text)
        if not words:
            return []
        found = ControlEntry.objects.current().search(" ".join(words))
        return list(dict.fromkeys(found.values_list("code", flat=True)[:MOST_NEAR]))

    def _segments(self, text: str, codes: list[str], near: list[str]) -> list[Segment]:
        weights: Counter[Segment] = Counter()
        for phrase, area in self._phrases:
            if phrase.search(text):
                weights[area] += 10
        for code in codes:
            weights.update(self._by_code.get(code, ()))
        if not weights:
            for code in near[:1]:
                weights.update(self._by_code.get(code, ()))
        return sorted(weights, key=lambda area: (-weights[area], area.code))[:MOST_SEGMENTS]

    @cached_property
    def _nodes(self) -> list[tuple[Segment, Segment]]:
        """Each area and technology now in force, with the area that it is or is part of."""
        areas = list(Segment.objects.areas())
        twigs = Segment.objects.technologies().select_related("parent")
        return [(area, area) for area in areas] + [(twig, twig.parent) for twig in twigs if twig.parent]

    @cached_property
    def _phrases(self) -> list[tuple[re.Pattern[str], Segment]]:
        return [(_pattern(phrase), area) for node, area in self._nodes for phrase in _telling(node.label)]

    @cached_property
    def _by_code(self) -> dict[str, list[Segment]]:
        found: dict[str, dict[Segment, None]] = {}
        for node, area in self._nodes:
            for code in node.control_codes:
                found.setdefault(code, {})[area] = None
        return {code: list(areas) for code, areas in found.items()}


def _telling(label: str) -> Iterable[str]:
    """The parts of a label that say what is meant wherever they stand: two words or more, or one that is all of it."""
    if " " not in label:
        return [label]
    return [part.strip() for part in _PARTS.split(label) if len(part.split()) > 1]


def _pattern(phrase: str) -> re.Pattern[str]:
    """The phrase, in the singular or the plural."""
    *first, last = phrase.split()
    stem = re.sub(r"(ies|s)$", "", last)
    words = [*(re.escape(word) for word in first), rf"{re.escape(stem)}(?:y|ies|s)?"]
    return re.compile(r"(?<!\w)" + r"[\s-]+".join(words) + r"(?!\w)", re.IGNORECASE)
