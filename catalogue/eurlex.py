"""Reading Annex I of Regulation (EU) 2021/821 from the XHTML of a consolidated text, as the Publications Office gives it out.

The text is a tree of paragraphs and points. A point is a label ("a.", "1.") beside its content: two columns of a grid, or a table
row of two cells in older texts. A point's code is that of the point around it and its own label. Two things stand outside that
order and are told by their words: an entry begins with its code, and a note with "Note", "Technical Note" or "N.B.". A list inside
a note is the note's; it ends where a label continues the list of points that the note interrupted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from lxml import etree, html

from catalogue.parsing import LONGEST_TEXT, MOST_ROWS, BrokenFileError, ParsedList, Row, repaired

REGULATION = "02021R0821"
# The digit after the group says which regime an entry comes from (Annex I, Part I, General notes to Annex I).
REGIMES = {"0": "Wassenaar", "1": "MTCR", "2": "NSG", "3": "Australia Group", "4": "CWC"}
EU_REGIME = "EU"
DEEPEST = 60

_ENTRY = re.compile(r"(?P<code>[0-9][A-E][0-9]{3})(?:\s+(?P<text>.*))?", re.DOTALL)
_LABEL = re.compile(r"\(?(?P<label>[a-z]{1,2}|[0-9]{1,3})[.)]+\s*")
_NOTE = re.compile(r"(?P<kind>technical\s+notes?|notes?|n\.\s?b\.)", re.IGNORECASE)
_KINDS = {"t": "technical_note", "n": "note"}
_REFERENCE = re.compile(rf"{REGULATION}\s*—\s*EN\s*—\s*(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}})")
_ANNEX_HEADING = re.compile(r"ANNEX\s+(?P<number>[IVX]+)\b")
_HEADINGS = ("title-annex", "title-gr-seq", "title-division", "ti-grseq", "doc-ti")
# Marks of the consolidation (▼M1) and footnotes: not the law's words.
_LEFT_OUT = ("modref", "arrow", "footnote", "oj-note")
_BLOCKS = frozenset({"div", "p", "table", "tbody", "thead", "tr", "td", "ul", "ol", "li", "section", "article", "hr"})
_SUPERSCRIPTS = str.maketrans("-–−+0123456789n", "⁻⁻⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ")


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph as it stands in the text: its label if it is a point, and how many points are around it."""

    text: str
    label: str = ""
    depth: int = 0
    is_heading: bool = False


