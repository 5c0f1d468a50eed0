import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from inquiries.models import Publication
from inquiries.services import asking, casework, publishing
from inquiries.services.publishing import About, Words
from organisations.models import Organisation, User

Ask = Callable[..., asking.Filed]
Publish = Callable[..., Publication]


@pytest.fixture
def publish(ask: Ask, officer: User, approver: User, focal_point: Organisation, today: date) -> Publish:
    """Publishes an answer through all its steps."""

    def make(title: str = "Is a mill controlled?", **about: Any) -> Publication:
        inquiry = ask().inquiry
        casework.take(inquiry, by=officer, today=today)
        casework.answer(inquiry, text="It depends.", by=officer, today=today)
        inquiry.refresh_from_db()
        made = publishing.draft(
            inquiry,
            words=Words(title, "We build mills. Are they on the list?", "It depends on the repeatability."),
            about=About(**{"topic": "classification", "codes": ["2B001.b"], **about}),
            agency=focal_point,
            by=officer,
            today=today,
        )
        publishing.submit(made, by=officer)
        publishing.approve(made, revision=1, by=approver, today=today)
        publishing.publish_due(today=today + timedelta(days=100))
        made.refresh_from_db()
        return made

    return make


def test_a_stranger_finds_and_reads_an_answer(publish: Publish, client: Client) -> None:
    out = publish()
    listing = client.get("/answers/", {"q": "repeatability", "code": "2b001", "topic": "classification"})
    assert (listing.status_code, out.title in listing.content.decode()) == (200, True)
    page = client.get(out.get_absolute_url()).content.decode()
    assert "It depends on the repeatability." in page
    assert "FP-" not in page


def test_a_search_that_finds_nothing_says_so(publish: Publish, client: Client) -> None:
    none = "Nothing has been published yet."
    assert none in client.get("/answers/").content.decode()
    publish()
    found, other = (client.get("/answers/", {"q": word}).content.decode() for word in ("repeatability", "giraffes"))
    assert [("No answer fits." in page, none in page) for page in (found, other)] == [(False, False), (True, False)]


def test_a_draft_is_not_public(ask: Ask, officer: User, focal_point: Organisation, today: date, client: Client) -> None:
    inquiry = ask().inquiry
    casework.take(inquiry, by=officer, today=today)
    casework.answer(inquiry, text="It depends.", by=officer, today=today)
    inquiry.refresh_from_db()
    draft = publishing.draft(
        inquiry, words=Words("Draft", "Q", "A"), about=About("other"), agency=focal_point, by=officer, today=today
    )
    assert client.get(f"/answers/{draft.pk}/").status_code == 404
    assert client.post(f"/answers/{draft.pk}/rate/", {"helpful": "yes"}).status_code == 404
    assert client.get(f"/api/v1/answers/{draft.pk}/").status_code == 404
    assert client.get("/api/v1/answers/").json()["results"] == []
    assert b"Draft" not in client.get("/answers/feed.atom").content


def test_a_withdrawn_answer_says_so_in_place_of_its_words(publish: Publish, approver: User, today: date, client: Client) -> None:
    out = publish()
    publishing.withdraw(out, reason="The law has changed.", by=approver, today=today)
    response = client.get(out.get_absolute_url())
    assert (response.status_code, "The law has changed." in response.content.decode()) == (410, True)
    assert "repeatability" not in response.content.decode()
    assert client.get(f"/api/v1/answers/{out.pk}/").status_code == 404


def test_a_judgement_is_counted_and_thanked_for(publish: Publish, client: Client) -> None:
    out = publish()
    response = client.post(f"{out.get_absolute_url()}rate/", {"helpful": "yes"})
    assert b"Thank you" in response.content
    assert client.post(f"{out.get_absolute_url()}rate/", {"helpful": "maybe"}).status_code == 422
    out.refresh_from_db()
    assert (out.helpful, out.unhelpful) == (1, 0)


@pytest.mark.parametrize(
    "query", ["topic=nonsense", "segment=nonsense", "code=nonsense", "q=%00", "page=0", "page=99", "sort=x", "q=" + "x" * 300]
)
def test_a_wrong_search_is_refused_with_the_page(db: None, client: Client, query: str) -> None:
    assert client.get(f"/answers/?{query}").status_code == 422
    assert client.get(f"/api/v1/answers/?{query}").status_code in (400, 404)


MOMENT = re.compile(r"T(?!00:00:00)\d\d:\d\d:\d\d")


def test_the_feed_carries_days_and_no_moments(publish: Publish, client: Client) -> None:
    publish()
    feed = client.get("/answers/feed.atom").content.decode()
    assert "Is a mill controlled?" in feed
    assert "T00:00:00" in feed
    assert MOMENT.search(feed) is None


def test_an_empty_feed_carries_no_moment_either(client: Client, db: None) -> None:
    feed = client.get("/answers/feed.atom").content.decode()
    assert "<updated>" in feed
    assert MOMENT.search(feed) is None


@pytest.mark.parametrize("path", ["/answers/", "/answers/feed.atom", "/api/v1/answers/"])
def test_more_answers_cost_no_more_queries(publish: Publish, client: Client, django_assert_num_queries: Any, path: str) -> None:
    publish()
    client.get(path)
    counted = {"/answers/": 4, "/answers/feed.atom": 1, "/api/v1/answers/": 3}[path]
    with django_assert_num_queries(counted):
        client.get(path)
    publish("Another")
    publish("A third")
    with django_assert_num_queries(counted):
        client.get(path)
