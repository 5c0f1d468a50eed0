from typing import Any

import pytest
from django.test import Client

from catalogue.models import ControlEntry, Segment
from catalogue.services import load_annex
from tests.catalogue.conftest import NOW, annex

CLEARANCE = "Finding nothing does not mean that an item is free of control."
ATTRIBUTION = "© European Union, EUR-Lex; only the Official Journal is authentic"


def test_strangers_read_the_segments_with_risk_and_nato_mapping(client: Client, seed: None) -> None:
    page = client.get("/catalogue/")
    assert page.status_code == 200
    assert page.content.decode().count("High diversion risk") >= 7
    assert "Quantum technologies (exact match)" in page.content.decode()


def test_an_empty_catalogue_says_what_to_do(client: Client, db: None) -> None:
    assert "load_catalogue" in client.get("/catalogue/").content.decode()
    assert client.get("/catalogue/controls/").status_code == 200


def test_a_segment_has_a_page_of_its_own(client: Client, seed: None) -> None:
    page = client.get("/catalogue/segments/CTA03.1/")
    assert "Quantum computing" in page.content.decode()
    assert "/catalogue/controls/4A506/" in page.content.decode()
    assert client.get("/catalogue/segments/CTA99/").status_code == 404


def test_a_search_is_an_address_that_can_be_shared(client: Client, small_list: None) -> None:
    page = client.get("/catalogue/controls/?q=cameras&category=6")
    assert [row.code for row in page.context["page"]] == ["6A003"]
    assert 'value="cameras"' in page.content.decode()


def test_every_page_that_quotes_the_list_names_its_source_and_clears_nothing(client: Client, small_list: None) -> None:
    Segment.objects.create(
        scheme="nato-edt", edition="1", code="EDT1", label="x", source="x", diversion_risk="low", control_codes=["3A001"]
    )
    for address in (
        "/catalogue/controls/",
        "/catalogue/controls/?q=zebra",
        "/catalogue/controls/3A001.a/",
        "/catalogue/segments/EDT1/",
    ):
        page = client.get(address).content.decode()
        assert ATTRIBUTION in page
        assert CLEARANCE in page
        assert "2025-11-15" in page
        assert "not controlled" not in page


def test_a_search_by_segment_narrows(client: Client, seed: None) -> None:
    page = client.get("/catalogue/controls/?segment=CTA03")
    assert {row.code for row in page.context["page"]} <= set(Segment.objects.get(code="CTA03").control_codes)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"q": "a" * 100_000}, "at most 1000 characters"),
        ({"q": "laser\x07"}, "The words hold a character that can&#x27;t be typed."),
        ({"q": "laser\x00"}, "Null characters are not allowed."),
        ({"q": "laser", "category": "z"}, "There is no such category."),
        ({"q": "laser", "segment": "moon"}, "There is no such segment."),
        ({"q": "laser", "colour": "red"}, "There is no search by “colour”."),
        ({"q": ["laser", "maser"]}, "“q” is given more than once."),
        ({"q": "laser", "page": "x"}, "The page is not a number."),
        ({"q": "laser", "page": "999"}, "There is no such page of results."),
        ({"q": "laser", "page": "9" * 400}, "There is no such page."),
        ({"q": "laser", "page": "-1"}, "greater than or equal to 1"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_with_a_sentence_and_keeps_the_words(
    client: Client, small_list: None, query: dict[str, Any], sentence: str
) -> None:
    page = client.get("/catalogue/controls/", query)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert page.context["form"]["q"].value() == query["q"] or isinstance(query["q"], list)


def test_a_paragraph_shows_what_stands_above_and_below_it_with_the_notes(client: Client, small_list: None) -> None:
    page = client.get("/catalogue/controls/3A001.a/").content.decode()
    assert "Widgets as follows:" in page
    assert "Note: toys are not meant." in page
    assert "5 × 10³ Gy" in page
    assert "were put back" in page
    assert "Cameras as follows:" not in page
    assert "Having a ratio exceeding 103." in client.get("/catalogue/controls/3A001/").content.decode()


def test_a_damaged_number_is_never_shown_as_fact(client: Client, small_list: None) -> None:
    for address in ("/catalogue/controls/3A001.b.1/", "/catalogue/controls/3A001/"):
        assert "may have been damaged on its way here" in client.get(address).content.decode()
    assert "Check the number" in client.get("/catalogue/controls/?q=3A001.b").content.decode()
    assert "damaged" not in client.get("/catalogue/controls/6A003/").content.decode()


@pytest.mark.parametrize("code", ["3A001.z", "8A001", "x", "3A", "3a001 z", "%00", "3A001" + ".a" * 50])
def test_a_code_that_is_not_in_the_list_is_not_found(client: Client, small_list: None, code: str) -> None:
    assert client.get(f"/catalogue/controls/{code}/").status_code == 404


def test_the_code_may_be_typed_in_small_letters(client: Client, small_list: None) -> None:
    assert client.get("/catalogue/controls/6a003/").status_code == 200


def test_pages_of_25(client: Client, db: None) -> None:
    load_annex(content=annex([(f"3A{number:03}", "", "entry", "Widget") for number in range(60)]), source="x", now=NOW)
    assert len(client.get("/catalogue/controls/?q=widget").context["page"]) == 25
    assert len(client.get("/catalogue/controls/?q=widget&page=3").context["page"]) == 10


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("/catalogue/", 4),
        ("/catalogue/segments/CTA00/", 5),
        ("/catalogue/controls/", 4),
        ("/catalogue/controls/?q=widget", 6),
        ("/catalogue/controls/3A001/", 1),
    ],
)
@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    client: Client, db: None, django_assert_num_queries: Any, address: str, number: int, rows: int
) -> None:
    load_annex(content=annex([(f"3A{n:03}", "", "entry", "Widget") for n in range(1, rows + 1)]), source="x", now=NOW)
    for n in range(rows):
        area = Segment.objects.create(
            scheme="eu-critical-technology-areas",
            edition="1",
            code=f"CTA0{n}",
            label="x",
            source="x",
            diversion_risk="low",
            control_codes=["3A001", "3A002", "3A003"],
        )
        area.children.create(scheme=area.scheme, edition="1", code=f"CTA0{n}.1", label="x", source="x", diversion_risk="low")
        other = Segment.objects.create(scheme="nato-edt", edition="1", code=f"EDT{n}", label="x", source="x", diversion_risk="low")
        other.mappings.create(target=area, match="close")
    with django_assert_num_queries(number):
        assert client.get(address).status_code == 200


def test_reading_needs_get_and_changes_nothing(client: Client, small_list: None) -> None:
    before = ControlEntry.objects.count()
    assert client.post("/catalogue/controls/").status_code == 405
    assert ControlEntry.objects.count() == before


def test_a_search_of_the_list_that_finds_nothing_says_so(client: Client, small_list: None) -> None:
    found, other = (client.get("/catalogue/controls/", {"q": word}).content.decode() for word in ("cameras", "giraffes"))
    assert ["No entry matches." in page for page in (found, other)] == [False, True]
