"""The hidden mark of an export: choices that change no meaning, bound to the export's number, so that a copy tells its origin.

Three channels: the order of the rows, the order of the items of a list, and which space of our own words doesn't break. Each choice
is that of an HMAC under a key of the export, so that nobody without the server's key can read a mark or forge one. A choice depends
on the entry's id and on the text itself, as the cell shows it, and on nothing that is hidden.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
LEAST_SPACES: Final = 2  # with fewer there is nothing to choose


@dataclass(frozen=True)
class Row:
    """One row of a copy: its cells, each a list of items, and the texts in which a space may be marked."""

    cells: Sequence[Sequence[str]]
    texts: Sequence[str]


@dataclass(frozen=True)
class Sighting:
    """One choice that a copy shows: whether it is the export's own, and how likely that would be by chance."""

    fits: bool
    chance: float


def key_of(export: uuid.UUID, *, server_key: bytes) -> bytes:
    """The key of all marks of one export."""
    return hashlib.blake2b(export.bytes, digest_size=32, key=server_key[:64], person=b"registry export").digest()


def seed_of(entry: uuid.UUID, *, key: bytes) -> bytes:
    """The key of the marks of one row; rows stand in the order of their seeds."""
    return hmac.digest(key, entry.bytes, hashlib.sha256)


def in_order(items: Iterable[str], *, seed: bytes) -> list[str]:
    return sorted(items, key=lambda item: _rank(item, seed))


def spaced(text: str, *, seed: bytes) -> str:
    """The text with one of its spaces not breaking; as it is, where it has too few to choose from."""
    parts = plain(text).split(" ")
    if len(parts) <= LEAST_SPACES:
        return text
    place = _place(text, len(parts) - 1, seed) + 1
    return " ".join(parts[:place]) + NO_BREAK + " ".join(parts[place:])


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ").strip()


def order_of_rows(seeds: Sequence[bytes]) -> list[Sighting]:
    """What the order of a copy's rows shows. Pairs that stand together are counted, of which half fit by chance."""
    return [Sighting(one < other, 0.5) for one, other in pairwise(seeds) if one != other]


def order_of_items(row: Row, *, seed: bytes) -> list[Sighting]:
    ranks = [[_rank(item, seed) for item in items] for items in row.cells]
    return [sighting for each in ranks for sighting in order_of_rows(each)]


def spaces(row: Row, *, seed: bytes) -> list[Sighting]:
    """What the spaces show; a text without exactly one that doesn't break has lost its mark or never had one."""
    found = []
    for text in row.texts:
        choices = plain(text).count(" ")
        if text.count(NO_BREAK) == 1 and choices >= LEAST_SPACES:
            place = text[: text.index(NO_BREAK)].count(" ")
            found.append(Sighting(place == _place(text, choices, seed), 1 / choices))
    return found


def chance_of(sightings: Sequence[Sighting]) -> float:
    """At most how likely so many would fit if the copy came from elsewhere.

    The bound of Chernoff for a sum of independent trials with different chances (Hoeffding 1963, theorem 1): exp(-n KL(m/n, p)).
    The rising neighbours of a random order are distributed as such a sum, though they depend on one another, because Euler's
    polynomials have real roots only (Harper 1967).
    """
    if not sightings:
        return 1.0
    share = sum(each.fits for each in sightings) / len(sightings)
    expected = sum(each.chance for each in sightings) / len(sightings)
    if share <= expected:
        return 1.0
    divergence = share * math.log(share / expected)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - expected))
    return math.exp(-len(sightings) * divergence)


def _rank(item: str, seed: bytes) -> bytes:
    return hmac.digest(seed, b"item " + plain(item).encode(), hashlib.sha256)


def _place(text: str, choices: int, seed: bytes) -> int:
    mac = hmac.digest(seed, b"space " + plain(text).encode(), hashlib.sha256)
    return int.from_bytes(mac[:8], "big") % choices
