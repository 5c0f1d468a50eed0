"""Reading control lists: the grammar of codes, the form of the files, and numbers that lost their exponents."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

COLUMNS = ("ord", "code", "parent", "entry", "depth", "kind", "category", "group", "regime", "text", "version")
KINDS = ("entry", "para", "note", "technical_note", "nb")
MOST_ROWS = 50_000
LONGEST_TEXT = 20_000
LONGEST_CODE = 40
LONGEST_REGIME = 60

_CODE = re.compile(r"[0-9][A-E][0-9]{3}(\.[a-z0-9]{1,4}){0,10}")
_VERSION = re.compile(r"0(\d{4}R\d{4})-(\d{4})(\d{2})(\d{2})")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class BrokenFileError(Exception):
    """A file that is not in the form it should have: in which line, and why."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(f"Line {line}: {reason}" if line else reason)


@dataclass(frozen=True, slots=True)
class Row:
    """One paragraph or note of a control list. `parent` is the code of the paragraph above, or of the one a note belongs to."""

    order: int
    code: str
    parent: str
    entry_code: str
    depth: int
    kind: str
    category: str
    group: str
    regime: str
    text: str
    plain_title: str = ""
    received_text: str = ""
    needs_checking: bool = False

    @property
    def is_paragraph(self) -> bool:
        return self.kind in ("entry", "para")


@dataclass(frozen=True, slots=True)
class ParsedList:
    edition: str
    rows: tuple[Row, ...]


# --- codes ----------------------------------------------------------------------------------------------------------

_TYPED_CODE = re.compile(r"\s*([0-9])\s*([A-Ea-e])\s*([0-9]{0,3})\s*((?:[\s.]*[A-Za-z0-9]{1,4}){0,10})[\s.]*")
_CAS_NUMBER = re.compile(r"(?<![\d-])([1-9]\d{1,6}-\d{2}-\d)(?![\d-])")


def code_typed(text: str) -> str:
    """The code, or the beginning of one, that a person means by `3a001 A.5`, `3A001.a.5.` or `3a0`; "" where it is none."""
    found = _TYPED_CODE.fullmatch(text)
    if not found:
        return ""
    category, group, number, rest = found.groups()
    tail = [part.lower() for part in re.split(r"[\s.]+", rest) if part]
    if tail and (len(number) < 3 or any(len(part) > 2 for part in tail)):
        return ""
    return ".".join([f"{category}{group.upper()}{number}", *tail])


def covering(code: str) -> list[str]:
    """The code and those above it, the highest first: what covers 3A001.a.5 is 3A001, 3A001.a and 3A001.a.5 itself."""
    parts = code.split(".")
    return [".".join(parts[:number]) for number in range(1, len(parts) + 1)]


def codes_in(text: str) -> list[str]:
    """The codes of entries that a text mentions among other words."""
    return sorted({found.upper() for found in re.findall(r"(?<![\w.])[0-9][A-Ea-e][0-9]{3}(?!\w)", text)})[:20]


def cas_numbers(text: str) -> list[str]:
    """The CAS registry numbers in a text. The last digit must be the weighted sum of the others, modulo ten."""
    return [number for number in _CAS_NUMBER.findall(text) if _cas_is_right(number)]


def _cas_is_right(number: str) -> bool:
    *digits, check = (int(digit) for digit in number if digit.isdigit())
    return sum(weight * digit for weight, digit in enumerate(reversed(digits), start=1)) % 10 == check


