import pytest
from hypothesis import given
from hypothesis import strategies as st

from inquiries import receipts

secrets = st.binary(min_size=receipts.SECRET_BYTES, max_size=receipts.SECRET_BYTES)


def test_a_receipt_has_at_least_100_bits() -> None:
    assert receipts.SECRET_BYTES * 8 == 112


@given(secrets)
def test_a_receipt_reads_back(secret: bytes) -> None:
    assert receipts.read(receipts.write(secret)) == secret


@given(secrets)
def test_case_gaps_and_dashes_do_not_matter(secret: bytes) -> None:
    words = receipts.write(secret)
    for typed in (
        words.upper(),
        words.replace("-", " "),
        words.replace("-", ""),
        "\n ".join(words.split("-")) + ".",
        words.replace("-", "_"),
    ):
        assert receipts.read(typed) == secret


@given(secrets, st.integers(0, receipts.WORDS - 1), st.integers(1, 0xFFFF))
def test_every_mistake_inside_one_word_is_caught(secret: bytes, place: int, difference: int) -> None:
    words = receipts.write(secret).split("-")
    words[place] = receipts._word(receipts._number(words[place]) ^ difference)
    with pytest.raises(receipts.NotAReceipt):
        receipts.read("-".join(words))


def test_an_impossible_word_is_named_by_its_place() -> None:
    words = receipts.write(bytes(14)).split("-")
    words[2] = "quiet"
    with pytest.raises(receipts.NotAReceipt) as refused:
        receipts.read(" ".join(words))
    assert refused.value.word == 3


@pytest.mark.parametrize("typed", ["", "-", "babab", "babab " * 7, "babab " * 9, "ü" * 40, "1" * 40])
def test_what_is_no_receipt_is_refused(typed: str) -> None:
    with pytest.raises(receipts.NotAReceipt):
        receipts.read(typed)
