"""The world in regions: the standard country or area codes for statistical use of the United Nations (M49), with ISO 3166 codes.

M49 has no number of its own for TW; it stands here with Eastern Asia, so that every destination a form offers lies somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries

ENGLISH: Final = "en"
# Which regions lie directly in another.
PARENTS: Final = {
    "015": "002", "202": "002", "014": "202", "017": "202", "018": "202", "011": "202",
    "419": "019", "021": "019", "029": "419", "013": "419", "005": "419",
    "143": "142", "030": "142", "035": "142", "034": "142", "145": "142",
    "151": "150", "154": "150", "039": "150", "155": "150",
    "053": "009", "054": "009", "057": "009", "061": "009",
}  # fmt: skip

NAMES: Final = {
    "002": _("Africa"),
    "015": _("Northern Africa"),
    "202": _("Sub-Saharan Africa"),
    "014": _("Eastern Africa"),
    "017": _("Middle Africa"),
    "018": _("Southern Africa"),
    "011": _("Western Africa"),
    "019": _("Americas"),
    "419": _("Latin America and the Caribbean"),
    "029": _("Caribbean"),
    "013": _("Central America"),
    "005": _("South America"),
    "021": _("Northern America"),
    "142": _("Asia"),
    "143": _("Central Asia"),
    "030": _("Eastern Asia"),
    "035": _("South-eastern Asia"),
    "034": _("Southern Asia"),
    "145": _("Western Asia"),
    "150": _("Europe"),
    "151": _("Eastern Europe"),
    "154": _("Northern Europe"),
    "039": _("Southern Europe"),
    "155": _("Western Europe"),
    "009": _("Oceania"),
    "053": _("Australia and New Zealand"),
    "054": _("Melanesia"),
    "057": _("Micronesia"),
    "061": _("Polynesia"),
}

_COUNTRIES: Final = {
    "015": "DZ EG LY MA SD TN EH",
    "014": "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW",
    "017": "AO CD CF CG CM GA GQ ST TD",
    "018": "BW LS NA SZ ZA",
    "011": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
    "029": "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
    "013": "BZ CR GT HN MX NI PA SV",
    "005": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
    "021": "BM CA GL PM US",
    "143": "KG KZ TJ TM UZ",
    "030": "CN HK JP KP KR MN MO TW",
    "035": "BN ID KH LA MM MY PH SG TH TL VN",
    "034": "AF BD BT IN IR LK MV NP PK",
    "145": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    "151": "BG BY CZ HU MD PL RO RU SK UA",
    "154": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
    "039": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA",
    "155": "AT BE CH DE FR LI LU MC NL",
    "053": "AU CC CX HM NF NZ",
    "054": "FJ NC PG SB VU",
    "057": "FM GU KI MH MP NR PW UM",
    "061": "AS CK NU PF PN TK TO TV WF WS",
}
REGION_OF: Final = {country: region for region, codes in _COUNTRIES.items() for country in codes.split()}

# Those that an asker may name in place of a country, nearest first; some in plainer words than the standard's.
OFFERED: Final = {
    "154": NAMES["154"],
    "155": NAMES["155"],
    "039": _("Southern Europe and the Balkans"),
    "151": NAMES["151"],
    "145": _("Western Asia: the Gulf, the Levant, Turkey, the Caucasus"),
    "143": NAMES["143"],
    "034": NAMES["034"],
    "030": NAMES["030"],
    "035": NAMES["035"],
    "015": NAMES["015"],
    "202": _("Africa south of the Sahara"),
    "021": NAMES["021"],
    "419": NAMES["419"],
    "009": NAMES["009"],
}
CHOICES: Final = list(OFFERED.items())


def above(place: str) -> Iterator[str]:
    """The place itself, a country or a region, and the regions it lies in, the nearest first. Antarctica lies in none."""
    while place:
        yield place
        place = REGION_OF.get(place) or PARENTS.get(place, "")


def within(place: str) -> frozenset[str]:
    """The place itself and, of a region, all regions and countries that lie in it."""
    return frozenset(each for each in (*NAMES, *REGION_OF, place) if place in above(each))


def find(typed: str) -> str:
    """The code of a country or region from its code or its name, as people type it; "" if there is none such."""
    return _typed().get(typed.strip().casefold(), "")


def _typed() -> dict[str, str]:
    """Every way in which a place may be typed, in lower case, with its code. A country's name goes before a region's."""
    found: dict[str, str] = {}
    for code, name in (*NAMES.items(), *OFFERED.items(), *countries):
        found |= {code.casefold(): code, str(name).casefold(): code}
    return found


def region_of(country: str) -> str:
    """The number of the offered region that a country lies in; "" for one that lies in none, such as Antarctica."""
    return next((place for place in above(country) if place in OFFERED), "")


def place_name(place: str) -> str:
    """The name of a country (ISO 3166) or of any region (UN M49) in the language in use; the code itself where there is none."""
    # Unicode's names, by the same codes, for languages that neither our own words nor those of django-countries have.
    language = get_language() or ENGLISH
    if language != ENGLISH and (name := Locale.parse(language, sep="-").territories.get(place)):
        return str(name)
    return str(NAMES.get(place) or countries.name(place) or place)


def destination_name(destination: str) -> str:
    """The name of a country or an offered region; "" for none."""
    return str(OFFERED.get(destination) or countries.name(destination)) if destination else ""
