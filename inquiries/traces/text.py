"""Finding and masking. Each finder yields spans of one kind; where two overlap, the earlier finder of the list has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from inquiries.traces import addresses, labelled, names, numbers
from inquiries.traces.kinds import Kind

Span = tuple[int, int, Kind]


@dataclass(frozen=True)
class Trace:
    """A stretch of a text, in characters, and what it looks like."""

    kind: Kind
    start: int
    end: int
    text: str


FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    names.receipts,
    addresses.emails,
    addresses.websites,
    numbers.ibans,
    numbers.leis,
    numbers.tax_and_customs_numbers,
    numbers.personal_codes,
    labelled.labelled,
    addresses.phones,
    numbers.company_numbers,
    names.references,
    names.part_numbers,
    names.firms,
)


def find(text: str) -> list[Trace]:
    """Return what could identify the writer, in the order of the text; no two overlap."""
    taken = bytearray(len(text))
    found: list[Trace] = []
    for finder in FINDERS:
        for start, end, kind in finder(text):
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(Trace(kind, start, end, text[start:end]))
    return sorted(found, key=lambda trace: trace.start)


def replacement(kind: Kind) -> str:
    return f"[masked: {kind.words}]"


def mask(text: str, chosen: Iterable[Trace]) -> str:
    """Return the text with each chosen trace, as `find` gave it for this text, replaced by a word for its kind."""
    parts, place = [], 0
    for trace in sorted(chosen, key=lambda trace: trace.start):
        parts += [text[place : trace.start], replacement(trace.kind)]
        place = trace.end
    return "".join([*parts, text[place:]])
