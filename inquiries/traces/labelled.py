"""Numbers told by the word before them: "serial no. 48211-B", "licence EE-2024-0117". Only the number itself is the trace."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inquiries.traces.kinds import Kind

_NUMBER = r"(?:numbers?|nos?\b|nrs?\b|num\b|№|\#)"
_REGISTRY = rf"""
    reg(?:ist(?:ry|ration|er|ered))?[. -]{{0,2}}(?:code|{_NUMBER}) | registrikood
    | company[ -](?:reg(?:istration)?[ -])?(?:code|{_NUMBER})
    | org(?:anisation)?[. -]{{0,2}}{_NUMBER} | business[ -]id | y-tunnus | SIREN | SIRET | KRS | REGON | NIP | CVR
    | D-?U-?N-?S(?:[ -]{_NUMBER})? | CAGE(?:[ -]code)?
"""
_LICENCE = rf"(?:licen[cs]es?|permits?|authori[sz]ations?|litsents|luba)(?:[ -](?:{_NUMBER}|ref(?:erence)?|id))?"
_ARTICLE = rf"""
    (?:part|article|item|model|product|catalogue?|ordering|drawing|material|type)[ -](?:{_NUMBER}|code)
    | P/N | PN | MPN | SKU | tootekood
"""
_BUSINESS = rf"""
    (?:(?:purchase[ -])?order|contract|quot(?:e|ation)|offer|invoice|tender|project|customer|client|file|case|shipment|tracking
    |waybill|patent|grant(?:[ -]agreement)?|account)[ -](?:{_NUMBER}|ref(?:erence)?|id) | AWB
"""
_LABELS: tuple[tuple[Kind, str], ...] = (
    (Kind.EORI, rf"EORI(?:[ -]{_NUMBER})?"),
    (Kind.VAT, rf"(?:VAT|KMKR|PVN|PVM|USt[.-]?Id[.-]?Nr|moms)(?:[ -](?:{_NUMBER}|id|code))?"),
    (Kind.LEI, rf"LEI(?:[ -](?:{_NUMBER}|code))?"),
    (Kind.COMPANY, _REGISTRY),
    (Kind.LICENCE, _LICENCE),
    (Kind.SERIAL, rf"serial(?:[ -]{_NUMBER})?|S/N|SN|seerianumber|Seriennummer"),
    (Kind.PART, _ARTICLE),
    (Kind.REFERENCE, _BUSINESS),
)
_GAP = r"""[ \u00a0]{0,2}(?:[.:\#=]|is\b|was\b)?[ \u00a0]{0,2}["“«']?"""
_TOKEN = r"(?P<token>[A-Za-z0-9][\w./-]{2,39}(?:[ ](?=\d)[\w./-]{2,20}){0,4})"  # noqa: S105
_LABELLED = tuple(
    (kind, re.compile(rf"(?<![\w-])(?:{label}){_GAP}{_TOKEN}", re.IGNORECASE | re.VERBOSE)) for kind, label in _LABELS
)
# What also follows such words and leads to nobody: control entries, laws, years, substances, customs headings, standards.
HARMLESS = re.compile(
    r"\d[A-E]\d{3}(?:\.\w{1,4})*|ML ?\d{1,2}(?:\.\w{1,4})*|EU00\d|EAR99|UN ?\d{4}"
    r"|(?:19|20)\d{2}(?:-\d{2}-\d{2}|(?:/(?:\d{1,4}|EU|EC|CFSP)){0,2})|\d{1,4}/(?:19|20)\d{2}|\d{2}/\d{1,4}/(?:EEC|EC|EU|JHA|CFSP)"
    r"|CAS[ -]?\d{2,7}-\d{2}-\d|\d{4}\.\d{1,2}(?:[. ]\d{2,4})*"
    r"|(?:MIL|ISO|IEC|EN|DIN|ASTM|IEEE|ANSI|STANAG|ETSI|RFC|AMS|SAE|UL|FIPS|NIST|RS|RAL|AISI|UNS|JIS|GOST|EVS|DO|ARP|ECSS|NATO|ITU|CE"
    r"|TLS|AES|SHA)"
    r"(?:[ -]?STD)?[ -]?[A-Z]?\d[\w.:-]*",
    re.IGNORECASE,
)
_FEWEST_DIGITS = {Kind.LICENCE: 4, Kind.SERIAL: 3, Kind.PART: 3, Kind.REFERENCE: 3}


def labelled(text: str) -> Iterator[tuple[int, int, Kind]]:
    for kind, pattern in _LABELLED:
        for found in pattern.finditer(text):
            token = _first_words(found["token"])
            if _counts(kind, token):
                yield found.start("token"), found.start("token") + len(token), kind


def _first_words(token: str) -> str:
    """The number without what follows it: further words belong to it only where all are groups of digits."""
    first, *others = token.split(" ")
    groups = [first]
    for other in others:
        if not (first[-1].isdigit() and re.fullmatch(r"\d{2,6}[.,;]?", other)):
            break
        groups.append(other)
    return " ".join(groups).rstrip("./-_")


def _counts(kind: Kind, token: str) -> bool:
    digits = sum(map(str.isdigit, token))
    return digits >= _FEWEST_DIGITS.get(kind, 5 if token.isdigit() else 3) and not HARMLESS.fullmatch(token)
