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
    """The words can't be a receipt. Places are counted from 1.

    `word` is the place of the first impossible word; `suspect` that of the one word which, with one letter changed, would fit the
    others; `exchanged` that of the first of two neighbours which would fit in each other's place. They follow from the typed
    words alone, so they tell nobody anything of a receipt that exists, and no letter is ever proposed.
    """

    def __init__(self, *, count: int, word: int | None = None, suspect: int | None = None, exchanged: int | None = None) -> None:
        super().__init__()
        self.count = count
        self.word = word
        self.suspect = suspect
        self.exchanged = exchanged


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
    if not _fits(found):
        raise NotAReceipt(count=len(found), suspect=_suspect(found), exchanged=_exchanged(found))
    return _bytes(found)[:SECRET_BYTES]


def _bytes(words: list[str]) -> bytes:
    return b"".join(_number(word).to_bytes(2, "big") for word in words)


def _fits(words: list[str]) -> bool:
    return crc_hqx(_bytes(words), 0xFFFF) == 0  # a CRC over content and its own CRC is zero


def _suspect(words: list[str]) -> int | None:
    """Return the place of the one word that fits once a single letter of it is changed; None if there is none, or more than one."""
    places = [
        place
        for place, word in enumerate(words)
        if any(_fits([*words[:place], other, *words[place + 1 :]]) for other in _one_letter_off(word))
    ]
    return places[0] + 1 if len(places) == 1 else None


def _one_letter_off(word: str) -> list[str]:
    return [
        word[:at] + letter + word[at + 1 :]
        for at in range(len(word))
        for letter in (VOWELS if at % 2 else CONSONANTS)
        if letter != word[at]
    ]


def _exchanged(words: list[str]) -> int | None:
    places = [
        place for place in range(len(words) - 1) if _fits([*words[:place], words[place + 1], words[place], *words[place + 2 :]])
    ]
    return places[0] + 1 if len(places) == 1 else None


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
