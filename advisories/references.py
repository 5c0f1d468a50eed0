"""References to the law of the Union, by the two kinds of name that EUR-Lex gives to each text.

CELEX: "How CELEX numbers are composed" and "Types of documents in EUR-Lex" (eur-lex.europa.eu/content/help/faq/celex-number.html,
eur-lex.europa.eu/content/tools/TableOfSectors/types_of_documents_in_eurlex.html). ELI: Council conclusions of 6 November 2017
(2017/C 441/05), in the templates of the Publications Office (eur-lex.europa.eu/eli-register/eu_publications_office.html).
The form is checked, not whether there is such a text: the portal asks no other house.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 300
EUR_LEX: Final = "https://eur-lex.europa.eu"
ELI: Final = "http://data.europa.eu/eli/"  # a name, and as such spelled with http

# Sector, year, one or two letters for the type, number; "(01)" where a day had several, "R(01)" for a corrigendum.
_ACT = r"[2-69E][0-9]{4}[A-Z]{1,2}[0-9]{4,5}(?:\([0-9]{2}\))?(?:R\([0-9]{2}\))?"
# A consolidated text, with the day of its version.
_CONSOLIDATED = r"0[0-9]{4}[A-Z]{1,2}[0-9]{4}(?:\([0-9]{2}\))?-[0-9]{8}"
# A treaty as a whole, or one of its articles.
_TREATY = r"1[0-9]{4}[A-Z](?:/TXT|[0-9]{1,3})"
_CELEX = re.compile(rf"(?:CELEX[ \t:]*)?(?P<number>{_ACT}|{_CONSOLIDATED}|{_TREATY})(?:[ \t]+(?P<words>.*))?", re.IGNORECASE)
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ELI = re.compile(
    r"https?://(?:data|eur-lex)\.europa\.eu/eli/"
    rf"(?P<path>(?:[a-z]+(?:_[a-z]+)*|C)/[0-9]{{4}}/[0-9]{{1,5}}(?:\([0-9]{{1,2}}\))?(?:/corrigendum/{_DAY})?(?:/oj|/{_DAY})?"
    r"(?:/[a-z]{3})?)/?(?:[ \t]+(?P<words>.*))?"
)


@dataclass(frozen=True)
class Reference:
    """A text of law: its CELEX number or ELI, and what it is called in words, which may be nothing."""

    identifier: str
    words: str

    def __str__(self) -> str:
        return f"{self.identifier} {self.words}".strip()

    @property
    def label(self) -> str:
        return self.words or self.identifier

    @property
    def address(self) -> str:
        """Where EUR-Lex shows it, in the language that the reader's browser asks for."""
        if self.identifier.startswith(ELI):
            return f"{EUR_LEX}/eli/{self.identifier.removeprefix(ELI)}"
        return f"{EUR_LEX}/legal-content/AUTO/?uri=CELEX:{self.identifier}"


def read(line: str) -> Reference | None:
    """A reference as people type it, such as `CELEX 32021R0821 Dual-use regulation`; None for what has no such form."""
    line = line.strip()
    if found := _CELEX.fullmatch(line):
        return Reference(found["number"].upper(), (found["words"] or "").strip())
    if found := _ELI.fullmatch(line):
        return Reference(f"{ELI}{found['path']}", (found["words"] or "").strip())
    return None
