"""What is told of a file while it is cleaned."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from inquiries.cleaning.kinds import LONGEST_VALUE, METADATA_WORDS, MOST_FOUND, PHRASES

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+|\s+")


def plain(value: object) -> str:
    """Return `value` as one short line without control and direction characters."""
    return _UNPRINTABLE.sub(" ", str(value)[: 4 * LONGEST_VALUE]).strip()[:LONGEST_VALUE]


@dataclass
class Findings:
    """Metadata, each once and in the order found: kind, phrase (one of PHRASES, or none) and value."""

    found: dict[tuple[str, str, str], None] = field(default_factory=dict)

    def add(self, kind: str, value: object = "", phrase: str = "") -> None:
        """Note a metadatum. What is empty is none; of a file with very many, those beyond 200 are not told."""
        if kind not in METADATA_WORDS or (phrase and phrase not in PHRASES):
            raise ValueError(kind, phrase)
        text = plain(value)
        if (text or phrase) and len(self.found) < MOST_FOUND:
            self.found[kind, phrase, text] = None

    def count(self, kind: str, phrase: str, number: int) -> None:
        if number:
            self.add(kind, number, phrase)


@dataclass(frozen=True)
class Copy:
    """A cleaned file and its words."""

    content: bytes
    text: str
