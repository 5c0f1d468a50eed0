"""What a text has in common with another, word for word: how an asker's own words are noticed in a draft for the public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Five words in a row are seldom the same by chance, and enough to recognise one's own sentence by.
SHORTEST = 5
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Span:
    """A stretch of the text, in characters."""

    start: int
    end: int


def shared(text: str, *others: str) -> list[Span]:
    """Return the stretches of `text`, at least SHORTEST words long, that stand in one of `others` too; case and marks don't count.

    Takes time in proportion to the length of all texts together.
    """
    known = {window for other in others for window in _windows([word.group().lower() for word in WORD.finditer(other)])}
    words = list(WORD.finditer(text))
    spans: list[Span] = []
    for place, window in enumerate(_windows([word.group().lower() for word in words])):
        if window in known:
            start, end = words[place].start(), words[place + SHORTEST - 1].end()
            if spans and start <= spans[-1].end:
                spans[-1] = Span(spans[-1].start, end)
            else:
                spans.append(Span(start, end))
    return spans


def _windows(words: list[str]) -> Iterator[tuple[str, ...]]:
    for place in range(len(words) - SHORTEST + 1):
        yield tuple(words[place : place + SHORTEST])
