"""Numbers and codes by which firms and institutes are known, each checked as far as its own rule goes.

Whether a number is already taken is never asked here or elsewhere: the answer would tell one firm that another is listed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import ModuleType
from typing import Final

from stdnum import lei as iso_17442
from stdnum import vatin
from stdnum.dk import cvr
from stdnum.ee import registrikood
from stdnum.eu import nace
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus
from stdnum.fr import siren
from stdnum.lt import pvm
from stdnum.lv import pvn
from stdnum.no import orgnr as no_orgnr
from stdnum.pl import regon
from stdnum.se import orgnr as se_orgnr

# ISO 3166-1 alpha-2 → the national rule of python-stdnum. Latvia's VAT number is the registration number of a legal person.
RULES: Final[dict[str, ModuleType]] = {
    "DK": cvr,
    "EE": registrikood,
    "FI": ytunnus,
    "FR": siren,
    "LV": pvn,
    "NO": no_orgnr,
    "PL": regon,
    "SE": se_orgnr,
}
# Lithuania's nine-digit company code has no rule in python-stdnum; firms there often give the VAT number instead.
VAT_RULES: Final[dict[str, ModuleType]] = {"LT": pvm}


_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_EORI: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{1,15}")
_ROR: Final = re.compile(r"(?:HTTPS?://)?(?:ROR\.ORG/)?(0[0-9A-HJKMNP-TV-Z]{6})([0-9]{2})")
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUTS: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{0,3}")
# Where NUTS and the statistical regions that are like it have codes: EU, EFTA, candidate countries and the United Kingdom.
_EUROPE: Final = (
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK AL BA CH GE IS LI MD ME MK NO RS TR UA UK XK"
)
_NUTS_COUNTRIES: Final = frozenset(_EUROPE.split())
NACE_REVISION: Final = "2.1"


class UnableToRead(ValueError):
    """The number or code does not follow its rule; its text is the one that was read."""


def registration_number(number: str, *, country: str) -> str:
    """Return the number in its compact form; raises UnableToRead where the country's rule is known and refuses it."""
    number = number.strip()
    rule = RULES.get(country)
    if rule is None and country in VAT_RULES and number.upper().startswith(country):
        rule = VAT_RULES[country]
    if rule is None:
        return number
    try:
        return str(rule.validate(number))
    except ValidationError as error:
        raise UnableToRead(number) from error


def vat_number(number: str) -> str:
    """Return the VAT number with its country's letters in front; raises UnableToRead for another form or a wrong check digit."""
    try:
        return str(vatin.validate(number))
    except ValidationError as error:
        raise UnableToRead(number) from error


def lei(number: str) -> str:
    """Return the legal entity identifier of ISO 17442, whose last two digits are a check by ISO 7064 mod 97,10."""
    compact = str(iso_17442.compact(number))
    if not _LEI.fullmatch(compact) or not iso_17442.is_valid(compact):
        raise UnableToRead(number)
    return compact


def eori(number: str) -> str:
    """Return the EORI number: a country's letters and up to fifteen letters or digits.

    So Delegated Regulation (EU) 2015/2446, Annex B, data element 13 01 017 000 (an..17); each country decides what follows its
    letters, and there is no check digit.
    """
    compact = re.sub(r"[\s.-]", "", number).upper()
    if not _EORI.fullmatch(compact):
        raise UnableToRead(number)
    return compact


def ror(number: str) -> str:
    """Return the nine characters of a ROR id, which may be given as its address.

    The first seven are a number in Crockford's base 32, of which the first is 0; the last two are its check by ISO 7064 mod 97,10
    (https://ror.readme.io/docs/identifier): 98 less the remainder of a hundred times the number by 97.
    """
    found = _ROR.fullmatch(number.strip().rstrip("/").upper())
    if not found:
        raise UnableToRead(number)
    value = 0
    for character in found[1]:
        value = value * 32 + _CROCKFORD.index(character)
    if 98 - value * 100 % 97 != int(found[2]):
        raise UnableToRead(number)
    return (found[1] + found[2]).lower()


def activity(code: str) -> str:
    """Return a code of NACE Rev. 2.1 (Delegated Regulation (EU) 2023/137) as it is printed: C, 26, 26.1 or 26.11."""
    try:
        return str(nace.format(nace.validate(code.upper(), revision=NACE_REVISION)))
    except ValidationError as error:
        raise UnableToRead(code) from error


@lru_cache(maxsize=2048)  # there are 1047 codes
def activity_label(code: str) -> str:
    """Return what a code of NACE Rev. 2.1 stands for, in the words of Eurostat."""
    return str(nace.get_label(code, revision=NACE_REVISION))


def activities_above(code: str) -> list[str]:
    """Return the code and those of the group, division and section it lies in, the widest first."""
    compact = nace.compact(code)
    if compact.isalpha():
        return [compact]
    shorter = [str(nace.format(compact[:length])) for length in range(2, len(compact) + 1)]
    return [str(nace.info(compact, revision=NACE_REVISION)["section"]), *shorter]


def region(code: str) -> str:
    """Return a NUTS code: a country and up to three characters more (Regulation (EC) No 1059/2003, article 4)."""
    compact = code.strip().upper()
    if not _NUTS.fullmatch(compact) or compact[:2] not in _NUTS_COUNTRIES:
        raise UnableToRead(code)
    return compact


def regions_above(code: str) -> list[str]:
    """Return the NUTS code and those of the regions it lies in, which are its beginnings, the widest first."""
    return [code[:length] for length in range(2, len(code) + 1)]
