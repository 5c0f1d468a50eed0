"""Where something goes, more coarsely than by country: regions of the UN's M49 standard, in the portal's own words."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django_countries import countries

# Number in M49, name, and the ISO 3166 codes of its countries as the United Nations Statistics Division groups them.
_REGIONS = (
    ("154", _("Northern Europe"), "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ"),
    ("155", _("Western Europe"), "AT BE CH DE FR LI LU MC NL"),
    ("039", _("Southern Europe and the Balkans"), "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA"),
    ("151", _("Eastern Europe"), "BG BY CZ HU MD PL RO RU SK UA"),
    ("145", _("Western Asia: the Gulf, the Levant, Turkey, the Caucasus"), "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE"),
    ("143", _("Central Asia"), "KG KZ TJ TM UZ"),
    ("034", _("Southern Asia"), "AF BD BT IN IR LK MV NP PK"),
    ("030", _("Eastern Asia"), "CN HK JP KP KR MN MO TW"),
    ("035", _("South-eastern Asia"), "BN ID KH LA MM MY PH SG TH TL VN"),
    ("015", _("Northern Africa"), "DZ EG EH LY MA SD TN"),
    (
        "202",
        _("Africa south of the Sahara"),
        """AO BF BI BJ BW CD CF CG CI CM CV DJ ER ET GA GH GM GN GQ GW IO KE KM LR LS MG ML MR MU MW MZ NA NE NG RE RW SC SH SL SN
        SO SS ST SZ TD TF TG TZ UG YT ZA ZM ZW""",
    ),
    ("021", _("Northern America"), "BM CA GL PM US"),
    (
        "419",
        _("Latin America and the Caribbean"),
        """AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC MF MQ MS MX NI PA PE
        PR PY SR SV SX TC TT UY VC VE VG VI""",
    ),
    ("009", _("Oceania"), "AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS"),
)
NAMES: Final = {number: name for number, name, _countries in _REGIONS}
CHOICES: Final = list(NAMES.items())
_REGION_OF = {country: number for number, _name, countries in _REGIONS for country in countries.split()}


def destination_name(destination: str) -> str:
    """The name of a country or region; "" for none."""
    return str(NAMES.get(destination) or countries.name(destination)) if destination else ""


def region_of(country: str) -> str:
    """The number of the region that a country lies in; "" for one that lies in none, such as Antarctica."""
    return _REGION_OF.get(country, "")