# --- exponents ------------------------------------------------------------------------------------------------------
# The file lost its superscripts: "5 × 10³ Gy" arrives as "5 x 103 Gy". What can mean one thing only is repaired, the rest flagged.

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# A number, a multiplication sign, then 10 and one or two digits. The list writes a threshold as a number or as a power of
# ten, never as a product with 103; so these digits are an exponent. "10 cm" has none, and 1000 (an exponent of 00) is left alone.
_MULTIPLE_OF_A_POWER = re.compile(r"(?<=\d)(\s*)[x×]\s*10(-?[1-9]\d?)(?!\d|,\d)")
# 10-4 could be the range from 10 to 4, but no range descends, and no threshold "less than" one is a range at all.
_NEGATIVE_POWER = re.compile(
    r"(?<![\d.,×x/A-Za-z-])(?P<comparison>than |equal to |exceeding )?10-(?P<exponent>[1-9]\d?)(?![\d-]|[.,]\d)"
)
# Units of area and volume, after a number or a stroke: m2, cm3, N/m2; and cm-1.
_UNIT_POWER = re.compile(r"((?<=[\d⁰¹²³⁴-⁹] )|(?<=\d)|(?<=/))([mck]?m)([23]|-1)(?![\d-])")
# What may be a power as well as a plain number: 103, 109, 1012; not the middle of a CAS number.
_MAYBE_A_POWER = re.compile(r"(?<![\dA-Za-z,.×/-])10([3-9]|1\d)(?![\dA-Za-z-]|,\d)")
_FORMULA = re.compile(r"\bformula\b|[A-Za-z)'] = ")


def repaired(text: str) -> tuple[str, bool]:
    """The text with the exponents that are certain put back, and whether a number in it may still be damaged."""
    text = _MULTIPLE_OF_A_POWER.sub(lambda found: f" × 10{found[2].translate(_SUPERSCRIPTS)}", text)
    text = _NEGATIVE_POWER.sub(_negative_power, text)
    text = _UNIT_POWER.sub(lambda found: found[2] + found[3].translate(_SUPERSCRIPTS), text)
    doubtful = _MAYBE_A_POWER.search(text) or _FORMULA.search(text) or _NEGATIVE_POWER.search(text)
    return text, bool(doubtful)


def _negative_power(found: re.Match[str]) -> str:
    exponent = int(found["exponent"])
    if found["comparison"] or exponent < 10:
        return f"{found['comparison'] or ''}10{str(-exponent).translate(_SUPERSCRIPTS)}"
    return found[0]


# --- Annex I of Regulation (EU) 2021/821 ----------------------------------------------------------------------------


