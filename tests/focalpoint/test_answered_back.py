"""What is asked about an advisory and seen of what it describes, beside it and in the queues: each official the own cases."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from advisories.models import Advisory
from focalpoint import crossings
from inquiries.models import Inquiry
from inquiries.querysets import word_for
from inquiries.services import asking, casework
from organisations import services
from organisations.models import OFFICIALS_SCOPES, Organisation, User
from tests.advisories.conftest import approved, content, drafted, published, second_approver
from tests.conftest import SignIn

__all__ = ["approved", "content", "drafted", "published", "second_approver"]
Publish = Callable[..., Advisory]
File = Callable[..., Inquiry]
QUEUE = "/desk/inquiries/"
API = "/api/v1/desk/inquiries/"


@pytest.fixture
def day() -> date:
    return timezone.localdate()


@pytest.fixture
def file(db: None, day: date) -> File:
    """Files a question, about an advisory if one is given."""

    def file(advisory: Advisory | None = None, *, seen: bool = False) -> Inquiry:
        about = word_for(advisory.pk) if advisory else ""
        return asking.submit(topic="risk-landscape", text="words", about=about, is_sighting=seen, today=day).inquiry

    return file


@pytest.fixture
def clear(published: Publish) -> Advisory:
    return published(tlp="clear")


def page_of(client: Client, advisory: Advisory) -> str:
    answer = client.get(f"/desk/advisories/{advisory.pk}/")
    assert answer.status_code == 200
    return re.sub(r'\s+|csrfmiddlewaretoken" value="[^"]*"', " ", answer.content.decode())


def numbers(page: str, advisory: Advisory) -> dict[str, int]:
    """How many questions and sightings the page counts; each number leads to them."""
    found = re.findall(rf'href="{QUEUE}\?queue=all&amp;about={advisory.pk}&amp;sighting=(no|yes)">(\d+)</a>', page)
    return {name: int(number) for name, number in found}


def references(page: str) -> set[str]:
    return set(re.findall(r"FP-[0-9A-Z]{5}-[0-9A-Z]{5}", page))


# --- beside the advisory --------------------------------------------------------------------------------------------


def test_the_desk_sees_beside_an_advisory_what_was_asked_and_seen(
    clear: Advisory, published: Publish, file: File, officer: User, signed_in: SignIn
) -> None:
    mine = [file(clear), file(clear, seen=True), file(clear, seen=True)]
    file(published(tlp="clear", title="Another one"), seen=True)
    file()
    page = page_of(signed_in(officer), clear)
    assert numbers(page, clear) == {"no": 1, "yes": 2}
    assert references(page) == {each.reference for each in mine}
    assert f'href="/desk/inquiries/?queue=all&amp;about={clear.pk}"' in page


def test_an_official_of_another_agency_sees_neither_count_nor_case_that_is_not_theirs(
    clear: Advisory,
    file: File,
    officer: User,
    licensing_officer: User,
    licensing_agency: Organisation,
    signed_in: SignIn,
    day: date,
) -> None:
    client = signed_in(licensing_officer)
    nothing = page_of(client, clear)
    assert "None of the cases that you may read is about it yet." in nothing
    hidden, routed = file(clear, seen=True), file(clear)
    assert page_of(client, clear) == nothing
    casework.route(routed, agency=licensing_agency, by=officer, today=day)
    page = page_of(client, clear)
    assert numbers(page, clear) == {"no": 1, "yes": 0}
    assert references(page) == {routed.reference}
    assert client.get(f"{QUEUE}{hidden.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["editor", "auditor", "administrator"])
def test_who_reads_no_cases_sees_no_count_of_them(
    request: pytest.FixtureRequest, clear: Advisory, file: File, signed_in: SignIn, who: str
) -> None:
    file(clear, seen=True)
    page = page_of(signed_in(request.getfixturevalue(who)), clear)
    assert (references(page), "Asked and seen" in page) == (set(), False)


def test_the_list_beside_it_is_bounded_and_says_so(clear: Advisory, file: File, officer: User, signed_in: SignIn) -> None:
    for _ in range(crossings.MOST_CASES + 1):
        file(clear)
    page = page_of(signed_in(officer), clear)
    assert numbers(page, clear) == {"no": crossings.MOST_CASES + 1, "yes": 0}
    assert (len(references(page)), "the queue has the rest" in page) == (crossings.MOST_CASES, True)


def test_what_is_not_out_has_no_such_part(drafted: Publish, approver: User, signed_in: SignIn) -> None:
    assert "Asked and seen" not in page_of(signed_in(approver), drafted(tlp="clear"))


def test_the_queries_beside_an_advisory_do_not_grow_with_cases(
    clear: Advisory, file: File, officer: User, django_assert_num_queries: Any
) -> None:
    for number in (1, 2):
        for _ in range(number):
            file(clear, seen=True)
        officer.__dict__.pop("_memberships", None)
        crossings.answered_back(officer, clear)
        with django_assert_num_queries(2):
            back = crossings.answered_back(officer, clear)
            assert back
            assert [str(each.officer) for each in back.cases] == ["None"] * len(back.cases)


# --- the case -------------------------------------------------------------------------------------------------------


def test_a_case_names_the_advisory_with_its_label_and_address(
    clear: Advisory, file: File, officer: User, signed_in: SignIn
) -> None:
    seen, asked, plain = file(clear, seen=True), file(clear), file()
    client = signed_in(officer)
    pages = [client.get(f"{QUEUE}{each.pk}/").content.decode() for each in (seen, asked, plain)]
    link = f'TLP:CLEAR</strong> <a class="govuk-link" href="/desk/advisories/{clear.pk}/" lang="en">{clear.title}</a>'
    assert [link in page for page in pages] == [True, True, False]
    assert ["A sighting: the asker has seen" in page for page in pages] == [True, False, False]


def test_a_case_about_what_its_reader_can_not_see_says_no_more(
    drafted: Publish,
    file: File,
    licensing_officer: User,
    officer: User,
    licensing_agency: Organisation,
    signed_in: SignIn,
    day: date,
) -> None:
    """No form leads to a draft; were there such a row all the same, its title stays with those who may read it."""
    inquiry = file(drafted(tlp="red", title="Hidden words"))
    casework.route(inquiry, agency=licensing_agency, by=officer, today=day)
    page = signed_in(licensing_officer).get(f"{QUEUE}{inquiry.pk}/").content.decode()
    assert ("An advisory that is not here for you" in page, "Hidden words" in page) == (True, False)


def test_a_case_about_one_that_was_deleted_still_opens(file: File, clear: Advisory, officer: User, signed_in: SignIn) -> None:
    inquiry = file(clear)
    Inquiry.objects.filter(pk=inquiry.pk).update(about=word_for(uuid.uuid4()))
    assert "An advisory that is not here for you" in signed_in(officer).get(f"{QUEUE}{inquiry.pk}/").content.decode()


# --- the queues -----------------------------------------------------------------------------------------------------


def test_queues_mark_sightings_and_narrow_to_them(
    clear: Advisory, published: Publish, file: File, officer: User, signed_in: SignIn
) -> None:
    other = published(tlp="clear", title="Another one")
    seen, asked, plain, elsewhere = file(clear, seen=True), file(clear), file(), file(other, seen=True)
    client = signed_in(officer)

    def found(query: str) -> set[str]:
        answer = client.get(f"{QUEUE}?queue=all&{query}")
        assert answer.status_code == 200
        return {each.reference for each in answer.context["page"]}

    assert found("sighting=yes") == {seen.reference, elsewhere.reference}
    assert found("sighting=no") == {asked.reference, plain.reference}
    assert found(f"about={clear.pk}") == {seen.reference, asked.reference}
    assert found(f"about=https://portal.example/advisories/{str(clear.pk).upper()}/&sighting=yes") == {seen.reference}
    assert found(f"about={uuid.uuid4()}") == set()
    page = client.get(f"{QUEUE}?queue=all").content.decode()
    assert page.count(">Sighting</strong>") == 2


@pytest.mark.parametrize("query", ["sighting=perhaps", "about=nothing", "about=%00"])
def test_a_wrong_filter_is_refused_in_words(officer: User, signed_in: SignIn, query: str) -> None:
    assert signed_in(officer).get(f"{QUEUE}?queue=all&{query}").status_code == 422


def test_a_queue_of_sightings_costs_as_many_queries_with_three_rows_as_with_one(
    clear: Advisory, file: File, officer: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client, counts = signed_in(officer), []
    for number in (1, 2):
        for _ in range(number):
            file(clear, seen=True)
        client.get(f"{QUEUE}?queue=all")
        with django_assert_max_num_queries(12) as made:
            client.get(f"{QUEUE}?queue=all&sighting=yes&about={clear.pk}")
        counts.append(len(made))
    assert counts[0] == counts[1]


# --- by program -----------------------------------------------------------------------------------------------------


def test_the_desks_programs_read_and_narrow_by_it(
    client: Client, clear: Advisory, file: File, officer: User, licensing_officer: User, day: date
) -> None:
    cache.clear()
    seen, asked, plain = file(clear, seen=True), file(clear), file()

    def call(who: User, path: str) -> Any:
        made = services.make_token(name="Sync", scopes=OFFICIALS_SCOPES, days=30, form=uuid.uuid4().bytes * 2, by=who, today=day)
        answer = client.get(API + path, headers={"Authorization": f"Bearer {made.secret}"})
        assert answer.status_code == 200
        return answer.json()

    rows = {each["reference"]: (each["about"], each["sighting"]) for each in call(officer, "")["results"]}
    assert rows == {
        seen.reference: (str(clear.pk), True), asked.reference: (str(clear.pk), False), plain.reference: (None, False),
    }  # fmt: skip
    assert [each["reference"] for each in call(officer, f"?about={clear.pk}&sighting=yes")["results"]] == [seen.reference]
    assert call(licensing_officer, f"?about={clear.pk}")["count"] == 0
    opened = call(officer, f"{seen.pk}/")
    assert (opened["about"], opened["sighting"]) == (str(clear.pk), True)
