"""The page and the file of how long answers take, which anybody may read."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from inquiries.models import PublishedFigure, Topic
from portal.templatetags.charts import column_chart

SPRING, SUMMER = date(2026, 4, 1), date(2026, 7, 1)


@pytest.fixture
def published(db: None) -> None:
    for quarter, answered in ((SPRING, 12), (SUMMER, 20)):
        rows = [PublishedFigure(quarter=quarter, topic=topic) for topic in Topic.values if topic != "sanctions"]
        rows.append(PublishedFigure(quarter=quarter, topic="sanctions", answered=answered - 5, in_time=6, median_halves=7))
        rows.append(PublishedFigure(quarter=quarter, answered=answered, in_time=answered - 1, median_halves=8))
        PublishedFigure.objects.bulk_create(rows)


def test_anybody_reads_how_long_answers_take(client: Client, published: None) -> None:
    response = client.get("/figures/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Q3 2026" in page
    assert "95 %" in page
    assert page.count("not told") == 2 * (len(Topic.values) - 1)
    assert response.cookies == {}


def test_an_office_without_figures_says_so(client: Client, db: None) -> None:
    assert "There is nothing to tell yet" in client.get("/figures/").content.decode()


def test_a_quarter_with_too_few_is_not_there(client: Client, db: None) -> None:
    PublishedFigure.objects.bulk_create(PublishedFigure(quarter=SPRING, topic=topic) for topic in ["", *Topic.values])
    assert "Q2 2026" not in client.get("/figures/").content.decode()
    assert client.get("/figures/figures.csv").content.decode().splitlines() == [
        "quarter,topic,answered,answered_in_time,median_business_days"
    ]


def test_the_file_has_all_that_is_told(client: Client, published: None) -> None:
    lines = client.get("/figures/figures.csv").content.decode().splitlines()
    assert len(lines) == 1 + 2 * (len(Topic.values) + 1)
    assert "2026-07-01,all,20,19,4.0" in lines
    assert "2026-07-01,licensing,,," in lines


def test_all_in_time_is_a_hundred_per_cent_and_nothing_else_is(db: None) -> None:
    assert PublishedFigure(answered=1000, in_time=1000).share == 100
    assert PublishedFigure(answered=1000, in_time=999).share == 99


def test_a_page_is_one_query(client: Client, published: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        client.get("/figures/")


def test_a_chart_is_drawn_to_its_scale() -> None:
    drawn = column_chart("Share", [("Q1 2026", 50), ("Q2 2026", 100), ("Q3 2026", 0)], unit="%", most=100)
    assert [column.height for column in drawn["columns"]] == [47.0, 94.0, 0.0]
    first = drawn["columns"][0]
    assert (first.label, first.below, first.number) == ("Q1", "2026", "50%")
    assert column_chart("None", [])["columns"] == []
