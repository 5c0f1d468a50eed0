from hypothesis import given
from hypothesis import strategies as st

from inquiries.phrases import SHORTEST, shared


def found(text: str, *others: str) -> list[str]:
    return [text[span.start : span.end] for span in shared(text, *others)]


def test_five_words_in_a_row_are_noticed_whatever_their_case_and_marks() -> None:
    asked = "We sell nine thermal cameras to a mill in Ruritania, by March."
    assert found("They said: WE SELL nine – thermal cameras!", asked) == ["WE SELL nine – thermal cameras"]


def test_a_longer_stretch_is_one_finding() -> None:
    asked = "one two three four five six seven eight"
    assert found(f"so {asked} then", asked) == [asked]


def test_what_is_said_in_other_words_is_not_noticed() -> None:
    assert found("A firm wants to export cameras.", "We sell nine thermal cameras to a mill in Ruritania.") == []


@given(st.lists(st.sampled_from("abcde"), min_size=SHORTEST, max_size=30), st.lists(st.sampled_from("fghij"), max_size=10))
def test_a_quotation_is_found_wherever_it_stands(quoted: list[str], around: list[str]) -> None:
    quotation = " ".join(quoted)
    text = " ".join([*around, quotation, *around])
    assert quotation in " ".join(found(text, quotation))


def test_a_hundred_thousand_words_are_compared_word_by_word_once() -> None:
    words = " ".join(f"w{number}" for number in range(100_000))
    assert len(shared(words, words)) == 1
