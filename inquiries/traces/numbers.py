"""Numbers that registers give, told by their check digits. What has none is found by the word before it (labelled.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from stdnum import iban, lei, vatin
from stdnum.ch import uid as ch_uid
from stdnum.ee import ik, registrikood
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu, ytunnus
from stdnum.nl import bsn as nl_rsin
from stdnum.se import orgnr as se_orgnr

from inquiries.traces.kinds import Kind

# Lengths from the SWIFT registry of IBANs, for those countries with which business is done.
_LENGTHS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CY28 CZ24 DE22 DK18 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22
GI23 GL18 GR27 HR21 HU28 IE22 IL23 IS26 IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15
PK24 PL28 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 XK20
"""
_IBAN_LENGTHS = {each[:2]: int(each[2:]) for each in _LENGTHS.split()}
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=(?P<all>[A-Z]{2}\d{2}(?: ?[0-9A-Z]){11,30}))", re.IGNORECASE)
_LEI = re.compile(r"(?<![A-Za-z0-9])[0-9A-Z]{18}\d{2}(?![A-Za-z0-9])")

_COUNTRIES = "AT|BE|BG|CH|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK"
_PREFIXED = re.compile(
    rf"(?<![A-Za-z0-9])(?=(?P<all>(?P<country>{_COUNTRIES})[ -]?(?=[0-9A-Z]{{0,2}}\d)[0-9A-Z](?:[ .-]?[0-9A-Z]){{6,17}}))",
    re.IGNORECASE,
)
# Shorter ones are as often the name of a material or a type: RO4003 is a laminate.
_SHORTEST_BODY = 8
_MOST_LETTERS = 3

_PERSONAL = re.compile(r"(?<![\w.-])(?:[1-6]\d{10}|\d{6}[+A-FU-Y-]\d{3}[0-9A-Z])(?![\w-])")


def _is_estonian(number: str) -> bool:
    """A register code; a round number is a quantity that happens to have the right last digit."""
    return registrikood.is_valid(number) and not number.endswith("000")


_COMPANY: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(r"(?<![\w.,/+-])1[0-7]\d{6}(?![\w/-]|[.,]\d| ?(?:[%°]|\w{1,3}\b))"), _is_estonian),
    (re.compile(r"(?<![\w.,/+-])\d{7}-\d(?![\w-])"), ytunnus.is_valid),
    (re.compile(r"(?<![\w.,/+-])\d{6}-\d{4}(?![\w-])"), se_orgnr.is_valid),
    (re.compile(r"(?<![\w.-])CHE[- ]?\d{3}[. ]?\d{3}[. ]?\d{3}(?!\w)"), ch_uid.is_valid),
    (re.compile(r"(?<![\w.-])(?:HR[AB] ?\d{2,6}(?: ?B)?|FN ?\d{4,6} ?[a-z])(?!\w)"), lambda _number: True),
)
_CUSTOMS = re.compile(r"(?:CN|HS|KN|TARIC|tariff|customs)[ -]?(?:code|heading|number|no)?\W{0,3}$", re.IGNORECASE)


def ibans(text: str) -> Iterator[tuple[int, int, Kind]]:
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found["all"][:2].upper(), 0)
        end = _end_of(found["all"], length)
        if end and iban.is_valid(found["all"][:end]):
            yield found.start(), found.start() + end, Kind.IBAN


def leis(text: str) -> Iterator[tuple[int, int, Kind]]:
    for found in _LEI.finditer(text):
        if lei.is_valid(found[0]):
            yield found.start(), found.end(), Kind.LEI


def tax_and_customs_numbers(text: str) -> Iterator[tuple[int, int, Kind]]:
    """VAT numbers, and the EORI numbers that countries make of a VAT or company number."""
    for found in _PREFIXED.finditer(text):
        for length, kind in _kinds_of(found["all"], found["country"].upper()):
            if kind:
                yield found.start(), found.start() + length, kind
                break


def personal_codes(text: str) -> Iterator[tuple[int, int, Kind]]:
    for found in _PERSONAL.finditer(text):
        if ik.is_valid(found[0]) or hetu.is_valid(found[0]):
            yield found.start(), found.end(), Kind.PERSON


def company_numbers(text: str) -> Iterator[tuple[int, int, Kind]]:
    for pattern, is_valid in _COMPANY:
        for found in pattern.finditer(text):
            is_of_customs = _CUSTOMS.search(text[max(0, found.start() - 25) : found.start()])
            if is_valid(found[0]) and not is_of_customs:
                yield found.start(), found.end(), Kind.COMPANY


def _end_of(candidate: str, length: int) -> int:
    """Where a number of `length` letters and digits ends, if it ends at the end of a word; else 0."""
    places = [place for place, each in enumerate(candidate) if each.isalnum()]
    if not length or len(places) < length:
        return 0
    end = places[length - 1] + 1
    return 0 if candidate[end : end + 1].isalnum() else end


def _kinds_of(candidate: str, country: str) -> Iterator[tuple[int, Kind | None]]:
    """What the candidate is, and what it is without its last words, which may belong to the sentence."""
    ends = [len(candidate), *(found.start() for found in reversed(list(re.finditer(r"[ .-]", candidate))))]
    for end in ends:
        compact = re.sub(r"[ .-]", "", candidate[:end]).upper()
        body = compact[2:]
        if len(body) < _SHORTEST_BODY:
            return
        if len(body) - sum(map(str.isdigit, body)) <= _MOST_LETTERS:
            yield end, _kind_of(country, compact, body)


def _kind_of(country: str, compact: str, body: str) -> Kind | None:
    if _is_valid(vatin, compact):
        return Kind.VAT
    is_eori = {
        "EE": lambda: registrikood.is_valid(body),
        "FI": lambda: ytunnus.is_valid(body),
        "SE": lambda: len(body) == 10 and se_orgnr.is_valid(body),
        "NL": lambda: len(body) == 9 and nl_rsin.is_valid(body),
        "DE": lambda: re.fullmatch(r"\d{15}", body) is not None,
        "GB": lambda: body.endswith("000") and _is_valid(vatin, compact[:-3]),
        "PL": lambda: body.endswith("00000") and _is_valid(vatin, compact[:-5]),
    }.get(country)
    return Kind.EORI if is_eori and is_eori() else None


def _is_valid(module: Any, number: str) -> bool:
    try:
        return bool(module.validate(number))
    except ValidationError:
        return False
