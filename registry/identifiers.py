"""Registration numbers of firms, checked as far as the country's rule is known."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from stdnum.dk import cvr
from stdnum.ee import registrikood
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


class UnableToRead(ValueError):
    """The number does not follow the rule of its country."""


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
