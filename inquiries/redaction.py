"""Applying redactions to a text: stretches replaced by a marker of fixed length, and the places of a passage found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# What is left of each character that was taken out, so that whatever stands behind it keeps its place.
BLOCK = "█"
# What is left of a quote of it in what the office wrote.
GONE = BLOCK * 5
# A passage with fewer letters and digits than this is hidden where it was chosen, and not looked for in other texts.
SHORTEST_QUOTE = 4
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, order=True)
class Stretch:
    """Characters of a text from `start` up to, and without, `end`; `marker` is what is read in their place."""

    start: int
    end: int
    marker: str = ""

    def meets(self, other: Stretch) -> bool:
        return self.start < other.end and other.start < self.end


def applied(text: str, stretches: Iterable[Stretch]) -> str:
    """Return the text with each stretch replaced by its marker. Of those that overlap, the first one's marker stands for all."""
    parts: list[str] = []
    done = 0
    for stretch in sorted(stretches):
        if stretch.start >= done:
            parts += [text[done : stretch.start], stretch.marker]
        done = max(done, stretch.end)
    return "".join([*parts, text[done:]])


def blocked(text: str, stretches: Iterable[Stretch]) -> str:
    """Return a text of the same length that has lost the characters of the stretches."""
    for stretch in stretches:
        text = text[: stretch.start] + BLOCK * (min(stretch.end, len(text)) - stretch.start) + text[stretch.end :]
    return text


def found(text: str, passage: str) -> list[Stretch]:
    """Where a passage stands in a text, letter by letter; white space counts as one space, as a browser's selection gives it."""
    pattern = _pattern(passage)
    return [Stretch(match.start(), match.end()) for match in re.finditer(pattern, text)] if pattern else []


def without(text: str, passages: Iterable[str], *, marker: str) -> str:
    """Return the text without quotes of the passages: whole words, in any letters. Short passages are not looked for."""
    for passage in sorted(passages, key=len, reverse=True):
        if len(re.findall(r"\w", passage)) >= SHORTEST_QUOTE:
            text = re.sub(_whole_words(passage), lambda _: marker, text, flags=re.IGNORECASE)
    return text


def quotes(text: str, passages: Iterable[str]) -> bool:
    """Whether a text holds one of the passages, as `without` looks for them."""
    return without(text, passages, marker="") != text


def _pattern(passage: str) -> str:
    return r"\s+".join(re.escape(word) for word in _SPACE.split(passage.strip()) if word)


def _whole_words(passage: str) -> str:
    passage = passage.strip()
    before = r"(?<!\w)" if passage[0].isalnum() else ""
    after = r"(?!\w)" if passage[-1].isalnum() else ""
    return f"{before}{_pattern(passage)}{after}"
