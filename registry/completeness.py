"""How much an entry says of what is recommended. Nothing is demanded: whoever looks sees what the agreement allows, full or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.disclosure import Field

_OF_ALL: Final = (
    Field.LEGAL_NAME,
    Field.REGISTRATION_NUMBER,
    Field.SIZE_BAND,
    Field.REGION,
    Field.NACE,
    Field.SEGMENTS,
    Field.READINESS,
    Field.PRODUCTS,
    Field.CONTROL_ENTRIES,
    Field.MARKETS,
    Field.CERTIFICATIONS,
    Field.COMPLIANCE,
    Field.WILLINGNESS,
    Field.WEBSITE,
    Field.CONTACT_EMAIL,
)
# A number that a firm needs to trade abroad, and those by which an institute is found.
_OF_FIRMS: Final = (Field.VAT_NUMBER, Field.EORI)
_OF_INSTITUTES: Final = (Field.ROR, Field.PARTNERS)


@dataclass(frozen=True)
class Completeness:
    """How many of the recommended fields say something, and which say nothing, in the order of the catalogue."""

    filled: int
    recommended: int
    missing: tuple[Field, ...]

    @property
    def percent(self) -> int:
        """The share filled, rounded down, so that 100 means all."""
        return 100 * self.filled // self.recommended


def recommended(*, is_institute: bool) -> frozenset[Field]:
    return frozenset((*_OF_ALL, *(_OF_INSTITUTES if is_institute else _OF_FIRMS)))


def completeness(values: Mapping[Field, Any], *, is_institute: bool) -> Completeness:
    """Measure an entry; a field that is absent, empty or None says nothing. "None" as a level of compliance is an answer."""
    wanted = recommended(is_institute=is_institute)
    missing = tuple(field for field in Field if field in wanted and values.get(field) in (None, "", []))
    return Completeness(len(wanted) - len(missing), len(wanted), missing)
