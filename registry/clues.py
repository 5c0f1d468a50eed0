"""Whether a firm's words tell who it is: what it says of itself in its entry is looked for in them, and ways to reach somebody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from registry.disclosure import IDENTIFYING_FIELDS, Field

_REACHED: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|https?://\S|\bwww\.\S|\+\d[\d ()-]{6,}")
# Words of names that tell nothing: forms of firms, and what many of a kind have in theirs.
_COMMON: Final = frozenset(
    """ou oü as mtü sa sia oy oyj ab gmbh ag bv nv srl sas ltd limited llc inc plc the and of for group holding
    institute university laboratory technologies technology systems solutions""".split()  # noqa: SIM905  it reads as a list
)
SHORTEST: Final = 4  # characters of a name's word that is looked for by itself


def told(words: str, values: Mapping[Field, Any]) -> list[Field]:
    """Return the fields of the entry that stand in the words, its contact address also for any way to reach somebody."""
    text, letters = _plain(words), _letters(words)
    found = [field for field in (Field.LEGAL_NAME, *sorted(IDENTIFYING_FIELDS)) if _stands(field, values.get(field), text, letters)]
    if Field.CONTACT_EMAIL not in found and _REACHED.search(words):
        found.append(Field.CONTACT_EMAIL)
    return found


def _stands(field: Field, value: Any, text: str, letters: str) -> bool:
    parts = value if isinstance(value, list) else [value] if value else []
    if field in (Field.LEGAL_NAME, Field.TRADING_NAMES, Field.UNIT_NAME):
        return any(_names(str(part), text) for part in parts)
    if field == Field.REGISTRATION_NUMBER:
        parts = [str(part).partition(" ")[2] for part in parts]  # without the country
    if field in (Field.WEBSITE, Field.CONTACT_EMAIL):
        parts = [re.sub(r"^https?://(www\.)?|/.*$|^.*@", "", str(part)) for part in parts]
    return any(_letters(str(part)) in letters for part in parts if part)


def _names(name: str, text: str) -> bool:
    """The whole name, or its first word that is its own."""
    own = [word for word in _plain(name).split() if word not in _COMMON]
    if not own:
        return False
    return f" {' '.join(own)} " in text or (len(own[0]) >= SHORTEST and len(own) == 1 and f" {own[0]} " in text)


def _plain(words: str) -> str:
    """In small letters, with a space round each word."""
    return " ".join(["", *re.findall(r"[^\W_]+", words.casefold()), ""])


def _letters(words: str) -> str:
    return "".join(re.findall(r"[^\W_]", words.casefold()))
