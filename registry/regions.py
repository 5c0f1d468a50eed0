"""Regions of NUTS, the European Union's nomenclature of territorial units for statistics, in words."""

from __future__ import annotations

from typing import Final

from django_countries import countries

# Of level 3 (2021; Regulation (EC) No 1059/2003, Annex I), in countries whose map is drawn.
NAMES: Final = {
    "EE001": "Põhja-Eesti",
    "EE004": "Lääne-Eesti",
    "EE008": "Lõuna-Eesti",
    "EE009": "Kesk-Eesti",
    "EE00A": "Kirde-Eesti",
}
_GREECE_AND_BRITAIN: Final = {"EL": "GR", "UK": "GB"}  # whose letters in NUTS are not those of ISO 3166


def label(code: str) -> str:
    """Return a region or country in words as far as they are known, with its code."""
    place = NAMES.get(code) or str(countries.name(_GREECE_AND_BRITAIN.get(code, code)))
    return f"{place} ({code})" if place else code
