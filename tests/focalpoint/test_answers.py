from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalogue.models import Segment
from inquiries.models import Inquiry, InquirySegment, Publication
from inquiries.services import asking, casework, publishing
from organisations.models import Organisation, User

SignIn = Callable[..., Client]
TYPED = {
    "title": "Are pumps listed?",
    "question": "Somebody sells pumps. Are they listed?",
    "answer": "Those that withstand corrosion may be.",
    "topic": "classification",
    "codes": "2B350.i, 2b350 i",
}


@pytest.fixture
def inquiry(officer: User) -> Inquiry:
    today = timezone.localdate()
    made = asking.submit(topic="classification", text="We sell forty sealed pumps to a dairy.", today=today).inquiry
    casework.take(made, by=officer, today=today)
    casework.answer(made, text="They are not listed.", by=officer, today=today)
    made.refresh_from_db()
    return made


def drafted(client: Client, inquiry: Inquiry, focal_point: Organisation, **typed: str) -> Publication:
    response = client.post(f"/desk/inquiries/{inquiry.pk}/answer-for-everybody/", {**TYPED, "agency": str(focal_point.pk), **typed})
    assert response.status_code == 302, response.content.decode()
    return Publication.objects.get()


def test_from_a_case_to_the_public_page(
    inquiry: Inquiry, focal_point: Organisation, officer: User, approver: User, signed_in: SignIn, client: Client
) -> None:
    writer, other = signed_in(officer), signed_in(approver)
    assert b"Draft an answer for everybody" in writer.get(f"/desk/inquiries/{inquiry.pk}/").content
    assert b"forty sealed pumps" in writer.get(f"/desk/inquiries/{inquiry.pk}/answer-for-everybody/").content
    made = drafted(writer, inquiry, focal_point)
    page = f"/desk/answers/{made.pk}/"
    assert writer.post(f"{page}submit/").status_code == 302
    assert writer.post(f"{page}approve/", {"revision": 1}).status_code == 409
    assert other.post(f"{page}approve/", {"revision": 1}).status_code == 302
    publishing.publish_due(today=timezone.localdate() + timedelta(days=60))
    assert b"withstand corrosion" in client.get(f"/answers/{made.pk}/").content
    made.refresh_from_db()
    assert made.codes == ["2B350.i"]


def test_the_askers_own_words_are_marked_on_the_drafts_page(
    inquiry: Inquiry, focal_point: Organisation, officer: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    made = drafted(client, inquiry, focal_point, question="May one sell forty sealed pumps to a dairy?")
    assert b"<mark>sell forty sealed pumps to a dairy</mark>" in client.get(f"/desk/answers/{made.pk}/").content


def test_what_could_tell_who_asked_is_shown_on_the_drafts_page(
    inquiry: Inquiry, focal_point: Organisation, officer: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    made = drafted(client, inquiry, focal_point, answer="Põhja Laser AS may, under licence no. EE-2024-0117.")
    page = client.get(f"/desk/answers/{made.pk}/").content.decode()
    assert "<li>Name of a firm: <mark>Põhja Laser AS</mark></li>" not in page  # an opening word is no end of a phrase
    assert "<li>Licence number: <mark>EE-2024-0117</mark></li>" in page


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"codes": "nonsense"}, {"topic": "x"}, {"answer": "\x00"}, {"question": "x" * 60_000}]
)
def test_a_refused_draft_keeps_what_was_typed(
    inquiry: Inquiry, focal_point: Organisation, officer: User, signed_in: SignIn, wrong: dict[str, str]
) -> None:
    typed = {**TYPED, "agency": str(focal_point.pk), "title": "A title of my own", **wrong}
    response = signed_in(officer).post(f"/desk/inquiries/{inquiry.pk}/answer-for-everybody/", typed)
    assert response.status_code == 422
    assert (typed["title"] or typed["answer"]) in response.content.decode()


