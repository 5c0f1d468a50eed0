"""A thousand receipts: as random as they claim, and in no copy of the database in any form that can be tried out."""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Receipt
from inquiries.services import asking
from tests.anonymity.visitors import Stage, Visitor, all_places, dump

NUMBER = 1000
BY_CALL = 100  # of them by the running server, the rest by its verb: it is the same, and quicker
HASHES = ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s")
WORD = f"[{receipts.CONSONANTS}][{receipts.VOWELS}][{receipts.CONSONANTS}][{receipts.VOWELS}][{receipts.CONSONANTS}]"
WRITTEN = re.compile(f"(?:{WORD}[- ]?){{{receipts.WORDS}}}".encode())


def given_in_process(number: int) -> list[str]:
    return [asking.submit(topic="other", text="x", today=timezone.localdate()).receipt for _ in range(number)]


def given(stage: Stage, number: int) -> list[str]:
    def ask(_number: int) -> str:
        answer = Visitor(stage).call("/api/v1/inquiries/", {"topic": "other", "text": "x"})
        assert answer.status == 201
        return str(re.search(r'"receipt":"([^"]+)"', answer.page)[1])

    with ThreadPoolExecutor(4) as askers:
        return list(askers.map(ask, range(number)))


def guesses(receipt: str) -> set[str]:
    """The first 8 bytes, in hexadecimal, of everything that an unkeyed fast hash makes of a receipt, and of the secret itself."""
    secret = receipts.read(receipt)
    forms = [secret, secret.hex().encode(), receipt.encode(), receipt.replace("-", "").encode(), receipt.replace("-", " ").encode()]
    return {secret.hex()[:16], *(hashlib.new(name, form).hexdigest()[:16] for name in HASHES for form in forms)}


def found_in(content: str, needles: Iterable[set[str]]) -> set[str]:
    """Which of the needles (16 hexadecimal digits) begin at any byte of any binary column of a dump."""
    wanted = set().union(*needles)
    runs = re.findall(r"[0-9a-f]{16,}", content)
    return {run[at : at + 16] for run in runs for at in range(0, len(run) - 15, 2)} & wanted


def collision_entropy(words: list[int]) -> float:
    """Bits, estimated from how many pairs are equal (Rényi entropy of order 2)."""
    equal = sum(count * (count - 1) // 2 for count in Counter(words).values())
    return math.log2(math.comb(len(words), 2) / max(equal, 1))


def test_a_thousand_receipts_are_random_and_nowhere(stage: Stage) -> None:
    found = given(stage, BY_CALL) + given_in_process(NUMBER - BY_CALL)
    secrets = [receipts.read(receipt) for receipt in found]
    assert len(set(secrets)) == Receipt.objects.count() == NUMBER
    words = [int.from_bytes(secret[at : at + 2], "big") for secret in secrets for at in range(0, receipts.SECRET_BYTES, 2)]
    assert receipts.SECRET_WORDS * collision_entropy(words) > 100
    whole = b"".join(secrets)
    assert len(zlib.compress(whole, 9)) >= len(whole)
    ones = [sum(int.from_bytes(secret, "big") >> bit & 1 for secret in secrets) for bit in range(8 * receipts.SECRET_BYTES)]
    assert all(abs(count - NUMBER / 2) < 5.5 * math.sqrt(NUMBER) / 2 for count in ones)  # of 112 bits, one in 10⁵ runs

    for name, content in all_places(stage).items():
        assert WRITTEN.findall(content) == [], name
    assert found_in(dump("--data-only", "--table", "inquiries_*").decode(), map(guesses, found)) == set()


def test_the_search_for_receipts_can_fail(stage: Stage) -> None:
    receipt = given(stage, 1)[0]
    for planted in (hashlib.sha256(receipts.read(receipt)).digest(), b"\x07" + hashlib.md5(receipt.encode()).digest()):  # noqa: S324
        Receipt.objects.update(wrapped_key=planted)
        assert len(found_in(dump("--data-only", "--table", "inquiries_*").decode(), [guesses(receipt)])) == 1
    assert WRITTEN.findall(f"x {receipt} {receipt.replace('-', '')}".encode())


@pytest.mark.parametrize("bits", [8, 12])
def test_the_estimate_of_entropy_can_fail(bits: int) -> None:
    few = [hash((number, bits)) % 2**bits for number in range(7 * NUMBER)]
    assert receipts.SECRET_WORDS * collision_entropy(few) < 100
