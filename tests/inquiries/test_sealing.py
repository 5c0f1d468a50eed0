import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inquiries.sealing import PADDING_BYTES, CannotOpen, Place, derive, new_case_key, seal, unseal

HERE = Place("message", uuid.UUID(int=1), uuid.UUID(int=2))


@given(st.text())
def test_sealed_words_open_with_their_key_in_their_place(text: str) -> None:
    key = new_case_key()
    assert unseal(seal(text, key=key, place=HERE), key=key, place=HERE) == text


@pytest.mark.parametrize(
    "place",
    [
        Place("subject", HERE.inquiry, HERE.row),
        Place("message", uuid.UUID(int=9), HERE.row),
        Place("message", HERE.inquiry, uuid.UUID(int=9)),
    ],
)
def test_sealed_words_do_not_open_in_another_place(place: Place) -> None:
    key = new_case_key()
    with pytest.raises(CannotOpen):
        unseal(seal("words", key=key, place=HERE), key=key, place=place)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        unseal(seal("words", key=new_case_key(), place=HERE), key=new_case_key(), place=HERE)


@given(st.integers(0, 1100), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, difference: int) -> None:
    key = new_case_key()
    sealed = bytearray(seal("words", key=key, place=HERE))
    sealed[place % len(sealed)] ^= difference
    with pytest.raises(CannotOpen):
        unseal(bytes(sealed), key=key, place=HERE)


def test_short_questions_are_equally_long_once_sealed() -> None:
    key = new_case_key()
    lengths = {len(seal("x" * size, key=key, place=HERE)) for size in (0, 1, 100, PADDING_BYTES - 1)}
    assert len(lengths) == 1


def test_what_is_derived_differs_by_purpose_and_server() -> None:
    derived = {derive(b"secret", purpose=purpose, server_key=key) for purpose in ("a", "b") for key in (b"1", b"2")}
    assert len(derived) == 4
