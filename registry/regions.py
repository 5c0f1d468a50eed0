"""Regions of NUTS, the European Union's nomenclature of territorial units for statistics, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django_countries import countries

# Of level 3 (2021; Regulation (EC) No 1059/2003, Annex I), of the countries that the portal can count and draw by region. One more
# is one more here and in `tilemap.LAYOUTS`.
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "EE": {
        "EE001": "Põhja-Eesti",
        "EE004": "Lääne-Eesti",
        "EE008": "Lõuna-Eesti",
        "EE009": "Kesk-Eesti",
        "EE00A": "Kirde-Eesti",
    },
    "LV": {
        "LV003": "Kurzeme",
        "LV005": "Latgale",
        "LV006": "Rīga",
        "LV007": "Pierīga",
        "LV008": "Vidzeme",
        "LV009": "Zemgale",
    },
    "LT": {
        "LT011": "Vilniaus apskritis",
        "LT021": "Alytaus apskritis",
        "LT022": "Kauno apskritis",
        "LT023": "Klaipėdos apskritis",
        "LT024": "Marijampolės apskritis",
        "LT025": "Panevėžio apskritis",
        "LT026": "Šiaulių apskritis",
        "LT027": "Tauragės apskritis",
        "LT028": "Telšių apskritis",
        "LT029": "Utenos apskritis",
    },
}
NAMES: Final = {code: name for regions in _NAMES.values() for code, name in regions.items()}
_GREECE_AND_BRITAIN: Final = {"EL": "GR", "UK": "GB"}  # whose letters in NUTS are not those of ISO 3166


def own(country: str) -> tuple[str, ...]:
    """The regions of a country (ISO 3166 alpha-2) by which its firms are counted; none of one whose regions are not known here."""
    return tuple(_NAMES.get(country, ()))


def label(code: str) -> str:
    """Return a region or country in words as far as they are known, with its code."""
    place = NAMES.get(code) or str(countries.name(_GREECE_AND_BRITAIN.get(code, code)))
    return f"{place} ({code})" if place else code
