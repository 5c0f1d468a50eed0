"""Reading what people paste, or send as a file, as a table: lines with commas, semicolons or tabs between their cells."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO


class UnableToRead(ValueError):
    """It is no text in UTF-8, or no table that can be read."""


def text_of(content: bytes) -> str:
    """Return the text of a file; raises UnableToRead."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnableToRead from error
    if "\0" in text:
        raise UnableToRead
    return text


def joined(typed: str, file: str) -> str:
    """Return the lines of a file below those that were typed, separated as these are; raises UnableToRead."""
    if not typed.strip():
        return file
    written = StringIO(newline="")
    csv.writer(written, delimiter=_delimiter(typed), lineterminator="\n").writerows(rows(file))
    return f"{typed.rstrip()}\n{written.getvalue()}"


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each line; raises UnableToRead."""
    try:
        yield from csv.reader(StringIO(text.strip("\ufeff"), newline=""), delimiter=_delimiter(text))
    except csv.Error as error:  # a cell of over a hundred thousand characters, as an open quotation mark makes one
        raise UnableToRead from error


def _delimiter(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return max(",;\t", key=first.count)
