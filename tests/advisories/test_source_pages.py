"""The desk's pages for official sources and what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from advisories.models import Advisory, Candidate, Source
from advisories.parsing import Item, parse
from advisories.services import candidates, sources
from advisories.services.reading import take_in
from advisories.services.sources import SourceWords
from catalogue.models import Segment
from organisations.models import Organisation, User
from tests.advisories.test_parsing import feed
from tests.conftest import SignIn

LIST = "/desk/advisories/candidates/"
SOURCES = "/desk/advisories/sources/"
TYPED = {
    "name": "Gazette",
    "url": "https://gazette.example/feed",
    "kind": "regulatory",
    "language": "en",
    "hours": "6",
    "is_on": "on",
}


@pytest.fixture
def entered(focal_point: Organisation, editor: User, now: datetime) -> Callable[..., Source]:
    def entered(name: str = "Gazette", **changes: Any) -> Source:
        words = {"name": name, "url": f"https://{name.lower()}.example/feed", "agency": focal_point}
        return sources.add(words=SourceWords(**(words | changes)), by=editor, now=now)

    return entered


def items(*titles: str) -> list[Item]:
    links = (f"https://a.example/{each.replace(' ', '-')}" for each in titles)
    return [
        Item(guid=each, title=each, summary="What it says.", link=link, published_at=None)
        for each, link in zip(titles, links, strict=True)
    ]


def test_a_source_is_entered_and_changed(editor: User, focal_point: Organisation, photonics: Segment, signed_in: SignIn) -> None:
    client = signed_in(editor)
    form = client.get(f"{SOURCES}new/").content.decode()
    assert "https://eur-lex.europa.eu/EN/display-feed.rss?rssId=222" in form
    typed = TYPED | {"agency": str(focal_point.pk), "segments": ["CTA01"]}
    assert client.post(f"{SOURCES}new/", typed)["Location"] == SOURCES
    source = Source.objects.get()
    assert (source.hours, source.is_on, list(source.segments.all())) == (6, True, [photonics])
    page = f"{SOURCES}{source.pk}/"
    assert "https://gazette.example/feed" in client.get(page).content.decode()
    assert client.post(page, typed | {"name": "Official Gazette", "is_on": ""})["Location"] == SOURCES
    source.refresh_from_db()
    assert (source.name, source.is_on) == ("Official Gazette", False)
    assert "Switched off" in client.get(SOURCES).content.decode()


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"url": "http://gazette.example/"}, "must begin with https://"),
        ({"url": "https://me:word@gazette.example/"}, "no password"),
        ({"url": "nonsense"}, "no web address"),
        ({"url": ""}, "Address of the feed is missing"),
        ({"hours": "5"}, "Select a valid choice"),
        ({"name": "x" * 121}, "at most 120"),
        ({"name": "a\0b"}, ""),
    ],
)
def test_a_refused_source_comes_back_filled_in(
    changes: dict[str, str], because: str, editor: User, focal_point: Organisation, signed_in: SignIn
) -> None:
    response = signed_in(editor).post(f"{SOURCES}new/", TYPED | {"agency": str(focal_point.pk)} | changes)
    text = response.content.decode()
    assert response.status_code == 422
    assert because in text
    assert TYPED["name" if "url" in changes else "url"] in text
    assert not Source.objects.exists()


def test_a_source_that_is_there_already_is_refused_on_the_page(
    entered: Callable[..., Source], editor: User, focal_point: Organisation, signed_in: SignIn
) -> None:
    entered()
    response = signed_in(editor).post(f"{SOURCES}new/", TYPED | {"agency": str(focal_point.pk)})
    assert response.status_code == 422
    assert "This feed has been entered already." in response.content.decode()


def test_the_list_says_since_when_and_why_a_source_is_not_read(
    entered: Callable[..., Source], administrator: User, signed_in: SignIn, now: datetime
) -> None:
    entered()
    client = signed_in(administrator)
    assert "Not read yet" in client.get(SOURCES).content.decode()
    Source.objects.update(failures=1, problem="It answered with status 500.")
    text = client.get(SOURCES).content.decode()
    assert "Never read so far." in text
    assert "Not read</strong>" not in text
    Source.objects.update(failures=3, read_at=now)
    text = client.get(SOURCES).content.decode()
    assert "Not read since" in text
    assert "2026-11-23 11:30:00 EET" in text
    assert "It answered with status 500." in text
    assert "3 attempts" in text
    assert "Not read</strong>" in text


def test_a_source_is_read_soon(entered: Callable[..., Source], editor: User, signed_in: SignIn, now: datetime) -> None:
    source = entered()
    Source.objects.update(etag='"x"')
    assert signed_in(editor).post(f"{SOURCES}{source.pk}/read/", follow=True).status_code == 200
    source.refresh_from_db()
    assert source.next_read_at > now
    assert source.etag == ""


def test_what_a_source_says_is_shown_as_plain_text(
    entered: Callable[..., Source], editor: User, signed_in: SignIn, now: datetime
) -> None:
    take_in(entered(), parse(feed("hostile.xml"), url="https://gazette.example/feed"), now=now)
    text = signed_in(editor).get(LIST).content.decode()
    table = text.partition("<tbody")[2].partition("</tbody>")[0]
    assert "Twice &lt;script&gt;alert(6)&lt;/script&gt; packed" in table
    for bad in ("<script", "<img", "<iframe", "<style", "javascript:", "data:text", "onclick", "onerror", "user:word", "\u202e"):
        assert bad not in table


def test_the_list_is_narrowed_by_state_source_and_segment(
    entered: Callable[..., Source],
    editor: User,
    photonics: Segment,
    lasers: Segment,
    quantum: Segment,
    signed_in: SignIn,
    now: datetime,
) -> None:
    gazette, journal = entered("Gazette", segments=[photonics]), entered("Journal", segments=[quantum])
    take_in(gazette, items("One", "Two"), now=now)
    take_in(journal, items("Three"), now=now)
    candidates.put_aside(Candidate.objects.get(title="Two"), by=editor, now=now)
    client = signed_in(editor)

    def shown(query: str) -> set[str]:
        return {each.title for each in client.get(f"{LIST}?{query}").context["page"]}

    assert shown("") == {"One", "Three"}
    assert shown("state=all") == {"One", "Two", "Three"}
    assert shown("state=put-aside") == {"Two"}
    assert shown("state=drafted") == set()
    assert shown(f"source={gazette.pk}") == {"One"}
    assert shown("segment=CTA03&state=all") == {"Three"}
    assert shown("segment=CTA01&state=all") == {"One", "Two"}


@pytest.mark.parametrize("query", ["state=lost", "source=x", "source=00000000-0000-4000-8000-000000000000", "segment=x"])
def test_a_wrong_filter_is_refused_in_words(query: str, editor: User, signed_in: SignIn) -> None:
    response = signed_in(editor).get(f"{LIST}?{query}")
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()


def test_one_click_makes_a_draft_and_goes_on_to_its_form(
    entered: Callable[..., Source], editor: User, signed_in: SignIn, now: datetime
) -> None:
    (candidate,) = take_in(entered(), items("Order on cameras"), now=now)
    client = signed_in(editor)
    response = client.post(f"{LIST}{candidate.pk}/draft/")
    advisory = Advisory.objects.get()
    assert response["Location"] == f"/desk/advisories/{advisory.pk}/edit/"
    form = client.get(response["Location"]).content.decode()
    assert "&gt; **Order on cameras**" in form
    assert "Source: [Gazette](&lt;https://a.example/Order-on-cameras&gt;)" in form
    assert f"/desk/advisories/{advisory.pk}/" in client.get(f"{LIST}?state=drafted").content.decode()


def test_putting_aside_comes_back_to_the_list_as_it_was(
    entered: Callable[..., Source], editor: User, signed_in: SignIn, now: datetime
) -> None:
    source = entered()
    (candidate,) = take_in(source, items("One"), now=now)
    client = signed_in(editor)
    narrowing = f"state=all&source={source.pk}&page=1"
    assert f"put-aside/?{narrowing.replace('&', '&amp;')}" in client.get(f"{LIST}?{narrowing}").content.decode()
    response = client.post(f"{LIST}{candidate.pk}/put-aside/?{narrowing}&next=https://evil.example/")
    assert response["Location"] == f"{LIST}?{narrowing}"
    assert "“One” was put aside." in client.get(response["Location"]).content.decode()
    assert client.post(f"{LIST}{candidate.pk}/take-back/")["Location"] == LIST
    assert Candidate.objects.get().is_new


@pytest.mark.parametrize("verb", ["draft", "put-aside", "take-back"])
def test_what_one_may_not_see_one_may_not_decide(
    verb: str, entered: Callable[..., Source], licensing_editor: User, editor: User, signed_in: SignIn, now: datetime
) -> None:
    (candidate,) = take_in(entered(), items("One"), now=now)
    address = f"{LIST}{candidate.pk}/{verb}/"
    assert signed_in(licensing_editor).post(address).status_code == 404
    assert signed_in(editor).get(address).status_code == 405
    assert Candidate.objects.get().is_new


def test_keepers_are_told_apart(
    entered: Callable[..., Source], editor: User, administrator: User, licensing_editor: User, approver: User, signed_in: SignIn
) -> None:
    entered()
    people = (editor, administrator, licensing_editor, approver)
    assert [signed_in(each).get(SOURCES).status_code for each in people] == [200, 200, 403, 403]
    assert [signed_in(each).get(LIST).status_code for each in people] == [200, 403, 200, 403]
    links = [signed_in(each).get("/desk/advisories/").content.decode() for each in people]
    assert [(LIST in page, SOURCES in page) for page in links] == [(True, False), (False, True), (True, False), (False, False)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_lists_ask_as_often_for_three_rows_as_for_one(
    number: int,
    entered: Callable[..., Source],
    editor: User,
    photonics: Segment,
    signed_in: SignIn,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for turn in range(number):
        source = entered(f"Gazette{turn}", segments=[photonics])
        (candidate,) = take_in(source, items(f"Order {turn}"), now=now)
        candidates.draft(candidate, by=editor, now=now)
        take_in(entered(f"Repeat{turn}"), items(f"Order {turn}"), now=now)
    client = signed_in(editor)
    with django_assert_num_queries(9):
        assert len(client.get(f"{LIST}?state=all").context["page"]) == number
    with django_assert_num_queries(5):
        assert len(client.get(SOURCES).context["page"]) == 2 * number


def test_the_list_is_paged(entered: Callable[..., Source], editor: User, signed_in: SignIn, now: datetime) -> None:
    take_in(entered(), items(*(f"Order {turn}" for turn in range(26))), now=now)
    client = signed_in(editor)
    assert [len(client.get(f"{LIST}?page={page}").context["page"]) for page in (1, 2)] == [25, 1]
