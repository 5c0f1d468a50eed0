"""The pure rules of redaction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inquiries.redaction import BLOCK, Stretch, applied, blocked, found, quotes, without

M = "[…]"


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([], "We are Acme of Tartu."),
        ([Stretch(7, 11, M)], "We are […] of Tartu."),
        ([Stretch(15, 20, M), Stretch(7, 11, M)], "We are […] of […]."),
        ([Stretch(7, 14, M), Stretch(12, 20, "no")], "We are […]."),
        ([Stretch(7, 20, M), Stretch(12, 14, "no")], "We are […]."),
        ([Stretch(7, 11, M), Stretch(11, 14, M)], "We are […][…] Tartu."),
        ([Stretch(15, 99, M)], "We are Acme of […]"),
    ],
)
def test_stretches_become_markers(stretches: list[Stretch], expected: str) -> None:
    assert applied("We are Acme of Tartu.", stretches) == expected


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=5))
def test_no_character_of_a_stretch_is_left_and_every_other_one_is(text: str, pairs: list[tuple[int, int]]) -> None:
    stretches = [Stretch(start, start + length) for start, length in pairs]
    kept = "".join(letter for place, letter in enumerate(text) if not any(each.start <= place < each.end for each in stretches))
    assert applied(text, stretches) == kept
    assert len(blocked(text, [each for each in stretches if each.start < len(text)])) == len(text)


def test_what_is_taken_out_leaves_blocks_of_the_same_length() -> None:
    assert blocked("We are Acme.", [Stretch(7, 11)]) == f"We are {BLOCK * 4}."


@pytest.mark.parametrize(
    ("passage", "places"),
    [
        ("Acme", [(0, 4), (14, 18)]),
        ("acme", []),
        ("makes pumps", [(5, 16)]),
        ("  makes\tpumps ", [(5, 16)]),
        ("", []),
        ("   ", []),
        ("p.mps", []),
    ],
)
def test_a_passage_is_found_letter_by_letter_whatever_the_space(passage: str, places: list[tuple[int, int]]) -> None:
    text = "Acme makes\npumps. Acme" if "pumps" in passage else "Acme makes no Acme"
    assert [(each.start, each.end) for each in found(text, passage)] == places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACME  Pumps asks", "[…] asks"),
        ("Acme Pumpsters ask", "Acme Pumpsters ask"),
        ("They wrote “Acme Pumps”.", "They wrote “[…]”."),
        ("Nothing", "Nothing"),
    ],
)
def test_quotes_go_as_whole_words_in_any_letters(text: str, expected: str) -> None:
    assert without(text, ["Acme Pumps"], marker=M) == expected
    assert quotes(text, ["Acme Pumps"]) == (text != expected)


def test_short_passages_are_not_looked_for_elsewhere() -> None:
    assert without("an abc of it", ["abc", "…", "of"], marker=M) == "an abc of it"
