"""The registry's figures as everybody reads them, and their coverage at the desk."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from io import StringIO
from random import Random

import pytest
from django.test import Client

from catalogue.models import Segment
from organisations.models import Organisation, User
from registry import tables
from registry.models import Edition
from registry.services import editions
from registry.tables import TABLES, Unit
from tests.conftest import SignIn

Print = Callable[..., Edition]
AREAS = ["T6", "T7"]


def invented(number: int, areas: list[str]) -> list[Unit]:
    """So many entries that permit everything to be counted."""
    random = Random(number)
    return [
        Unit(
            frozenset({(random.choice(areas), random.choice(tables.CATEGORIES["role"]))}),
            *(random.choice(tables.CATEGORIES[name][:-1]) for name in ("size", "region", "readiness", "compliance")),
        )
        for _ in range(number)
    ]


@pytest.fixture
def in_print(sensing: Segment, focal_point: Organisation) -> Print:
    """Publishes an edition of invented entries, counted in the first night after its quarter."""
    Segment.objects.create(
        scheme=sensing.scheme,
        edition=sensing.edition,
        code="T7",
        label="Space <and> propulsion",
        source="test",
        diversion_risk="low",
    )

    def publish(today: date = date(2026, 10, 1), number: int = 300) -> Edition:
        units = invented(number, AREAS)
        edition = editions.publish_ended(today=today, count=lambda **_asked: units)
        assert edition is not None
        return edition

    return publish


def test_before_the_first_edition_there_is_nothing_to_tell(client: Client, db: None) -> None:
    page = client.get("/registry/figures/")
    assert page.status_code == 200
    assert "There is nothing to tell yet" in page.content.decode()


def test_the_page_prints_the_tables_and_a_bar_for_each_row(client: Client, in_print: Print) -> None:
    edition = in_print()
    page = client.get("/registry/figures/").content.decode()
    assert "The registry in figures: Q3 2026" in page
    assert "Counted on 1 October 2026." in page
    assert page.count('<section class="registry-figures wide"') == len(TABLES)
    assert "Space &lt;and&gt; propulsion" in page
    assert str(edition.numbers.get(table="areas-and-size", row="", column="").number) == "300"
    bars = re.findall(r'<rect class="chart__column" width="(\d+)%"', page)
    assert max(map(int, bars)) == 100
    assert "style=" not in page


def test_a_number_that_is_left_out_is_said_to_be(client: Client, in_print: Print) -> None:
    in_print(number=40)
    page = client.get("/registry/figures/").content.decode()
    assert '<span class="govuk-visually-hidden">left out</span>' in page
    told = [int(number) for number in re.findall(r'numeric">(\d+)</td>', page)]
    assert told
    assert min(told) >= tables.FEWEST


def test_a_table_that_could_not_be_made_safe_says_so(client: Client, in_print: Print) -> None:
    in_print(number=6)
    assert "Too few entries to print this table" in client.get("/registry/figures/").content.decode()


def test_an_earlier_edition_stays_where_it_is(client: Client, in_print: Print) -> None:
    in_print(number=300)
    in_print(date(2027, 1, 1), number=330)
    latest, earlier = client.get("/registry/figures/"), client.get("/registry/figures/2026-q3/")
    assert "figures: Q4 2026" in latest.content.decode()
    assert "figures: Q3 2026" in earlier.content.decode()
    assert 'href="/registry/figures/2026-q3/"' in latest.content.decode()


@pytest.mark.parametrize("path", ["2026-q2/", "2026-q0/", "2026-q5/", "1-q1/", "2026-q3/none.csv", "2025-q3/areas-and-size.csv"])
def test_what_was_never_printed_is_not_found(client: Client, in_print: Print, path: str) -> None:
    in_print()
    assert client.get(f"/registry/figures/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "2026-q3/", "2026-q3/areas-and-size.csv"])
def test_nobody_asks_for_a_table_of_their_own(client: Client, in_print: Print, path: str) -> None:
    in_print()
    assert client.get(f"/registry/figures/{path}").status_code == 200
    assert client.get(f"/registry/figures/{path}?region=EE001").status_code == 400


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_each_table_is_there_as_csv(client: Client, in_print: Print, table: str) -> None:
    edition = in_print()
    answer = client.get(f"/registry/figures/2026-q3/{table}.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    head, *lines = csv.reader(StringIO(answer.content.decode()))
    assert head == ["quarter", "counted_on", "row", "column", "entries"]
    expected = {
        ("2026-Q3", "2026-10-01", each.row or "all", each.column or "all", "" if each.number is None else str(each.number))
        for each in edition.numbers.filter(table=table)
    }
    assert {tuple(line) for line in lines} == expected
    assert len(lines) == len(expected)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_database_as_often_however_many_editions_there_are(
    client: Client, in_print: Print, number: int, django_assert_num_queries: Callable[..., object]
) -> None:
    for place in range(number):
        in_print(date(2027, 1 + 3 * place, 1), number=60 + 20 * place)
    client.get("/registry/figures/")
    with django_assert_num_queries(4):
        client.get("/registry/figures/")


@pytest.mark.parametrize("number", [1, 3])
def test_the_desk_reads_what_the_editions_cover(
    officer: User, signed_in: SignIn, in_print: Print, number: int, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for place in range(number):
        in_print(date(2027, 1 + 3 * place, 1), number=60 + 20 * place)
    client = signed_in(officer)
    client.get("/desk/registry/figures/")
    with django_assert_max_num_queries(12):
        page = client.get("/desk/registry/figures/").content.decode()
    assert "That allow statistics" in page
    assert page.count('href="/registry/figures/202') == number + len(TABLES)


def test_coverage_is_for_the_audience_that_is_allowed_to_count(
    licensing_officer: User, entry_editor: User, auditor: User, signed_in: SignIn
) -> None:
    for person in (licensing_officer, entry_editor, auditor):
        assert signed_in(person).get("/desk/registry/figures/").status_code == 403