def is_xhtml(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def parse_consolidated(content: bytes) -> ParsedList:
    """Read Annex I from a consolidated text of the regulation in English; raises BrokenFileError for anything else."""
    try:
        document = html.document_fromstring(content, ensure_head_body=True)
    except (etree.ParserError, ValueError) as error:
        raise BrokenFileError("this is no XHTML.") from error
    reading = _Reading()
    for line in _of_annex_one(_lines(document.body, 0)):
        reading.take(line)
    if not reading.rows:
        raise BrokenFileError("no entry such as 3A001 was found below a heading “ANNEX I”.")
    return ParsedList(edition=_edition(document), rows=tuple(reading.finished()))


def _edition(document: html.HtmlElement) -> str:
    """The day of the consolidation, from the line of reference at the head: 02021R0821 — EN — 15.11.2025 — 008.001."""
    found = _REFERENCE.search(_words(document)[:200_000])
    if found:
        try:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        except ValueError:
            pass
    raise BrokenFileError(f"the line of reference “{REGULATION} — EN — day.month.year” is missing: is this the consolidated text?")


# --- lines ----------------------------------------------------------------------------------------------------------


def _of_annex_one(lines: Iterator[Line]) -> Iterator[Line]:
    is_inside = False
    for line in lines:
        if line.is_heading and (found := _ANNEX_HEADING.match(line.text)):
            is_inside = found["number"] == "I"
        elif is_inside:
            yield line


def _lines(element: html.HtmlElement, depth: int) -> Iterator[Line]:
    """What an element says, paragraph by paragraph."""
    if depth > DEEPEST:
        raise BrokenFileError("points stand inside one another more deeply than any law's.")
    if _has_class(element, *_LEFT_OUT) or not isinstance(element.tag, str):
        return
    pairs = _pairs(element)
    if pairs is not None:
        for label, body in pairs:
            yield from _labelled(label, body, depth)
    elif any(child.tag in _BLOCKS for child in element):
        yield from _lines_of_parts(element, depth)
    elif text := _words(element):
        yield Line(text, depth=depth, is_heading=_has_class(element, *_HEADINGS))


def _lines_of_parts(element: html.HtmlElement, depth: int) -> Iterator[Line]:
    """The blocks inside an element, and the words that stand between them without a block of their own."""
    loose = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS:
            if text := _folded("".join(loose)):
                yield Line(text, depth=depth)
            loose = []
            yield from _lines(child, depth)
        elif not _has_class(child, *_LEFT_OUT):
            loose.append(_words(child))
        loose.append(child.tail or "")
    if text := _folded("".join(loose)):
        yield Line(text, depth=depth)


def _labelled(label: str, body: html.HtmlElement, depth: int) -> Iterator[Line]:
    """A point: its first paragraph carries the label, unless the point begins with a point of its own."""
    inside = _lines(body, depth + 1)
    first = next(inside, None)
    if first is None or first.label:
        yield Line("", label=label, depth=depth + 1)
    else:
        yield replace(first, label=label)
        first = None
    if first is not None:
        yield first
    yield from inside


def _pairs(element: html.HtmlElement) -> list[tuple[str, html.HtmlElement]] | None:
    """The points of a grid or of a table that lists points; None for anything else."""
    if _has_class(element, "grid-container"):
        columns = [child for child in element if _has_class(child, "grid-list-column-")]
        return [(_words(columns[at]), columns[at + 1]) for at in range(0, len(columns) - 1, 2)]
    if element.tag == "table":
        rows = [list(row) for row in element.iter("tr") if next(row.iterancestors("table"), None) is element]
        pairs = [(_words(row[0]), row[1]) for row in rows if len(row) == 2]
        if rows and len(pairs) == len(rows) and all(_is_label(label) for label, _body in pairs):
            return pairs
    return None


def _is_label(text: str) -> bool:
    return bool(_LABEL.fullmatch(text) or _ENTRY.fullmatch(text) or _NOTE.match(text)) or text in ("—", "-", "")


def _has_class(element: html.HtmlElement, *starts: str) -> bool:
    return any(name.startswith(starts) for name in (element.get("class") or "").split())


def _words(element: html.HtmlElement) -> str:
    """The words of an element on one line, raised figures as such: 10³, not 103."""
    parts: list[str] = []
    for event, each in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(each.tag, str):
            continue
        if event == "start":
            parts.append(_raised(each) if _is_raised(each) else each.text or "")
        elif each is not element:
            parts.append(each.tail or "")
    return _folded("".join(parts))


def _is_raised(element: html.HtmlElement) -> bool:
    return element.tag == "sup" or _has_class(element, "superscript", "oj-super")


def _raised(element: html.HtmlElement) -> str:
    text = element.text or ""
    return text.translate(_SUPERSCRIPTS) if re.fullmatch(r"[-–−+0-9n]+", text) else text


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[►▼◄]\s*[A-Z]{0,2}\d*", " ", text).split())


# --- codes ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """Gives each line its code, from the top of the annex to its end."""

    rows: list[Row] = field(default_factory=list)
    open_points: list[tuple[int, str]] = field(default_factory=list)  # (depth, code) of the entry and the points around
    note_depth: int | None = None  # where the note stands that is being read
    note_label: str = ""  # the last label of the list inside it
    known: set[str] = field(default_factory=set)

    def take(self, line: Line) -> None:
        entry = _ENTRY.fullmatch(line.label) if line.label else _ENTRY.fullmatch(line.text)
        if entry and entry["code"] not in self.known:
            self._begin_entry(entry["code"], line.text if line.label else entry["text"] or "", line)
        elif line.is_heading:
            self.open_points, self.note_depth = [], None
        elif self.open_points:
            self._take_inside(line)

    def _begin_entry(self, code: str, text: str, line: Line) -> None:
        self.open_points, self.note_depth = [(line.depth, code)], None
        self._add(code, "", "entry", text)

    def _take_inside(self, line: Line) -> None:
        label = _LABEL.fullmatch(line.label + " ") if line.label else None
        note = _NOTE.match(line.label or line.text)
        if label and not self._belongs_to_note(label["label"], line.depth):
            self._begin_point(label["label"], line)
        elif note:
            self.note_depth, self.note_label = line.depth, ""
            kind = "nb" if "." in note["kind"] else _KINDS[note["kind"][0].lower()]
            code = self._around(line.depth + 1)  # of the point in whose words it stands
            self._add(code, code, kind, f"{line.label} {line.text}".strip())
        else:
            self._continue(line)
            if label and self.note_depth is not None and line.depth <= self.note_depth + 1:
                self.note_label = label["label"]

    def _begin_point(self, label: str, line: Line) -> None:
        self.note_depth = None
        parent = self._around(line.depth)
        code = f"{parent}.{label}"
        self.open_points = [*self._points_around(line.depth), (line.depth, code)]
        self._add(code, parent, "continuation" if code in self.known else "para", line.text)

    def _belongs_to_note(self, label: str, depth: int) -> bool:
        """Whether a labelled line is of the list inside the note that is being read, and no point of the entry."""
        if self.note_depth is None:
            return False
        if depth > self.note_depth + 1:
            return True
        note_so_far = self.rows[-1].text.rstrip()
        if not self.note_label:
            return note_so_far.endswith(":") and label in ("a", "1")
        last = next((code.rpartition(".")[2] for at, code in reversed(self.open_points[1:]) if at == depth), "")
        is_next_point = bool(last) and label == _following(last)
        # Where the label would do for both, a full stop says that the note was at its end.
        return label == _following(self.note_label) and not (is_next_point and note_so_far.endswith("."))

    def _continue(self, line: Line) -> None:
        last = self.rows[-1]
        words = f"{last.text} {line.label} {line.text}" if line.label else f"{last.text} {line.text}"
        self.rows[-1] = replace(last, text=" ".join(words.split())[:LONGEST_TEXT])

    def _points_around(self, depth: int) -> list[tuple[int, str]]:
        return [self.open_points[0], *((at, code) for at, code in self.open_points[1:] if at < depth)]

    def _around(self, depth: int) -> str:
        return self._points_around(depth)[-1][1]

    def _add(self, code: str, parent: str, kind: str, text: str) -> None:
        if len(self.rows) >= MOST_ROWS:
            raise BrokenFileError(f"there are more than {MOST_ROWS} paragraphs.")
        self.known.add(code)
        self.rows.append(
            Row(
                order=len(self.rows) + 1,
                code=code,
                parent=code if kind == "continuation" else parent,
                entry_code=code[:5],
                depth=code.count("."),
                kind=kind,
                category=code[0],
                group=code[1],
                regime="NSG trigger list" if code.startswith("0") else REGIMES.get(code[2], EU_REGIME),
                text=text,
            )
        )

    def finished(self) -> Iterator[Row]:
        """The rows with what is still damaged in their numbers flagged, and a dash where a point has no words of its own."""
        for row in self.rows:
            text, doubtful = repaired(row.text or "—")
            yield replace(row, text=text, needs_checking=doubtful, received_text=row.text if text != row.text else "")


def _following(label: str) -> str:
    """The label after this one: b after a, aa after z, 10 after 9."""
    if label.isdigit():
        return str(int(label) + 1)
    return "aa" if label == "z" else label[:-1] + chr(ord(label[-1]) + 1)