def parse_annex(content: bytes) -> ParsedList:
    """Read a comma-separated file of paragraphs with the columns `COLUMNS`, in UTF-8.

    The column `version` names the consolidation by its CELEX number, as in 02021R0821-20251115, and is the same in each line.
    Raises BrokenFileError with the line for anything that is not as it should be.
    """
    rows: list[Row] = []
    paragraphs: dict[str, Row] = {}
    version = ""
    for line, record in _records(_decoded(content)):
        version = version or record["version"]
        if record["version"] != version:
            raise BrokenFileError(f"the version is {record['version']!r} and was {version!r} before.", line=line)
        row = _row(record, line=line, order=len(rows) + 1, paragraphs=paragraphs)
        if row.is_paragraph:
            paragraphs[row.code] = row
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise BrokenFileError(f"there are more than {MOST_ROWS} rows.", line=line)
    if not rows:
        raise BrokenFileError("the file has no rows below its header.")
    return ParsedList(edition=_edition(version), rows=tuple(rows))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFileError("a character is not UTF-8.", line=content.count(b"\n", 0, error.start) + 1) from error


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for fields in reader:
            if not header:
                header = fields
                _check_header(header)
            elif len(fields) != len(header):
                raise BrokenFileError(f"there are {len(fields)} fields where the header has {len(header)}.", line=line)
            else:
                yield line, dict(zip(header, fields, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BrokenFileError(f"this is not comma-separated text: {error}.", line=line) from error
    if not header:
        raise BrokenFileError("the file is empty.")


def _check_header(header: list[str]) -> None:
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise BrokenFileError(f"the header lacks {', '.join(missing)}.", line=1)
    if len(set(header)) != len(header):
        raise BrokenFileError("the header names a column twice.", line=1)


def _row(record: dict[str, str], *, line: int, order: int, paragraphs: dict[str, Row]) -> Row:
    for reason in _faults(record):
        raise BrokenFileError(reason, line=line)
    code, parent, kind = record["code"], record["parent"], record["kind"]
    if kind != "entry" and parent not in paragraphs:
        raise BrokenFileError(f"{code} stands below {parent or 'nothing'}, which no earlier line has.", line=line)
    if kind in ("entry", "para") and code in paragraphs:
        # The received file breaks some paragraphs in two, for instance at a table; the rest belongs to the first part.
        kind, parent = "continuation", code
    text, doubtful = repaired(record["text"])
    return Row(
        order=order,
        code=code,
        parent=parent,
        entry_code=record["entry"],
        depth=int(record["depth"]),
        kind=kind,
        category=record["category"],
        group=record["group"],
        regime=record["regime"],
        text=text,
        received_text=record["text"] if text != record["text"] else "",
        needs_checking=doubtful,
    )


def _faults(record: dict[str, str]) -> Iterator[str]:
    yield from _faults_of_place(record)
    yield from _faults_of_text(record)


def _faults_of_place(record: dict[str, str]) -> Iterator[str]:
    code = record["code"]
    if len(code) > LONGEST_CODE or not _CODE.fullmatch(code):
        yield f"{code[:60]!r} is not a code such as 3A001.a.5."
    if (record["entry"], record["category"], record["group"]) != (code[:5], code[:1], code[1:2]):
        yield f"entry, category or group do not agree with the code {code}."
    if record["kind"] not in KINDS:
        yield f"{record['kind'][:60]!r} is none of the kinds {', '.join(KINDS)}."
    if (record["kind"] == "entry") != (record["parent"] == ""):
        yield f"{code} is an entry with a parent, or a paragraph without one."
    for column in ("ord", "depth"):
        if not re.fullmatch(r"[0-9]{1,5}", record[column]):
            yield f"the {column} {record[column][:20]!r} is not a number."


def _faults_of_text(record: dict[str, str]) -> Iterator[str]:
    code, text = record["code"], record["text"]
    if not text.strip():
        yield f"{code} has no text."
    if len(text) > LONGEST_TEXT:
        yield f"the text of {code} is longer than {LONGEST_TEXT} characters."
    if len(record["regime"]) > LONGEST_REGIME:
        yield f"the regime of {code} is longer than {LONGEST_REGIME} characters."
    if any(_CONTROL_CHARACTER.search(value) for value in record.values()):
        yield f"a field of {code} holds a control character."


def _edition(version: str) -> str:
    found = _VERSION.fullmatch(version)
    if found:
        try:
            return date(int(found[2]), int(found[3]), int(found[4])).isoformat()
        except ValueError:
            pass
    raise BrokenFileError(f"the version {version[:60]!r} is not a CELEX number such as 02021R0821-20251115.", line=2)


# --- the seed -------------------------------------------------------------------------------------------------------


def parse_short_list(content: bytes) -> ParsedList:
    """Read the project's own short list: `{"edition": …, "entries": [{"code", "title", "text"}, …]}` in JSON."""
    data = parse_json(content)
    rows: list[Row] = []
    for number, entry in enumerate(data.get("entries", []), start=1):
        code = str(entry.get("code", ""))
        if not re.fullmatch(r"[0-9][A-E][0-9]{3}", code):
            raise BrokenFileError(f"entry {number} has the code {code!r}, which is not one such as 3A001.")
        if not entry.get("title") or not entry.get("text"):
            raise BrokenFileError(f"entry {code} lacks a title or a text.")
        rows.append(
            Row(number, code, "", code, 0, "entry", code[0], code[1], "", str(entry["text"]), plain_title=str(entry["title"]))
        )
    if len({row.code for row in rows}) != len(rows):
        raise BrokenFileError("a code stands in the short list twice.")
    return ParsedList(edition=str(data["edition"]), rows=tuple(rows))


def parse_json(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BrokenFileError(f"this is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise BrokenFileError("the JSON is not an object.")
    return data


def titled(rows: Iterable[Row], titles: dict[str, str]) -> tuple[Row, ...]:
    """The rows with plain titles put on their entries."""
    return tuple(replace(row, plain_title=titles[row.code]) if row.kind == "entry" and row.code in titles else row for row in rows)
