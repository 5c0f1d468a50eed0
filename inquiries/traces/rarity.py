"""Whether what somebody chose, taken together, fits so few firms that it names one.

The rule counts nothing that the portal knows: no firm, no other inquiry. It supposes a small country with about a thousand firms
that export strategic goods, and says in round numbers, which everybody may judge, by how much each choice narrows them down:

- what it is: a field of technology leaves one in four, a young one (quantum, space, semiconductors) one in twenty, a control entry
  (3A001) one in ten, a paragraph of it (3A001.a.5) one in a hundred. The narrowest counts, because they overlap. Each entry beyond
  the first leaves one in three of those.
- where it goes: a country with which many trade leaves one in two, any other country one in twenty, a region or nothing all.

Where both sides are named and fewer than FEWEST firms are left, the asker is warned and offered the coarser words. One side alone
is no warning: it can't be avoided without giving up the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

FIRMS = 1000
FEWEST = 5
# EU, EEA and the ten destinations that EU001 treats like them, and the largest markets beyond: by trade, not by trust.
_COMMON = """AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO CH GB
US CA AU NZ JP KR CN HK TW SG IN TR IL AE SA BR MX ZA UA"""
COMMON_DESTINATIONS = frozenset(_COMMON.split())
YOUNG_FIELDS = frozenset({"CTA01", "CTA03", "CTA07"})


class Side(StrEnum):
    ENTRY = "entry"
    DESTINATION = "destination"


@dataclass(frozen=True)
class Choices:
    """`destination` is an ISO country or an M49 region; `entries` are codes as 3A001.a.5; `segments` codes of areas."""

    destination: str = ""
    entries: Sequence[str] = ()
    segments: Sequence[str] = ()


@dataclass(frozen=True)
class Narrowing:
    """What may be said more coarsely: `entries` are those with a paragraph, `destination` is the country."""

    entries: tuple[str, ...]
    destination: str


def too_small(choices: Choices) -> Narrowing | None:
    """Return what to say more coarsely, or None where the choices fit enough firms."""
    where = _where(choices.destination)
    what = _what(choices)
    if where == 1 or what == 1 or FIRMS / (where * what) >= FEWEST:
        return None
    fine = tuple(dict.fromkeys(entry for entry in choices.entries if is_fine(entry)))
    return Narrowing(fine, choices.destination)


def is_fine(entry: str) -> bool:
    return "." in entry


def coarser(entry: str) -> str:
    """The entry that a paragraph stands in: 3A001 of 3A001.a.5."""
    return entry.partition(".")[0]


def _where(destination: str) -> int:
    if not destination.isalpha():
        return 1
    return 2 if destination in COMMON_DESTINATIONS else 20


def _what(choices: Choices) -> int:
    entries = set(choices.entries)
    by_entry = (100 if any(map(is_fine, entries)) else 10) * 3 ** (len(entries) - 1) if entries else 1
    by_field = max((20 if segment in YOUNG_FIELDS else 4 for segment in choices.segments), default=1)
    return max(by_entry, by_field)
