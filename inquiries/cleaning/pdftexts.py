"""The words of a PDF document, as far as they can be read.

Best effort, for the look at what could tell who asks: letters are known from a font's own table (ToUnicode), or from the standard
codings and names of glyphs; words are told apart by where they stand. Fonts without a table, words drawn as curves and words in
pictures are not read.
"""

from __future__ import annotations

import codecs
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Stream

from inquiries.cleaning.kinds import MOST_CHARACTERS

_SECONDS: Final = 6.0  # of the processor's time
_DEEPEST: Final = 5  # drawings inside drawings
_MOST_TABLE: Final = 1024 * 1024  # bytes
_MOST_RANGE: Final = 65_536
_OPERATORS: Final = "Tf Td TD Tm T* TL Tj TJ ' \" BT Do"
for _coding in ("cp1252", "mac_roman", "utf-16-be"):
    codecs.lookup(_coding)
_CODINGS: Final = {"/MacRomanEncoding": "mac_roman", "/WinAnsiEncoding": "cp1252"}

_BLOCK: Final = re.compile(rb"begin(bfchar|bfrange|codespacerange)(.*?)end\1", re.DOTALL)
_PAIR: Final = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]*)>")
_RANGE: Final = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]+)>\s*(?:<([0-9A-Fa-f\s]*)>|\[([^\]]*)\])")
_HEX: Final = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_NAMED: Final = """zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 period . comma , hyphen - colon :
semicolon ; at @ underscore _ slash / plus + ampersand & parenleft ( parenright ) quotesingle ' quotedbl " endash – emdash —
quoteleft ‘ quoteright ’ quotedblleft “ quotedblright ” germandbls ß oslash ø Oslash Ø ae æ AE Æ dotlessi ı lslash ł Lslash Ł fi
fi fl fl ff ff ffi ffi ffl ffl"""
_GLYPHS: Final = {"space": " ", **dict(zip(_NAMED.split()[::2], _NAMED.split()[1::2], strict=True))}
_ACCENTS: Final = {
    "dieresis": "\u0308", "tilde": "\u0303", "caron": "\u030c", "acute": "\u0301", "grave": "\u0300", "circumflex": "\u0302",
    "ring": "\u030a", "macron": "\u0304", "ogonek": "\u0328", "cedilla": "\u0327", "dotaccent": "\u0307", "commaaccent": "\u0327",
}  # fmt: skip
_ACCENTED: Final = re.compile(rf"([A-Za-z])({'|'.join(_ACCENTS)})")


def text(pdf: pikepdf.Pdf, words: Iterable[str]) -> str:
    """Return the words of the pages in the order drawn, then `words`; at most MOST_CHARACTERS."""
    reader = _Reader()
    until = time.process_time() + _SECONDS
    for page in pdf.pages:
        for drawing, resources in _drawings(page.obj):
            reader.read(drawing, resources)
        if reader.length > MOST_CHARACTERS or time.process_time() > until:
            break
        reader.put("\n")
    return re.sub(r"[ \t]+", " ", "".join(reader.parts) + "\n" + "\n".join(words))[:MOST_CHARACTERS].strip()


def _drawings(page: Any) -> Iterator[tuple[Any, Any]]:
    """A page, and what its annotations look like."""
    yield page, page.get("/Resources")
    annotations = page.get("/Annots")
    for annotation in annotations if isinstance(annotations, Array) else ():
        looks = annotation.get("/AP") if isinstance(annotation, Dictionary) else None
        look = looks.get("/N") if isinstance(looks, Dictionary) else None
        for drawing in [look, *(look.values() if isinstance(look, Dictionary) else ())]:
            if isinstance(drawing, Stream):
                yield drawing, drawing.get("/Resources")


