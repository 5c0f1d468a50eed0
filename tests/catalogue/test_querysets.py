import pytest

from catalogue.models import ControlEntry, Segment
from catalogue.synonyms import expansions


def found(text: str) -> list[str]:
    return [row.code for row in ControlEntry.objects.current().search(text)]


def test_a_code_finds_itself_first_and_then_what_begins_with_it(small_list: None) -> None:
    assert found("3a001") == ["3A001", "3A001.a", "3A001.b", "3A001.b.1"]
    assert found("3A001.b.") == ["3A001.b", "3A001.b.1"]
    assert found("3A0") == ["3A001", "3A001.a", "3A001.b", "3A001.b.1"]
    assert found("8A999") == []


def test_a_code_among_words_comes_first(small_list: None) -> None:
    assert found("cameras, perhaps 1c350")[0] == "1C350"
    assert found("the 1C350") == ["1C350"]


def test_a_cas_number_finds_the_paragraph_that_names_it(small_list: None) -> None:
    assert found("thiodiglycol 111-48-8") == ["1C350.1"]


def test_any_word_suffices_and_words_of_the_paragraphs_find_their_entry(small_list: None) -> None:
    assert found("cameras from another planet") == ["6A003", "3A001"]
    rows = ControlEntry.objects.current().search("widgets")
    assert [(row.code, row.best_code) for row in rows] == [("3A001", "3A001.a")]


def test_words_of_the_trade_find_words_of_the_list(seed: None) -> None:
    assert expansions("two FLIRs") != []
    assert found("quadcopters")[0] in {"9A012", "9A112"}


@pytest.mark.parametrize("text", ["the of and", "'", "\\", "!", "<->", "a:*|&", "ξ", "'; DROP TABLE x; --", "  "])
def test_odd_words_find_nothing_or_something_and_never_fail(small_list: None, text: str) -> None:
    assert len(found(text)) <= 3


def test_only_the_current_edition_is_searched(seed: None, small_list: None) -> None:
    assert found("quantum") == []


def test_segments_come_in_order_with_those_of_old_editions_left_out(seed: None) -> None:
    Segment.objects.filter(code="CTA10").update(is_current=False)
    assert [area.code for area in Segment.objects.areas()] == [f"CTA{number:02}" for number in range(1, 10)]
    assert Segment.objects.technologies().first() == Segment.objects.get(code="CTA01.1")


def test_a_segment_narrows_to_its_entries(seed: None) -> None:
    area = Segment.objects.get(code="CTA03")
    assert {row.entry_code for row in ControlEntry.objects.current().of_segment(area)} <= set(area.control_codes)
