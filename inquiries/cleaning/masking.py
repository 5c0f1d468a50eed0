"""Words masked in a cleaned office file, wherever they stand in it.

A word may lie in several runs of a paragraph, of which each has its own format: the mask goes into the first, the others lose their
part of it. Names by which parts of a file refer to one another, such as those of sheets, stay; whoever asks for a mask looks
afterwards whether the words are gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from inquiries.cleaning import xmls
from inquiries.cleaning.packages import Package, packed
from inquiries.cleaning.words import any_of

_NOT_WORDS: Final = re.compile(r"(?:^|/)_rels/|\.rels$|^\[Content_Types\]\.xml$|^META-INF/|^meta\.xml$|^settings\.xml$")
_UNPACKED_FIRST: Final = "mimetype"  # of an ODT
_LINES: Final = frozenset({"p", "h", "title", "desc", "pt", "si", "is", "text"})
_SPACES: Final = frozenset({"tab", "br", "cr", "s", "line-break"})
# Attributes that a reader is shown.
_SHOWN: Final = ("descr", "title", "prompt", "promptTitle", "error", "errorTitle", "display", "tooltip", "string-value")


def mask(content: bytes, words: Mapping[str, str]) -> bytes:
    """Return the package with each of the words replaced by what it maps to. Raises Refused."""
    package = Package(content)
    masked = _Masked(words)
    parts = [(name, masked.part(name, package.read(name))) for name in package.names]
    return packed(parts, stored=_UNPACKED_FIRST)


@dataclass
class _Piece:
    """A stretch of a line: the text of an element or what follows it; a blank that an element stands for has neither."""

    element: Any
    place: str  # "text" or "tail"; "" for a blank

    @property
    def text(self) -> str:
        return getattr(self.element, self.place) if self.place else " "

    def replace(self, start: int, end: int, new: str) -> None:
        if self.place:
            text = self.text
            setattr(self.element, self.place, text[:start] + new + text[end:])


class _Masked:
    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self._pattern = any_of(words)

    def part(self, name: str, content: bytes) -> bytes:
        if not name.endswith((".xml", ".vml")) or _NOT_WORDS.search(name):
            return content
        root = xmls.parse(content)
        changes = [self._line(pieces) for pieces in list(_lines(root))]
        changes += [self._attributes(element) for element in root.iter(etree.Element)]
        return xmls.written(root) if any(changes) else content

    def _line(self, pieces: list[_Piece]) -> bool:
        found = list(self._pattern.finditer("".join(piece.text for piece in pieces)))
        for match in reversed(found):
            _write(pieces, match.start(), match.end(), self._words[match[0]])
        return bool(found)

    def _attributes(self, element: Any) -> bool:
        shown = [key for key in element.attrib if etree.QName(key).localname in _SHOWN]
        for key in shown:
            element.attrib[key] = self._pattern.sub(lambda match: self._words[match[0]], element.attrib[key])
        return bool(shown)


def _write(pieces: list[_Piece], start: int, end: int, new: str) -> None:
    """Put `new` in place of a stretch of a line: into the first piece of it, out of the others."""
    place = 0
    for piece in pieces:
        length = len(piece.text)
        if place < end and place + length > start:
            piece.replace(max(0, start - place), min(length, end - place), new)
            _become_text(piece.element)
            new = ""
        place += length


def _become_text(element: Any) -> None:
    """A number or a formula's result that has become words is a text from now on, without the formula that would bring it back."""
    cell = element.getparent()
    if xmls.name(element) == "v" and cell is not None and xmls.name(cell) == "c":
        cell.set("t", "str")
        for formula in [each for each in cell if xmls.name(each) == "f"]:
            xmls.remove(formula)


def _lines(root: Any) -> Iterator[list[_Piece]]:
    """The texts of a part, each paragraph's together; what stands in no paragraph is a line by itself."""
    lines: dict[Any, list[_Piece]] = {}
    open_: list[Any] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_line = xmls.name(element) in _LINES
        if event == "start":
            if is_line:
                open_.append(element)
            is_blank = xmls.name(element) in _SPACES and not element.text
            piece = _Piece(element, "" if is_blank else "text")
        else:
            if is_line:
                open_.pop()
            piece = _Piece(element, "tail")
        if not piece.text or _is_index(element, event):
            continue
        if open_:
            lines.setdefault(open_[-1], []).append(piece)
        else:
            yield [piece]
    yield from lines.values()


def _is_index(element: Any, event: str) -> bool:
    """Whether a cell's value is the number of a shared text."""
    return event == "start" and xmls.name(element) == "v" and element.getparent().get("t") == "s"