class _Font:
    """How a font's codes are read as letters, and how wide they are, in thousandths of its size."""

    def __init__(self, font: Any) -> None:
        self.letters: dict[bytes, str] = {}
        self.length = 2 if font.get("/Subtype") == "/Type0" else 1
        self.first = int(font.get("/FirstChar", 0))
        widths = font.get("/Widths")
        self.widths = [float(width) for width in widths] if isinstance(widths, Array) else []
        self.coding = "" if self.length == 2 else "cp1252"
        self._read_encoding(font.get("/Encoding"))
        table = font.get("/ToUnicode")
        if isinstance(table, Stream):
            self._read_table(table.read_bytes()[:_MOST_TABLE])

    def _read_encoding(self, encoding: Any) -> None:
        if isinstance(encoding, Dictionary):
            self._read_differences(encoding.get("/Differences"))
            encoding = encoding.get("/BaseEncoding")
        if self.coding:
            self.coding = _CODINGS.get(str(encoding), self.coding)

    def _read_differences(self, differences: Any) -> None:
        code = 0
        for each in differences if isinstance(differences, Array) else ():
            if isinstance(each, int):
                code = each
            else:
                self.letters[bytes((code & 255,))] = _glyph(str(each)[1:])
                code += 1

    def _read_table(self, table: bytes) -> None:
        for kind, body in _BLOCK.findall(table):
            if kind == b"codespacerange":
                lengths = {len(_bytes(low)) for low, _ in _PAIR.findall(body)}
                self.length = max(lengths, default=self.length)
            elif kind == b"bfchar":
                self.letters.update((_bytes(code), _letters(_bytes(value))) for code, value in _PAIR.findall(body))
            else:
                for low, high, start, each in _RANGE.findall(body):
                    self._read_range(_bytes(low), _bytes(high), _bytes(start), [_bytes(value) for value in _HEX.findall(each)])

    def _read_range(self, low: bytes, high: bytes, start: bytes, each: list[bytes]) -> None:
        begin, end = int.from_bytes(low, "big"), int.from_bytes(high, "big")
        for step in range(min(end - begin + 1, _MOST_RANGE - len(self.letters))):
            code = (begin + step).to_bytes(len(low), "big")
            if step < len(each):
                self.letters[code] = _letters(each[step])
            elif start:
                self.letters[code] = _letters((int.from_bytes(start, "big") + step).to_bytes(len(start) + 1, "big")[1:])

    def read(self, shown: bytes) -> tuple[str, float]:
        """Return the letters that bytes stand for, and how wide they are."""
        codes = [shown[at : at + self.length] for at in range(0, len(shown), self.length)]
        return "".join(map(self._letter, codes)), sum(map(self._width, codes))

    def _letter(self, code: bytes) -> str:
        if code in self.letters:
            return self.letters[code]
        return code.decode(self.coding, "ignore") if self.coding else ""

    def _width(self, code: bytes) -> float:
        place = code[0] - self.first
        return self.widths[place] if self.length == 1 and 0 <= place < len(self.widths) else 500.0


