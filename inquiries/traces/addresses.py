"""Where somebody is reached: mail, web, telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from inquiries.traces.kinds import Kind

HOME = "EE"  # whose numbers people write without a country code

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_SPELT_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?[\[(] ?(?:at|ät) ?[\])] ?[\w-]{1,63}(?:(?: ?[\[(] ?dot ?[\])] ?|\.)[\w-]{1,63}){1,4}",
    re.IGNORECASE,
)

# Without a scheme a name counts only below a top-level domain that is no English word; "e.g" and "3A001.a" are no names.
_DOMAINS = (
    "ee|lv|lt|fi|se|no|dk|de|pl|nl|be|fr|it|es|pt|at|ch|cz|sk|hu|ro|bg|gr|hr|si|ie|uk|eu|ua|tr|cn|jp|kr|tw|in|ae|il|br|ru|by|kz|us|ca|"
    "com|org|net|info|biz|io|ai|tech|aero|space|energy|systems|engineering|industries|solutions|global|group|example"
)
_WEBSITE = re.compile(
    r"(?<![\w@.-])(?:https?://[^\s<>\"']{3,300}"
    rf"|www\.[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}}(?:/[^\s<>\"']{{0,200}})?"
    rf"|(?:[a-z0-9ä-ž](?:[\w-]{{1,61}})\.){{1,4}}(?:{_DOMAINS})(?![\w-]|\.\w)(?:/[^\s<>\"']{{0,200}})?)"
)
# What everybody who exports reads: institutions and laws.
_PUBLIC = re.compile(
    r"(?:https?://)?(?:[\w-]{1,63}\.){0,4}(?:europa\.eu|\w{2,30}\.gov|un\.org|unece\.org|oecd\.org|nato\.int|iaea\.org|opcw\.org|"
    r"wassenaar\.org|mtcr\.info|nuclearsuppliersgroup\.org|iso\.org|wikipedia\.org|(?:riigiteataja|stratkom|vm|mta)\.ee|asp\.net)"
    r"(?:[/:?#].*)?",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)]}»”’'\""

_DIGITS = r"[\d ()./\u00a0-]"
_PHONE = re.compile(rf"(?<![\w.+])(?:\+ ?|00)[1-9]{_DIGITS}{{5,22}}")
_SPOKEN = re.compile(
    r"\b(?:tel(?:ephone|efon)?|phone|mob(?:ile|iil)?|gsm|fax|whatsapp|call(?: me)?(?: on| at)?)[.: ]{0,3}"
    rf"(?:n(?:o|r|umber)[.: ]{{0,2}})?(?P<number>\(?\d{_DIGITS}{{5,16}})",
    re.IGNORECASE,
)


def emails(text: str) -> Iterator[tuple[int, int, Kind]]:
    for pattern in (_EMAIL, _SPELT_EMAIL):
        for found in pattern.finditer(text):
            yield found.start(), found.start() + len(found[0].rstrip(".-")), Kind.EMAIL


def websites(text: str) -> Iterator[tuple[int, int, Kind]]:
    for found in _WEBSITE.finditer(text):
        address = found[0].rstrip(_TRAILING)
        if not _PUBLIC.fullmatch(address):
            yield found.start(), found.start() + len(address), Kind.WEBSITE


def phones(text: str) -> Iterator[tuple[int, int, Kind]]:
    for pattern, group in ((_PHONE, 0), (_SPOKEN, "number")):
        for found in pattern.finditer(text):
            start = found.start(group)
            if length := _length_of_number(found[group]):
                yield start, start + length, Kind.PHONE


def _length_of_number(candidate: str) -> int:
    """How much of the candidate is a telephone number: what stands behind it may be another number."""
    tried = re.sub(r"\D+$", "", candidate)
    for _shorter in range(6):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(tried, HOME)):
                return len(tried)
        except phonenumbers.NumberParseException:
            return 0
        shorter = re.sub(r"\D+\d+$", "", tried)
        if shorter == tried:
            return 0
        tried = shorter
    return 0