def test_saving_a_draft_keeps_the_technologies_it_has(
    inquiry: Inquiry, focal_point: Organisation, officer: User, signed_in: SignIn
) -> None:
    area = Segment.objects.create(
        scheme="eu-critical-technology-areas", edition="2023", code="CTA10", label="Materials", source="s", diversion_risk="low"
    )
    twig = Segment.objects.create(
        scheme="eu-critical-technology-areas",
        edition="2023",
        code="CTA10.3",
        label="Mills",
        source="s",
        diversion_risk="low",
        parent=area,
    )
    InquirySegment.objects.create(inquiry=inquiry, segment=twig)
    client = signed_in(officer)
    assert b'value="CTA10.3"' in client.get(f"/desk/inquiries/{inquiry.pk}/answer-for-everybody/").content
    made = drafted(client, inquiry, focal_point, segments="CTA10.3")
    edited = client.post(f"/desk/answers/{made.pk}/edit/", {**TYPED, "segments": "CTA10.3", "revision": "1"})
    assert (edited.status_code, list(made.segments.all())) == (302, [twig])


def test_nothing_is_drafted_against_the_askers_wish(
    inquiry: Inquiry, focal_point: Organisation, officer: User, signed_in: SignIn
) -> None:
    Inquiry.objects.update(objects_to_publication=True)
    client = signed_in(officer)
    assert b"Draft an answer for everybody" not in client.get(f"/desk/inquiries/{inquiry.pk}/").content
    typed = {**TYPED, "agency": str(focal_point.pk)}
    response = client.post(f"/desk/inquiries/{inquiry.pk}/answer-for-everybody/", typed)
    assert (response.status_code, Publication.objects.count()) == (422, 0)


def test_whoever_may_not_read_the_case_sees_no_draft(
    inquiry: Inquiry, focal_point: Organisation, officer: User, licensing_officer: User, auditor: User, signed_in: SignIn
) -> None:
    made = drafted(signed_in(officer), inquiry, focal_point)
    pages = [f"/desk/answers/{made.pk}/", f"/desk/answers/{made.pk}/edit/", f"/desk/inquiries/{inquiry.pk}/answer-for-everybody/"]
    assert [signed_in(licensing_officer).get(page).status_code for page in pages] == [404, 404, 404]
    assert [signed_in(auditor).get(page).status_code for page in pages] == [403, 403, 403]
    assert TYPED["title"] not in signed_in(licensing_officer).get("/desk/answers/").content.decode()


def test_an_editor_sees_the_draft_and_not_the_case(
    inquiry: Inquiry, focal_point: Organisation, officer: User, editor: User, signed_in: SignIn
) -> None:
    made = drafted(signed_in(officer), inquiry, focal_point)
    page = signed_in(editor).get(f"/desk/answers/{made.pk}/").content.decode()
    assert TYPED["answer"] in page
    assert inquiry.reference not in page


@pytest.mark.parametrize("queue", ["all", "draft", "in-review", "approved", "published", "withdrawn"])
def test_the_list_costs_the_same_with_one_row_and_three(
    inquiry: Inquiry, focal_point: Organisation, officer: User, signed_in: SignIn, django_assert_num_queries: Any, queue: str
) -> None:
    client = signed_in(officer)
    drafted(client, inquiry, focal_point)
    path = f"/desk/answers/?queue={queue}"
    client.get(path)
    expected = 6 if queue in ("all", "draft") else 4
    with django_assert_num_queries(expected):
        client.get(path)
    for _ in range(2):
        client.post(f"/desk/inquiries/{inquiry.pk}/answer-for-everybody/", {**TYPED, "agency": str(focal_point.pk)})
    with django_assert_num_queries(expected):
        client.get(path)


def test_an_unknown_queue_is_refused(officer: User, signed_in: SignIn) -> None:
    assert signed_in(officer).get("/desk/answers/?queue=nonsense").status_code == 422


def test_a_missing_key_is_said_on_the_page(
    inquiry: Inquiry, focal_point: Organisation, officer: User, signed_in: SignIn, settings: Any, today: date
) -> None:
    client = signed_in(officer)
    made = drafted(client, inquiry, focal_point)
    settings.OFFICE_KEYS = {"another": bytes(32)}
    response = client.get(f"/desk/answers/{made.pk}/")
    assert (response.status_code, b"No key of the office opens this draft" in response.content) == (200, True)
