from typing import Any

import pytest
from django.test import Client

from catalogue.models import ControlEntry, Segment
from catalogue.services import load_annex
from tests.catalogue.conftest import NOW, annex


def test_strangers_list_and_read_segments(client: Client, seed: None) -> None:
    answer = client.get("/api/v1/catalogue/segments/").json()
    assert answer["count"] == Segment.objects.current().count()
    one = client.get("/api/v1/catalogue/segments/CTA03/").json()
    assert (one["label"], one["diversion_risk"], len(one["technologies"])) == ("Quantum technologies", "high", 4)
    assert one["mapped_from"] == [{"scheme": "nato-edt", "code": "EDT3", "label": "Quantum technologies", "match": "exact"}]


def test_controls_are_searched_by_words_and_category(client: Client, small_list: None) -> None:
    answer = client.get("/api/v1/catalogue/controls/?q=cameras&category=6").json()
    assert [row["code"] for row in answer["results"]] == ["6A003"]
    assert answer["results"][0]["attribution"].startswith("© European Union")


def test_one_paragraph_comes_with_all_above_and_below_it(client: Client, small_list: None) -> None:
    answer = client.get("/api/v1/catalogue/controls/3A001.a/").json()
    assert [row["code"] for row in answer["ancestors"]] == ["3A001"]
    assert [note["text"] for note in answer["notes"]] == ["Note: toys are not meant."]
    assert answer["received_text"] == "Widgets that withstand a dose of 5 x 103 Gy or more;"
    entry = client.get("/api/v1/catalogue/controls/3A001/").json()
    assert [row["code"] for row in entry["descendants"]] == ["3A001.a", "3A001.b", "3A001.b.1"]
    assert entry["descendants"][2]["needs_checking"] is True


@pytest.mark.parametrize(
    "address",
    [
        "segments/?colour=red",
        "segments/?page=x",
        "segments/CTA01/?colour=red",
        "controls/?colour=red",
        "controls/?q=a&q=b",
        "controls/?q=%00",
        "controls/?q=%07",
        "controls/?category=z",
        "controls/?segment=moon",
        "controls/?page=x",
        "controls/?q=" + "a" * 2000,
        "controls/3A001/?colour=red",
    ],
)
def test_a_parameter_that_makes_no_sense_is_a_problem(client: Client, small_list: None, address: str) -> None:
    answer = client.get(f"/api/v1/catalogue/{address}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"]


@pytest.mark.parametrize("address", ["segments/NONE/", "controls/9A999/", "controls/x/", "controls/?page=99", "segments/?page=99"])
def test_what_is_not_there_is_a_problem_too(client: Client, small_list: None, address: str) -> None:
    answer = client.get(f"/api/v1/catalogue/{address}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_nobody_writes(client: Client, small_list: None) -> None:
    before = ControlEntry.objects.count()
    for method in (client.post, client.put, client.patch, client.delete):
        assert method("/api/v1/catalogue/controls/3A001/").status_code == 405
    assert ControlEntry.objects.count() == before


@pytest.mark.parametrize(
    ("address", "number"), [("segments/", 5), ("controls/", 2), ("controls/?q=widget", 4), ("controls/3A001/", 1)]
)
@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    client: Client, db: None, django_assert_num_queries: Any, address: str, number: int, rows: int
) -> None:
    load_annex(content=annex([(f"3A{n:03}", "", "entry", "Widget") for n in range(1, rows + 1)]), source="x", now=NOW)
    for n in range(rows):
        Segment.objects.create(
            scheme="eu-critical-technology-areas", edition="1", code=f"CTA0{n}", label="x", source="x", diversion_risk="low"
        )
    with django_assert_num_queries(number):
        assert client.get(f"/api/v1/catalogue/{address}").status_code == 200
