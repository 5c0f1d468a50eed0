"""The desk's pages for consultations, outside experts and proposed answers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from inquiries.models import Consultation, ExpertRequest, Inquiry, ProposedAnswer
from inquiries.services import approving, asking, casework, clock, consulting, experts
from organisations.models import Function, Kind, Organisation, Role, User
from tests.conftest import member

SignIn = Callable[..., Client]


@pytest.fixture
def filed(officer: User) -> asking.Filed:
    made = asking.submit(topic="licensing", text="May I sell pumps?", today=timezone.localdate())
    casework.take(made.inquiry, by=officer, today=timezone.localdate())
    made.inquiry.refresh_from_db()
    return made


@pytest.fixture
def inquiry(filed: asking.Filed) -> Inquiry:
    return filed.inquiry


@pytest.fixture
def sanctions(officer: User) -> Inquiry:
    made = asking.submit(topic="sanctions", text="May I sell seals?", today=timezone.localdate()).inquiry
    casework.take(made, by=officer, today=timezone.localdate())
    made.refresh_from_db()
    return made


@pytest.fixture
def colleague(focal_point: Organisation) -> User:
    return member(focal_point, "Kadri Colleague", Role.CASE_OFFICER)


@pytest.fixture
def consulted(inquiry: Inquiry, licensing_agency: Organisation, officer: User) -> Consultation:
    return consulting.ask(inquiry, agency=licensing_agency, question="A license canary?", by=officer, today=timezone.localdate())


def case(inquiry: Inquiry, verb: str = "") -> str:
    return f"/desk/inquiries/{inquiry.pk}/{verb + '/' if verb else ''}"


def expert_form(client: Client, inquiry: Inquiry, **changed: str) -> dict[str, str]:
    """The form as it stands on the case page, filled in."""
    once = client.get(case(inquiry)).context["expert_form"]["once"].value()
    words = {"name": "Dr Toomas Vaher", "address": "toomas@university.example", "label": "amber", "excerpt": "A pump?", "days": "5"}
    return {**words, "once": once, **changed}


# --- consultations --------------------------------------------------------------------------------------------------


def test_an_agency_is_asked_finds_it_in_its_list_and_gives_its_view(
    inquiry: Inquiry, licensing_agency: Organisation, licensing_officer: User, officer: User, signed_in: SignIn
) -> None:
    desk, agency = signed_in(officer), signed_in(licensing_officer)
    response = desk.post(case(inquiry, "consult"), {"agency": licensing_agency.pk, "question": "Would you?", "days": "3"})
    assert response.status_code == 302
    consultation = Consultation.objects.get()
    assert consultation.due_on == clock.office_calendar().after(timezone.localdate(), 3)
    assert inquiry.reference.encode() in agency.get("/desk/consultations/").content
    assert b"Consultations for us" in agency.get("/desk/").content
    assert inquiry.reference.encode() not in agency.get("/desk/").content + agency.get("/desk/inquiries/?queue=all").content
    page = agency.get(case(inquiry)).content
    assert (b"May I sell pumps?" in page, b"Would you?" in page, b"Send the answer" in page) == (True, True, False)
    given = agency.post(f"/desk/consultations/{consultation.pk}/view/", {"stance": "objects", "view": "Not there."})
    assert given.status_code == 302
    assert inquiry.reference.encode() not in agency.get("/desk/consultations/").content
    assert inquiry.reference.encode() in agency.get("/desk/consultations/?queue=given").content
    page = desk.get(case(inquiry)).content
    assert (b"Not there." in page, b"Disagreement" in page) == (True, True)
    refused = desk.post(case(inquiry, "answer"), {"text": "My careful words"})
    shown = [words in refused.content for words in (b"My careful words", b"An agency objects")]
    assert (refused.status_code, shown) == (422, [True, True])


def test_a_supervisor_settles_it_on_the_page(
    consulted: Consultation, inquiry: Inquiry, licensing_officer: User, officer: User, supervisor: User, signed_in: SignIn
) -> None:
    consulting.give_view(consulted, stance="objects", view="No.", by=licensing_officer, today=timezone.localdate())
    assert b"Disagreements to settle" in signed_in(supervisor).get("/desk/").content
    assert inquiry.reference.encode() in signed_in(supervisor).get("/desk/to-approve/").content
    refused = signed_in(officer).post(case(inquiry, "settle"), {"reasons": "Because."})
    assert (refused.status_code, b"Because." in refused.content) == (422, True)
    assert signed_in(supervisor).post(case(inquiry, "settle"), {"reasons": ""}).status_code == 422
    assert signed_in(supervisor).post(case(inquiry, "settle"), {"reasons": "Because."}).status_code == 302
    assert b"Disagreement settled by Sirje Supervisor" in signed_in(officer).get(case(inquiry)).content
    assert signed_in(officer).post(case(inquiry, "answer"), {"text": "Yes."}).status_code == 302


@pytest.mark.parametrize(
    "change", [{"agency": ""}, {"question": ""}, {"days": "0"}, {"days": "61"}, {"days": "x"}, {"question": "a\x00b"}]
)
def test_a_refused_question_keeps_what_was_typed(
    inquiry: Inquiry, licensing_agency: Organisation, officer: User, signed_in: SignIn, change: dict[str, str]
) -> None:
    typed = {"agency": str(licensing_agency.pk), "question": "My careful words", "days": "5", **change}
    response = signed_in(officer).post(case(inquiry, "consult"), typed)
    assert (response.status_code, Consultation.objects.count()) == (422, 0)
    assert typed["question"] != "My careful words" or b"My careful words" in response.content


def test_a_refused_view_keeps_what_was_typed(consulted: Consultation, licensing_officer: User, signed_in: SignIn) -> None:
    response = signed_in(licensing_officer).post(f"/desk/consultations/{consulted.pk}/view/", {"view": "My careful words"})
    assert (response.status_code, b"My careful words" in response.content) == (422, True)


def test_another_agency_finds_nothing(
    consulted: Consultation, inquiry: Inquiry, officer: User, signed_in: SignIn, db: None
) -> None:
    other = member(
        Organisation.objects.create(kind=Kind.AGENCY, name="Screening Office", functions=[Function.INVESTMENT_SCREENING]),
        "Ilme Screening",
        Role.CASE_OFFICER,
    )
    client = signed_in(other)
    addresses = [
        case(inquiry, verb) for verb in ("consult", "settle", "ask-expert", "draft-answer", "propose", "approve", "return")
    ]
    addresses += [f"/desk/consultations/{consulted.pk}/{verb}/" for verb in ("view", "end")]
    asked = experts.ask(
        inquiry, name="T", address="t@u.example", label="clear", excerpt="?", by=officer, today=timezone.localdate()
    ).asked
    addresses += [f"/desk/experts/{asked.pk}/{verb}/" for verb in ("renew", "end")]
    assert {client.post(address, {"text": "x", "revision": "1"}).status_code for address in addresses} == {404}
    assert client.get(case(inquiry)).status_code == 404
    assert inquiry.reference.encode() not in client.get("/desk/consultations/").content
    assert {client.get(address).status_code for address in addresses} == {405}


def test_a_consulted_agency_sees_no_draft_no_expert_and_does_nothing_but_give_its_view(
    consulted: Consultation, inquiry: Inquiry, officer: User, licensing_officer: User, signed_in: SignIn
) -> None:
    today = timezone.localdate()
    approving.propose(inquiry, text="A proposed canary", by=officer, today=today)
    asked = experts.ask(
        inquiry, name="Dr Hidden", address="t@u.example", label="clear", excerpt="An excerpt canary", by=officer, today=today
    ).asked
    client = signed_in(licensing_officer)
    page = client.get(case(inquiry)).content
    assert b"license canary" in page
    assert [word for word in (b"proposed canary", b"excerpt canary", b"Dr Hidden") if word in page] == []
    posts = {
        case(inquiry, "answer"): 422, case(inquiry, "draft-answer"): 422, case(inquiry, "propose"): 422,
        case(inquiry, "approve"): 409, case(inquiry, "return"): 422,
        case(inquiry, "consult"): 422, case(inquiry, "settle"): 422, case(inquiry, "ask-expert"): 422,
        f"/desk/consultations/{consulted.pk}/end/": 409,
        f"/desk/experts/{asked.pk}/renew/": 404, f"/desk/experts/{asked.pk}/end/": 404,
    }  # fmt: skip
    words = {"text": "x", "revision": "1", "note": "x", "reasons": "x", "agency": str(uuid.uuid4()), "question": "x", "days": "1"}
    assert {address: client.post(address, words).status_code for address in posts} == posts
    assert (Consultation.objects.count(), ProposedAnswer.objects.count(), inquiry.messages.count()) == (1, 1, 1)


def test_an_official_who_ended_a_consultation_twice_is_told(
    consulted: Consultation, officer: User, licensing_officer: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    assert [client.post(f"/desk/consultations/{consulted.pk}/end/").status_code for _ in range(2)] == [302, 409]
    assert signed_in(licensing_officer).get(case(consulted.inquiry)).status_code == 404


@pytest.mark.parametrize("query", ["queue=nonsense", "queue=withdrawn"])
def test_a_queue_that_is_none_is_refused_with_the_page(officer: User, signed_in: SignIn, query: str) -> None:
    assert signed_in(officer).get(f"/desk/consultations/?{query}").status_code == 422


@pytest.mark.parametrize("path", ["/desk/consultations/", "/desk/to-approve/"])
def test_the_lists_are_for_readers_of_inquiries(
    request: pytest.FixtureRequest, signed_in: SignIn, client: Client, path: str
) -> None:
    expected = {"officer": 200, "approver": 200, "licensing_officer": 200, "auditor": 403, "administrator": 403, "signatory": 403}
    assert {who: signed_in(request.getfixturevalue(who)).get(path).status_code for who in expected} == expected
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("path", ["/desk/consultations/", "/desk/to-approve/"])
def test_the_number_of_queries_does_not_grow_with_rows(
    officer: User,
    colleague: User,
    licensing_agency: Organisation,
    licensing_officer: User,
    signed_in: SignIn,
    django_assert_max_num_queries: Callable[..., Any],
    path: str,
) -> None:
    client = signed_in(licensing_officer if "consultations" in path else colleague)
    today, counted = timezone.localdate(), []
    for more in (1, 2):
        for _ in range(more):
            made = asking.submit(topic="sanctions", text="words", today=today).inquiry
            casework.take(made, by=officer, today=today)
            consulting.ask(made, agency=licensing_agency, question="?", by=officer, today=today)
            casework.answer(made, text="No.", by=officer, today=today)
        with django_assert_max_num_queries(12) as captured:
            assert client.get(path).content.count(b"FP-") >= more
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_the_case_page_costs_the_same_for_one_consultation_and_three(
    inquiry: Inquiry, officer: User, signed_in: SignIn, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client, counted, today = signed_in(officer), [], timezone.localdate()
    for more in (1, 2):
        for number in range(more):
            agency = Organisation.objects.create(kind=Kind.AGENCY, name=f"Agency {more}.{number}", functions=[Function.POLICY])
            consulting.ask(inquiry, agency=agency, question="?", by=officer, today=today)
            experts.ask(inquiry, name="T", address="t@u.example", label="clear", excerpt="?", by=officer, today=today)
        with django_assert_max_num_queries(40) as captured:
            assert client.get(case(inquiry)).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_an_overdue_consultation_is_said_to_be(
    inquiry: Inquiry, licensing_agency: Organisation, licensing_officer: User, officer: User, signed_in: SignIn
) -> None:
    long_ago = timezone.localdate() - timedelta(days=60)
    consulting.ask(inquiry, agency=licensing_agency, question="?", by=officer, today=long_ago)
    assert b"Overdue" in signed_in(licensing_officer).get("/desk/consultations/").content
    assert b"tile--late" in signed_in(licensing_officer).get("/desk/").content


# --- the outside expert ---------------------------------------------------------------------------------------------


def test_an_official_sends_an_excerpt_and_sees_the_code_once(inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    words = expert_form(client, inquiry)
    pages = [client.post(case(inquiry, "ask-expert"), words) for _ in range(2)]
    assert ([page.status_code for page in pages], len(mail.outbox), ExpertRequest.objects.count()) == ([200, 200], 1, 1)
    code = pages[0].context["sent"].code
    assert f"{code[:4]} {code[4:]}".encode() in pages[0].content
    assert "no-store" in pages[0]["Cache-Control"]
    everything_else = client.get(case(inquiry)).content + mail.outbox[0].message().as_bytes()
    assert code.encode() not in everything_else
    assert f"{code[:4]} {code[4:]}".encode() not in everything_else
    link = re.search(r"/expert/[\w-]+/", str(mail.outbox[0].body))
    assert link
    Client().post(link[0], {"code": code})
    assert client.post(case(inquiry, "ask-expert"), words).status_code == 422  # opened: never shown again


def test_a_mail_server_that_refuses_is_said_and_nothing_is_lost(
    inquiry: Inquiry, officer: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise SMTPException

    client = signed_in(officer)
    words = expert_form(client, inquiry)
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    page = client.post(case(inquiry, "ask-expert"), words)
    assert (page.status_code, b"did not take the letter" in page.content, b"expert-code" in page.content) == (200, True, False)
    again = client.post(case(inquiry, "ask-expert"), words)  # which may not say now that it is on its way
    assert (b"did not take the letter" in again.content, b"expert-code" in again.content) == (True, False)
    assert b"The letter with the link has not left" in client.get(case(inquiry)).content
    monkeypatch.undo()
    assert b"expert-code" in client.post(case(inquiry, "ask-expert"), words).content
    assert len(mail.outbox) == ExpertRequest.objects.count() == 1
    assert b"The letter with the link has not left" not in client.get(case(inquiry)).content
    asked = ExpertRequest.objects.get()
    assert b"expert-code" in client.post(f"/desk/experts/{asked.pk}/renew/").content
    assert [client.post(f"/desk/experts/{asked.pk}/end/").status_code for _ in range(2)] == [302, 409]
    assert client.post(f"/desk/experts/{asked.pk}/renew/").status_code == 409


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": "a\x07b"}, {"address": "nobody"}, {"label": "red"}, {"label": ""}, {"excerpt": ""}, {"once": ""}],
)
def test_a_refused_excerpt_keeps_what_was_typed(inquiry: Inquiry, officer: User, signed_in: SignIn, change: dict[str, str]) -> None:
    client = signed_in(officer)
    response = client.post(case(inquiry, "ask-expert"), expert_form(client, inquiry, **change))
    assert (response.status_code, ExpertRequest.objects.count(), mail.outbox) == (422, 0, [])
    assert change == {"excerpt": ""} or b"A pump?" in response.content


# --- four eyes ------------------------------------------------------------------------------------------------------


def test_an_answer_is_proposed_returned_mended_approved_and_sent(
    sanctions: Inquiry, officer: User, colleague: User, signed_in: SignIn
) -> None:
    writer, second = signed_in(officer), signed_in(colleague)
    assert b"Propose the answer" in writer.get(case(sanctions)).content
    assert writer.post(case(sanctions, "answer"), {"text": "Not there.", "revision": "0", "seen": "1"}).status_code == 302
    assert writer.post(case(sanctions, "approve"), {"revision": "1"}).status_code == 409
    assert b"Answers to approve" in second.get("/desk/").content
    assert sanctions.reference.encode() in second.get("/desk/to-approve/").content
    assert second.post(case(sanctions, "return"), {"revision": "1", "note": ""}).status_code == 422
    assert second.post(case(sanctions, "return"), {"revision": "1", "note": "Name the annex."}).status_code == 302
    page = writer.get(case(sanctions)).content
    assert (b"Name the annex." in page, b"Returned answer" in page, b"Not there." in page) == (True, True, True)
    writer.post(case(sanctions, "propose"), {"text": "Not there, Annex IV.", "revision": "1", "seen": "1"})
    assert second.post(case(sanctions, "approve"), {"revision": "1"}).status_code == 409
    assert second.post(case(sanctions, "approve"), {"revision": "2"}).status_code == 302
    sanctions.refresh_from_db()
    assert sanctions.state == "answered"


def test_a_draft_is_kept_and_stands_in_the_form(inquiry: Inquiry, officer: User, colleague: User, signed_in: SignIn) -> None:
    signed_in(officer).post(case(inquiry, "draft-answer"), {"text": "Half a thought", "revision": "0", "seen": "1"})
    page = signed_in(colleague).get(case(inquiry))
    assert page.context["answer_form"]["text"].value() == "Half a thought"
    refused = signed_in(colleague).post(case(inquiry, "draft-answer"), {"text": "My careful words", "revision": "0"})
    assert (refused.status_code, b"My careful words" in refused.content) == (422, True)


@pytest.mark.parametrize(
    ("revision", "status"), [("", 422), ("x", 422), ("0", 422), ("-1", 422), ("9", 409), ("99999999999999999999", 409)]
)
def test_what_is_no_revision_approves_nothing(
    sanctions: Inquiry, officer: User, colleague: User, signed_in: SignIn, revision: str, status: int
) -> None:
    casework.answer(sanctions, text="No.", by=officer, today=timezone.localdate())
    assert signed_in(colleague).post(case(sanctions, "approve"), {"revision": revision}).status_code == status
    assert sanctions.messages.count() == 1


@pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999"])
def test_what_was_seen_may_be_anything_and_breaks_nothing(sanctions: Inquiry, officer: User, signed_in: SignIn, seen: str) -> None:
    response = signed_in(officer).post(case(sanctions, "answer"), {"text": "No.", "seen": seen})
    assert response.status_code in (302, 422)


def test_the_case_page_says_who_is_holding_it(consulted: Consultation, inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    assert b"Licensing Board, consulted" in signed_in(officer).get(case(inquiry)).content
