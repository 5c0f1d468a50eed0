"""Tells from which export a copy comes, by its hidden marks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.db.models import QuerySet

from registry import watermarks
from registry.disclosure import Audience, Purpose
from registry.models import Entry, Look
from registry.services.projection import pairwise_ref
from registry.watermarks import Row, Sighting

# Above this chance that another copy looks the same, nobody is named.
LARGEST_CHANCE: Final = 1e-3
# By what a row without its reference is known: fields that are an entry's own.
_KNOWN_BY: Final = ("legal_name", "vat_number", "lei", "eori", "ror", "website", "contact_email", "products")


@dataclass(frozen=True)
class Trace:
    """How well a copy fits one export. `chance` bounds how likely some export fits so well by chance, all having been tried."""

    number: uuid.UUID
    look: Look  # one of its lines in the ledger
    chance: float
    rows: int  # of the copy that are in the export
    choices: int  # looked at
    fitting: int

    @property
    def is_certain(self) -> bool:
        return self.chance < LARGEST_CHANCE


def trace(rows: Sequence[Row], *, server_key: bytes) -> list[Trace]:
    """Return the exports that have entries of the copy, the one that fits best first."""
    known = _known()
    exports = [(number, looks) for number, looks in _exports(Look.objects.exports())]
    refs = _refs({(look.audience, look.purpose) for _number, looks in exports for look in looks}) if _has_refs(rows, known) else {}
    tried = 4 * len(exports)  # channels alone and together
    found = [_fit(number, looks, rows, known, refs, tried, server_key) for number, looks in exports]
    return sorted((each for each in found if each.rows), key=lambda each: (each.chance, str(each.number)))


def _exports(looks: QuerySet[Look]) -> Iterator[tuple[uuid.UUID, list[Look]]]:
    for number, lines in groupby(looks.iterator(), key=lambda look: look.batch):
        yield number, list(lines)


def _fit(
    number: uuid.UUID,
    looks: Sequence[Look],
    rows: Sequence[Row],
    known: Mapping[str, uuid.UUID],
    refs: Mapping[tuple[str, str], Mapping[str, uuid.UUID]],
    tried: int,
    server_key: bytes,
) -> Trace:
    key = watermarks.key_of(number, server_key=server_key)
    entries = {entry for look in looks for entry in look.entry_ids}
    names = dict(known) | dict(refs.get((looks[0].audience, looks[0].purpose), {}))
    held = [(row, watermarks.seed_of(entry, key=key)) for row in rows if (entry := _entry_of(row, names)) in entries and entry]
    channels = [
        watermarks.order_of_rows([seed for _row, seed in held]),
        [sighting for row, seed in held for sighting in watermarks.order_of_items(row, seed=seed)],
        [sighting for row, seed in held for sighting in watermarks.spaces(row, seed=seed)],
    ]
    together: list[Sighting] = [sighting for channel in channels for sighting in channel]
    chance = min(watermarks.chance_of(channel) for channel in [*channels, together])
    fitting = sum(sighting.fits for sighting in together)
    return Trace(number, looks[0], min(1.0, chance * tried), len(held), len(together), fitting)


def _entry_of(row: Row, names: Mapping[str, uuid.UUID]) -> uuid.UUID | None:
    return next((names[text] for cell in row.cells for text in [watermarks.plain(" ".join(cell))] if text in names), None)


def _known() -> dict[str, uuid.UUID]:
    """Every entry by its id and by the texts that are its own; a text that two entries have tells of neither."""
    known: dict[str, uuid.UUID] = {}
    doubled = set()
    for entry, *texts in Entry.objects.values_list("pk", *_KNOWN_BY).iterator():
        for text in {watermarks.plain(text) for text in texts if text}:
            if known.setdefault(text, entry) != entry:
                doubled.add(text)
        known[str(entry)] = entry
    return {text: entry for text, entry in known.items() if text not in doubled}


def _has_refs(rows: Sequence[Row], known: Mapping[str, uuid.UUID]) -> bool:
    """Whether some row is known by nothing yet, so that it may be one with a reference of its cell."""
    return any(_entry_of(row, known) is None for row in rows)


def _refs(cells: set[tuple[str, str]]) -> dict[tuple[str, str], dict[str, uuid.UUID]]:
    """The references by which cells know nameless entries."""
    found: dict[tuple[str, str], dict[str, uuid.UUID]] = {cell: {} for cell in cells}
    for entry in Entry.objects.only("pk", "pairwise_secret").iterator():
        for audience, purpose in cells:
            found[audience, purpose][str(pairwise_ref(entry, Audience(audience), Purpose(purpose)))] = entry.pk
    return found
