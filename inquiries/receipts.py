"""The receipt: the secret words by which an asker returns.

Seven random words and one check word, each a pronounceable quintuplet of 16 bits (D. S. Wilkerson, "A Proposal for Proquints",
arXiv:0901.4016): 112 bits of secret, and a CRC-16 that catches every mistake confined to one word. No word list is needed, and
the words are as easy to copy in one language as in another.
"""

from __future__ import annotations

import re
from binascii import crc_hqx

CONSONANTS = "bdfghjklmnprstvz"  # 4 bits each
VOWELS = "aiou"  # 2 bits each
WORD = re.compile(f"[{CONSONANTS}][{VOWELS}][{CONSONANTS}][{VOWELS}][{CONSONANTS}]")
SECRET_WORDS = 7
SECRET_BYTES = SECRET_WORDS * 2
WORDS = SECRET_WORDS + 1


class NotAReceipt(Exception):
    """The words can't be a receipt. `word` is the place of the first impossible word, counted from 1, or None."""

    def __init__(self, *, count: int, word: int | None = None) -> None:
        super().__init__()
        self.count = count
        self.word = word


def write(secret: bytes) -> str:
    """Return the receipt of SECRET_BYTES random bytes, such as `lusab-babad-gutih-tugad-mudof-sakat-kibap-rofug`."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a receipt holds {SECRET_BYTES} bytes")
    checked = secret + crc_hqx(secret, 0xFFFF).to_bytes(2, "big")
    return "-".join(_word(int.from_bytes(checked[i : i + 2], "big")) for i in range(0, len(checked), 2))


def read(words: str) -> bytes:
    """Return the secret of a receipt as somebody typed it: case, spaces, dashes and line breaks don't matter.

    Raises NotAReceipt where a word is missing, impossible or doesn't fit the check word.
    """
    found = re.findall(r"[^\W_]+", words.lower())
    if len(found) != WORDS:  # not eight words as they stand: perhaps typed without gaps, or with some inside a word
        letters = "".join(found)
        found = [letters[i : i + 5] for i in range(0, len(letters), 5)]
    for place, word in enumerate(found, start=1):
        if not WORD.fullmatch(word):
            raise NotAReceipt(count=len(found), word=place)
    if len(found) != WORDS:
        raise NotAReceipt(count=len(found))
    checked = b"".join(_number(word).to_bytes(2, "big") for word in found)
    if crc_hqx(checked, 0xFFFF) != 0:  # a CRC over content and its own CRC is zero
        raise NotAReceipt(count=len(found))
    return checked[:SECRET_BYTES]


def _word(number: int) -> str:
    return (
        CONSONANTS[number >> 12]
        + VOWELS[number >> 10 & 3]
        + CONSONANTS[number >> 6 & 15]
        + VOWELS[number >> 4 & 3]
        + CONSONANTS[number & 15]
    )


def _number(word: str) -> int:
    first, second, third, fourth, fifth = list(word)
    return (
        CONSONANTS.index(first) << 12
        | VOWELS.index(second) << 10
        | CONSONANTS.index(third) << 6
        | VOWELS.index(fourth) << 4
        | CONSONANTS.index(fifth)
    )