def _bytes(digits: bytes) -> bytes:
    digits = b"".join(digits.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _letters(value: bytes) -> str:
    return value.decode("utf-16-be", "ignore") if len(value) > 1 else value.decode("latin-1")


def _glyph(name: str) -> str:
    """Return the letter of a glyph's name as Adobe's list builds them: “odieresis”, “uni00F6”, “a.alt”."""
    name = name.partition(".")[0] or name
    if len(name) == 1:
        return name
    if name in _GLYPHS:
        return _GLYPHS[name]
    if accented := _ACCENTED.fullmatch(name):
        return unicodedata.normalize("NFC", accented[1] + _ACCENTS[accented[2]])
    if code := re.fullmatch(r"u(?:ni)?([0-9A-F]{4,5})", name):
        return chr(int(code[1], 16))
    return ""


class _Reader:
    """Follows the operators that show text (ISO 32000-1, 9.4), upright text at that."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.fonts: dict[tuple[int, int], _Font] = {}
        self.resources: Any = None
        self.depth = 0
        self.font: _Font | None = None
        self.size = 10.0
        self.end: float | None = None  # where the last letters ended
        self._begin()
        self.does: dict[str, Callable[[Any], None]] = {
            "BT": lambda _: self._begin(),
            "Tf": self._choose,
            "Td": self._move,
            "TD": self._move,
            "Tm": self._place,
            "T*": lambda _: self._next_line(),
            "Tj": lambda operands: self._show(operands[0]),
            "TJ": self._show_all,
            "'": self._show_on_next_line,
            '"': self._show_on_next_line,
            "Do": self._draw,
        }

    def _begin(self) -> None:
        self.scale, self.x, self.y, self.end = 1.0, 0.0, 0.0, None

    def put(self, letters: str) -> None:
        self.parts.append(letters)
        self.length += len(letters)

    def read(self, drawing: Any, resources: Any) -> None:
        """Read a page or a drawing; what can't be read of it is left out."""
        outer, self.resources = self.resources, resources if isinstance(resources, Dictionary) else self.resources
        try:
            for instruction in pikepdf.parse_content_stream(drawing, _OPERATORS):
                if self.length > MOST_CHARACTERS:
                    break
                self._do(str(instruction.operator), instruction.operands)
        except (pikepdf.PdfError, pikepdf.PikepdfError, ValueError, TypeError, IndexError, KeyError, AttributeError, RuntimeError):
            self.put(" ")
        self.resources = outer

    def _do(self, operator: str, operands: Any) -> None:
        if operator in self.does:
            self.does[operator](operands)

    def _resource(self, kind: str, name: Any) -> Any:
        group = self.resources.get(kind) if isinstance(self.resources, Dictionary) else None
        return group.get(str(name)) if isinstance(group, Dictionary) else None

    def _choose(self, operands: Any) -> None:
        font = self._resource("/Font", operands[0])
        self.size = abs(float(operands[1])) or 1.0
        if not isinstance(font, Dictionary):
            self.font = None
        elif not font.is_indirect:
            self.font = _Font(font)
        else:
            if font.objgen not in self.fonts:
                self.fonts[font.objgen] = _Font(font)
            self.font = self.fonts[font.objgen]

    def _move(self, operands: Any) -> None:
        self._go(self.x + float(operands[0]) * self.scale, self.y + float(operands[1]) * self.scale)

    def _place(self, operands: Any) -> None:
        self.scale = abs(float(operands[0])) or abs(float(operands[1])) or 1.0
        self._go(float(operands[4]), float(operands[5]))

    def _go(self, x: float, y: float) -> None:
        """Go to a place. A line is another when it lies higher or lower; a word is another when there is a gap before it."""
        em = self.size * self.scale
        if abs(y - self.y) > 0.3 * em:
            self.put("\n")
        elif self.end is None or not -em < x - self.end < 0.2 * em:
            self.put(" ")
        self.x, self.y, self.end = x, y, x

    def _next_line(self) -> None:
        self.put("\n")
        self.end = self.x

    def _show(self, shown: Any) -> None:
        if self.font is None:
            return
        letters, width = self.font.read(bytes(shown))
        self.put(letters)
        self.end = (self.x if self.end is None else self.end) + width / 1000 * self.size * self.scale

    def _show_all(self, operands: Any) -> None:
        for each in operands[0]:
            if isinstance(each, pikepdf.String):
                self._show(each)
            elif float(each) < -200:
                self.put(" ")

    def _show_on_next_line(self, operands: Any) -> None:
        self._next_line()
        self._show(operands[-1])

    def _draw(self, operands: Any) -> None:
        drawing = self._resource("/XObject", operands[0])
        if isinstance(drawing, Stream) and drawing.get("/Subtype") == "/Form" and self.depth < _DEEPEST:
            self.depth += 1
            self.read(drawing, drawing.get("/Resources"))
            self.depth -= 1
