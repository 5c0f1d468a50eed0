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


@given(secrets, st.integers(0, receipts.WORDS - 1), st.integers(0, 4), st.integers(1, 15))
def test_a_wrong_letter_is_led_to_its_word(secret: bytes, place: int, at: int, step: int) -> None:
    words = receipts.write(secret).split("-")
    letters = receipts.VOWELS if at % 2 else receipts.CONSONANTS
    wrong = letters[(letters.index(words[place][at]) + step) % len(letters)]
    if wrong == words[place][at]:
        return
    words[place] = words[place][:at] + wrong + words[place][at + 1 :]
    with pytest.raises(receipts.NotAReceipt) as refused:
        receipts.read("-".join(words))
    assert refused.value.suspect in (place + 1, None)  # None where another word would fit as well


def test_the_hint_is_nearly_always_there_and_right() -> None:
    found = []
    for number in range(200):
        words = receipts.write(bytes([number]) * 14).split("-")
        words[4] = words[4][:2] + receipts.CONSONANTS[(receipts.CONSONANTS.index(words[4][2]) + 3) % 16] + words[4][3:]
        with pytest.raises(receipts.NotAReceipt) as refused:
            receipts.read(" ".join(words))
        found.append(refused.value.suspect)
    assert found.count(5) > 190


def test_two_words_in_each_others_place_are_led_to() -> None:
    words = receipts.write(bytes(range(14))).split("-")
    words[2], words[3] = words[3], words[2]
    with pytest.raises(receipts.NotAReceipt) as refused:
        receipts.read(" ".join(words))
    assert (refused.value.exchanged, refused.value.word) == (3, None)


def test_no_hint_where_everything_is_wrong() -> None:
    with pytest.raises(receipts.NotAReceipt) as refused:
        receipts.read("babab " * 8)
    assert (refused.value.suspect, refused.value.exchanged) == (None, None)
