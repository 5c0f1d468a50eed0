"""Names that have a shape of their own: firms with their legal form, part numbers, this portal's own handles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inquiries.traces.kinds import Kind
from inquiries.traces.labelled import HARMLESS

_SYLLABLES = "[bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]"  # a word of a receipt (receipts.py)
_RECEIPT = re.compile(rf"(?<!\w){_SYLLABLES}(?:[\s-]{{1,3}}{_SYLLABLES}){{7}}(?!\w)", re.IGNORECASE)
_REFERENCE = re.compile(r"(?<!\w)FP-[0-9A-Z]{5}-[0-9A-Z]{5}(?!\w)", re.IGNORECASE)

# Three groups or more of capitals and digits: XR-4500-B12. Two are as often a standard, an alloy or a bus.
_PART = re.compile(r"(?<![\w./-])[A-Z0-9]{1,12}(?:[-/][A-Z0-9]{1,12}){2,6}(?![\w/-]|\.\d)")
_FEWEST_LETTERS, _FEWEST_DIGITS = 2, 4

_WORD = r"[A-ZÄÖÕÜŠŽÅØÆ][\w&'’.-]{0,30}"
_FORM_BEHIND = (
    r"OÜ|MTÜ|GmbH(?: & Co\.? KG)?|Ltd\b\.?|LLC|L\.L\.C\.|LLP|PLC|Plc|Inc\b\.?|Corp\b\.?|Oyj?|Aktiebolag|ApS|A/S|UAB|SIA|B\.V\.|BV"
    r"|N\.V\.|NV|S\.A\.|S\.p\.A\.|SpA|S\.r\.l\.|Srl|s\.r\.o\.|a\.s\.|Sp\. z o\.o\."
    r"|d\.o\.o\.|Kft\b\.?|Zrt\b\.?|SAS|SARL|FZE|FZCO|FZ-LLC|JSC|PJSC|A\.Ş\.|(?:Co\.,?|Pte\b\.?|Pvt\b\.?|Pty\b\.?) Ltd\b\.?"
)
_FIRM = re.compile(
    rf"(?<![\w-]){_WORD} (?:(?:{_WORD}|&) ){{0,4}}(?:{_FORM_BEHIND})(?![\w-])"
    # Two letters that are English words in capitals count only behind a word that isn't, and where the phrase ends.
    rf"|(?<![\w-])(?:[A-ZÄÖÕÜŠŽÅØÆ][a-zäöõüšžåøæ]{{2,30}} ){{1,4}}(?:AS|AB|SE|AG|KG|SA)(?=[.,;:)\n]|$)"
    rf"|(?<![\w-])(?:OÜ|MTÜ|UAB|SIA|OOO|JSC) [«“„\"]?{_WORD}(?: {_WORD}){{0,3}}"
)
_OPENS_A_SENTENCE = re.compile(r"(?:The|Our|A|An|We|At|In|For|From|To|Is|Does|Can|May|And|If) ")


def receipts(text: str) -> Iterator[tuple[int, int, Kind]]:
    """The words of a receipt of this portal: who reads them can open the question that they belong to."""
    for found in _RECEIPT.finditer(text):
        yield found.start(), found.end(), Kind.RECEIPT


def references(text: str) -> Iterator[tuple[int, int, Kind]]:
    for found in _REFERENCE.finditer(text):
        yield found.start(), found.end(), Kind.REFERENCE


def part_numbers(text: str) -> Iterator[tuple[int, int, Kind]]:
    for found in _PART.finditer(text):
        token = found[0]
        letters, digits = sum(map(str.isalpha, token)), sum(map(str.isdigit, token))
        if letters >= _FEWEST_LETTERS and digits >= _FEWEST_DIGITS and not HARMLESS.fullmatch(token):
            yield found.start(), found.end(), Kind.PART


def firms(text: str) -> Iterator[tuple[int, int, Kind]]:
    for found in _FIRM.finditer(text):
        opening = _OPENS_A_SENTENCE.match(found[0])
        start = found.start() + (opening.end() if opening else 0)
        if " " in text[start : found.end()]:
            yield start, found.end(), Kind.FIRM
