"""The archive: searched, narrowed and paged, on the page, in the API and at the desk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client

from advisories.models import LONGEST_BODY, LONGEST_TO_DO, Advisory, Translation
from advisories.services import editing
from catalogue.models import Segment
from organisations.models import User
from tests.advisories.conftest import Make, Translate
from tests.conftest import SignIn, owners_cursor

pytestmark = pytest.mark.django_db
Titles = Callable[[str], list[str]]
Approve = Callable[[Advisory], Advisory]


def by_page(query: str) -> list[str]:
    response = Client().get(f"/advisories/?{query}")
    assert response.status_code == 200
    return re.findall(r'<h2 class="govuk-heading-m[^>]*><a [^>]*>([^<]*)</a></h2>', response.content.decode())


def by_api(query: str) -> list[str]:
    response = Client().get(f"/api/v1/advisories/?{query}")
    assert response.status_code == 200
    return [each["title"] for each in response.json()["results"]]


@pytest.fixture(params=[by_page, by_api])
def titles(request: pytest.FixtureRequest) -> Titles:
    found: Titles = request.param
    return found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("title", ["Title words"]),
        ("summaries", ["Summary"]),  # any form of the word
        ("body", ["Body"]),
        ("steps", ["Steps"]),
        ("shared", ["Title words", "Summary", "Body", "Steps"]),
        ("shared -bodily", ["Title words", "Summary", "Steps"]),
        ('"words shared"', []),
        ("unobtainium", []),
        ("the", []),  # in every text, and so in no index
        ("'; DROP TABLE & | ! ( <-> :*", []),
    ],
)
def test_words_are_found_in_all_that_an_advisory_says(words: str, found: list[str], published: Make, titles: Titles) -> None:
    plain = {"tlp": "clear", "summary": "Nothing.", "body": "Nothing.", "what_to_do": "Nothing."}
    published(**plain | {"title": "Title words", "body": "Shared."})
    published(**plain | {"title": "Summary", "summary": "A summary, shared."})
    published(**plain | {"title": "Body", "body": "A bodily body, shared."})
    published(**plain | {"title": "Steps", "what_to_do": "One step. Shared."})
    assert sorted(titles(urlencode({"q": words}))) == sorted(found)


@pytest.fixture
def translated(drafted: Make, translate: Translate, approve: Approve, editor: User, now: datetime, today: Any) -> None:
    """Two with the same words in Estonian, of which one is not for everybody."""
    texts = {"title": "Soojuskaamerate tellimused", "summary": "Uued edasimüüjad.", "body": "Mida näeme.", "what_to_do": "Küsige."}
    for tlp in ("clear", "amber"):
        advisory = drafted(tlp=tlp, title=f"Cameras, {tlp}")
        translate(advisory, texts=texts)
        editing.publish(approve(advisory), by=editor, now=now, today=today)


@pytest.mark.parametrize(
    "words",
    [
        "soojuskaamerate",
        "soojuskaamera",  # what begins with it
        "Soojuskaamera tellimused",
        '"soojuskaamerate tellimused"',
        "soojuskaamera -laser",
        "cameras",  # of the original
    ],
)
def test_words_are_found_in_a_translation(words: str, translated: None, titles: Titles) -> None:
    assert titles(urlencode({"q": words})) == ["Cameras, clear"]


@pytest.mark.parametrize(
    "words",
    [
        "soojuskaamera -tellimus",
        '"tellimused soojuskaamerate"',
        "kaamerate",
        "soojuskaamera cameras",  # neither version has both
        "soojus' & 'x",
        "'; DROP TABLE & | ! ( <-> :* \\",
    ],
)
def test_what_a_translation_does_not_say_is_not_found(words: str, translated: None, titles: Titles) -> None:
    assert titles(urlencode({"q": words})) == []


def test_an_original_in_another_language_is_found_by_how_its_words_begin(published: Make, titles: Titles) -> None:
    published(tlp="clear", title="Soojuskaamerate tellimused", language="et")
    published(tlp="clear", title="Thermal cameras")
    assert titles("q=soojuskaamera") == ["Soojuskaamerate tellimused"]
    assert titles("q=therm") == []


def test_words_of_an_earlier_translation_find_nothing(
    drafted: Make, translate: Translate, approve: Approve, editor: User, now: datetime, today: Any, titles: Titles
) -> None:
    advisory = drafted(tlp="clear", title="Cameras")
    translate(advisory)
    editing.publish(approve(advisory), by=editor, now=now, today=today)
    Translation.objects.update(revision=F("revision") + 1)
    assert titles("q=tellimused") == []


def test_the_best_stands_first_or_the_newest(approved: Make, editor: User, now: datetime, today: Any, titles: Titles) -> None:
    for hours, (title, body) in enumerate([("Lasers", "Lasers."), ("Cameras", "Once: lasers."), ("Mirrors", "Mirrors.")]):
        advisory = approved(tlp="clear", title=title, body=body)
        editing.publish(advisory, by=editor, now=now + timedelta(hours=hours), today=today)
    assert titles("q=lasers") == titles("q=lasers&sort=relevance") == ["Lasers", "Cameras"]
    assert titles("q=lasers&sort=newest") == ["Cameras", "Lasers"]
    assert titles("sort=relevance") == titles("") == ["Mirrors", "Cameras", "Lasers"]


def test_a_branch_includes_its_twigs_and_a_twig_no_branch(
    published: Make, photonics: Segment, lasers: Segment, quantum: Segment, titles: Titles
) -> None:
    for title, segments in (("Area", [photonics]), ("Twig", [lasers]), ("Other", [quantum]), ("All", [])):
        published(tlp="clear", title=title, segments=segments)
    published(tlp="clear", title="Both", segments=[photonics, lasers])
    assert sorted(titles("segment=CTA01")) == ["Area", "Both", "Twig"]
    assert sorted(titles("segment=CTA01.1")) == ["Both", "Twig"]


def test_a_year_is_the_offices_own(approved: Make, editor: User, now: datetime, today: Any, titles: Titles) -> None:
    """At midnight in Tallinn it is still the year before in UTC."""
    published_at = [now.replace(month=12, day=31, hour=21, minute=59), now.replace(month=12, day=31, hour=22, minute=0)]
    for title, at in zip(("Old year", "New year"), published_at, strict=True):
        editing.publish(approved(tlp="clear", title=title), by=editor, now=at, today=today)
    assert titles("year=2026") == ["Old year"]
    assert titles("year=2027") == ["New year"]


STATES = {"published": "Stands", "corrected": "Wrong", "withdrawn": "Back", "expired": "Over"}


@pytest.fixture
def of_each_state(published: Make, editor: User, now: datetime) -> None:
    for state, title in STATES.items():
        advisory = published(tlp="clear", title=title, valid_to=now.date() + timedelta(days=9))
        taken = {"withdrawn_at": now, "withdrawn_by": editor, "withdrawal_reason": "Why."} if state == "withdrawn" else {}
        Advisory.objects.filter(pk=advisory.pk).update(state=state, **taken)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("", ["Back", "Over", "Stands", "Wrong"]),
        ("current", ["Stands"]),
        ("corrected", ["Wrong"]),
        ("withdrawn", ["Back"]),
        ("expired", ["Over"]),
        ("superseded", []),
    ],
)
def test_the_archive_keeps_what_stands_no_more(state: str, found: list[str], of_each_state: None, titles: Titles) -> None:
    assert sorted(titles(f"state={state}")) == found


def test_the_list_says_of_each_what_became_of_it(of_each_state: None) -> None:
    text = Client().get("/advisories/").content.decode().replace("&#x27;", "'")
    assert text.count("Don't act on it any more.") == 2
    assert text.count("Its last day was <time") == 1
    for state in ("Corrected", "Withdrawn", "Expired"):
        assert f'<strong class="govuk-tag govuk-tag--grey">{state}</strong>' in text


def test_limits_are_joined(published: Make, lasers: Segment, titles: Titles) -> None:
    published(tlp="clear", title="Lasers sold", segments=[lasers])
    published(tlp="clear", title="Lasers taught", kind="event", segments=[lasers])
    published(tlp="clear", title="Lasers alone")
    assert titles("q=lasers&kind=threat&segment=CTA01&label=clear&year=2026&state=current") == ["Lasers sold"]


@pytest.mark.parametrize(
    "query",
    [
        "segment=CTA99", "label=white", "year=26", "year=x", "state=draft", "state=scheduled", "sort=rank", "queue=all", "order=1",
        "q=a%00b", "q=a%07b", f"q={'x' * 201}", "page=0",
    ],
)  # fmt: skip
def test_a_limit_that_is_unknown_or_wrong_is_refused_in_words(query: str, published: Make) -> None:
    published(tlp="clear")
    page = Client().get(f"/advisories/?{query}")
    assert (page.status_code, "Orders for thermal cameras" in page.content.decode()) == (422, False)
    assert "There is a problem" in page.content.decode()
    problem = Client().get(f"/api/v1/advisories/?{query}")
    assert (problem.status_code, problem["Content-Type"]) == (400, "application/problem+json")


def test_nothing_typed_is_lost_and_narrowed_anew_it_begins_on_the_first_page(published: Make, lasers: Segment) -> None:
    for _ in range(21):
        published(tlp="clear", segments=[lasers])
    text = Client().get("/advisories/?q=cameras&kind=threat&segment=CTA01&label=clear&year=2026&page=2").content.decode()
    form = text.partition('<form class="filters"')[2].partition("</form>")[0]
    assert re.findall(r'name="(?:q|year)" value="([^"]+)"', form) == ["cameras", "2026"]
    assert re.findall(r'<option value="([^"]+)" selected', form) == ["threat", "CTA01", "clear"]
    assert 'name="page"' not in form
    assert "21 advisories fit" in text
    assert "q=cameras&amp;kind=threat&amp;segment=CTA01" in text.partition('class="govuk-pagination')[2]


def test_what_fits_nothing_says_what_to_do(published: Make) -> None:
    published(tlp="clear")
    text = Client().get("/advisories/?q=unobtainium").content.decode()
    assert ("Nothing fits. Try other words, or fewer limits." in text, "0 advisories fit" in text) == (True, True)


def test_the_schema_names_each_limit(db: None) -> None:
    operation = Client().get("/api/schema/").json()["paths"]["/api/v1/advisories/"]["get"]
    described = {each["name"] for each in operation["parameters"]}
    assert described == {"q", "kind", "segment", "control_entry", "label", "year", "state", "sort", "language", "page"}


# --- the desk -------------------------------------------------------------------------------------------------------


def at_desk(client: Client, query: str) -> list[str]:
    response = client.get(f"/desk/advisories/?{query}")
    assert response.status_code == 200
    return re.findall(r'<a class="govuk-link" href="/desk/advisories/[0-9a-f-]{36}/">([^<]*)</a>', response.content.decode())


def test_the_desk_narrows_each_queue(drafted: Make, published: Make, lasers: Segment, editor: User, signed_in: SignIn) -> None:
    client = signed_in(editor)
    drafted(title="Lasers in draft", segments=[lasers])
    drafted(title="Mirrors in draft", kind="guidance", tlp="red")
    published(title="Lasers out", segments=[lasers])
    assert sorted(at_desk(client, "q=lasers")) == ["Lasers in draft", "Lasers out"]
    assert at_desk(client, "queue=drafts&q=lasers") == ["Lasers in draft"]
    assert at_desk(client, "queue=drafts&kind=guidance&label=red") == ["Mirrors in draft"]
    assert at_desk(client, "queue=published&segment=CTA01") == ["Lasers out"]
    assert at_desk(client, "year=2026") == ["Lasers out"]
    page = client.get("/desk/advisories/?queue=drafts&q=lasers").content.decode()
    assert '<input type="hidden" name="queue" value="drafts"' in page


def test_no_search_shows_a_draft_of_another_desk(drafted: Make, licensing_editor: User, signed_in: SignIn) -> None:
    drafted(title="Lasers in draft")
    client = signed_in(licensing_editor)
    page = client.get("/desk/advisories/?q=lasers").content.decode()
    assert (at_desk(client, "q=lasers"), "0 advisories fit" in page) == ([], True)


@pytest.mark.parametrize("query", ["queue=everything", "colour=red", "state=current", "year=x"])
def test_the_desk_refuses_what_it_does_not_know(query: str, editor: User, signed_in: SignIn) -> None:
    assert signed_in(editor).get(f"/desk/advisories/?{query}").status_code == 422


# --- many -----------------------------------------------------------------------------------------------------------

MANY = 20_000


@pytest.fixture
def many(published: Make) -> None:
    """So many advisories, one in a hundred about lasers."""
    advisory = published(tlp="clear")
    made = {"id", "title", "body", "published_at", "search"}
    columns = ", ".join(field.column for field in Advisory._meta.concrete_fields if field.column not in made)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO advisories_advisory (id, title, body, published_at, {columns}) SELECT gen_random_uuid(), "  # noqa: S608  names of columns
            "'Advisory ' || n, repeat('words of many kinds ', 20) || CASE WHEN n %% 100 = 0 THEN 'lasers' ELSE '' END, "
            f"published_at - n * interval '1 hour', {columns} FROM advisories_advisory, generate_series(1, %s) AS n WHERE id = %s",
            [MANY, advisory.pk],
        )
    with owners_cursor("owner") as cursor:  # else the planner knows nothing of them
        cursor.execute("ANALYZE advisories_advisory")


def plan_of(rows: Any) -> str:
    return json.dumps(json.loads(rows.explain(format="json")))


@pytest.mark.django_db(transaction=True)
def test_of_twenty_thousand_the_newest_and_those_with_a_word_are_found_by_their_indexes(many: None) -> None:
    stranger = Advisory.objects.visible_to(User(), today=datetime(2026, 11, 23).date())  # noqa: DTZ001  a day
    assert "advisory_newest_first" in plan_of(stranger.for_titles().newest_first()[:20])
    assert "advisory_search" in plan_of(stranger.for_titles().with_words("lasers").best_first("lasers")[:20])
    assert by_page("q=lasers&sort=newest&page=10") == [f"Advisory {n}" for n in range(18_100, 20_001, 100)]
    assert by_page("page=1000")[-1] == f"Advisory {MANY - 1}"
    assert "1001" in Client().get("/advisories/?page=1001").content.decode()


@pytest.mark.parametrize("letter", [0x4E00, 0x10400, 0x20000])
def test_the_longest_text_in_the_widest_letters_can_be_searched(letter: int, drafted: Make) -> None:
    """PostgreSQL keeps at most a megabyte of words for one row, and would refuse to keep an advisory that has more."""
    words = [f"{chr(letter + n % 39)}{chr(letter + n // 39 % 39)}-{chr(letter + n // 1521 % 39)}" for n in range(25_000)]
    text = " ".join(words)
    advisory = drafted(body=text[:LONGEST_BODY], what_to_do=text[:LONGEST_TO_DO])
    assert Advisory.objects.with_words(words[7]).get() == advisory
