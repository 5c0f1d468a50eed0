"""The desk's queue and case page."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Details, Inquiry, Item
from inquiries.querysets import onlooker, queue_counts
from inquiries.services import asking, casework, thread
from organisations.models import Organisation, User

SignIn = Callable[..., Client]


@pytest.fixture
def inquiry(db: None) -> Inquiry:
    return asking.submit(topic="licensing", text="May I sell pumps?", subject="Pumps", today=timezone.localdate()).inquiry


def case(inquiry: Inquiry, verb: str = "") -> str:
    return f"/desk/inquiries/{inquiry.pk}/{verb + '/' if verb else ''}"


def test_an_official_takes_and_answers(officer: User, signed_in: SignIn, db: None) -> None:
    filed = asking.submit(topic="licensing", text="May I sell pumps?", today=timezone.localdate())
    client = signed_in(officer)
    assert b"May I sell pumps?" in client.get(case(filed.inquiry)).content
    client.post(case(filed.inquiry, "take"))
    client.post(case(filed.inquiry, "answer"), {"text": "Not to Ruritania."})
    answered = thread.read(asking.open_with_receipt(receipts.read(filed.receipt)))
    assert [line.text for line in answered.lines] == ["May I sell pumps?", "Not to Ruritania."]


def test_every_reader_role_reads_and_nobody_else(
    request: pytest.FixtureRequest, inquiry: Inquiry, signed_in: SignIn, client: Client
) -> None:
    expected = {"officer": 200, "supervisor": 200, "approver": 200, "licensing_officer": 404}
    expected |= {"auditor": 403, "administrator": 403, "editor": 403, "signatory": 403, "association_officer": 403}
    found = {who: signed_in(request.getfixturevalue(who)).get(case(inquiry)).status_code for who in expected}
    assert found == expected
    assert client.get(case(inquiry)).status_code == 302


def test_an_agency_reads_what_is_routed_to_it(
    inquiry: Inquiry, licensing_agency: Organisation, licensing_officer: User, officer: User, signed_in: SignIn, today: date
) -> None:
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    client = signed_in(licensing_officer)
    assert client.get(case(inquiry)).status_code == 200
    assert inquiry.reference.encode() in client.get("/desk/inquiries/?queue=all").content


@pytest.mark.parametrize("verb", ["take", "route", "answer", "ask-back", "close", "describe"])
def test_another_agency_can_not_act(inquiry: Inquiry, licensing_officer: User, signed_in: SignIn, verb: str) -> None:
    assert (
        signed_in(licensing_officer)
        .post(case(inquiry, verb), {"text": "words", "title": "words", "priority": "normal", "seen": "1"})
        .status_code
        == 404
    )


@pytest.mark.parametrize("verb", ["answer", "ask-back", "close", "describe"])
def test_an_approver_reads_and_can_not_work(inquiry: Inquiry, approver: User, signed_in: SignIn, verb: str) -> None:
    response = signed_in(approver).post(case(inquiry, verb), {"text": "words", "title": "words", "priority": "normal", "seen": "1"})
    assert response.status_code in (409, 422)
    assert b"You may not work on this inquiry." in response.content


@pytest.mark.parametrize("verb", ["take", "route", "answer", "ask-back", "close", "describe"])
def test_verbs_need_a_post(inquiry: Inquiry, officer: User, signed_in: SignIn, verb: str) -> None:
    assert signed_in(officer).get(case(inquiry, verb)).status_code == 405


def test_an_empty_answer_is_refused_in_words(inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    casework.take(inquiry, by=officer, today=timezone.localdate())
    response = signed_in(officer).post(case(inquiry, "answer"), {"text": ""})
    assert (response.status_code, b"Write the answer." in response.content) == (422, True)


def test_an_answer_that_comes_too_late_is_not_lost(inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    casework.take(inquiry, by=officer, today=timezone.localdate())
    casework.close(inquiry, by=officer, today=timezone.localdate())
    response = signed_in(officer).post(case(inquiry, "answer"), {"text": "My careful words"})
    assert response.status_code == 422
    assert b"My careful words" in response.content


def test_a_missing_key_is_said_on_the_page(inquiry: Inquiry, officer: User, signed_in: SignIn, settings: Any) -> None:
    settings.OFFICE_KEYS = {"another": bytes(32)}
    response = signed_in(officer).get(case(inquiry))
    assert (response.status_code, b"No key of the office opens this inquiry" in response.content) == (200, True)


def test_an_unknown_case_is_not_found(officer: User, signed_in: SignIn) -> None:
    assert signed_in(officer).get(f"/desk/inquiries/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize("query", ["queue=nonsense", "topic=nonsense", "segment=nonsense", "q=%00", "q=%07", "q=" + "x" * 200])
def test_a_filter_that_is_none_is_refused_with_the_page(officer: User, signed_in: SignIn, query: str) -> None:
    assert signed_in(officer).get(f"/desk/inquiries/?{query}").status_code == 422


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999"])
def test_a_page_beyond_the_list_shows_the_nearest(inquiry: Inquiry, officer: User, signed_in: SignIn, page: str) -> None:
    assert signed_in(officer).get(f"/desk/inquiries/?queue=all&page={page}").status_code == 200


def test_the_queues_count_what_they_list(officer: User, signed_in: SignIn, today: date) -> None:
    for age in (0, 3, 60):
        asking.submit(topic="sanctions", text="words", today=timezone.localdate() - timedelta(days=age))
    counts = queue_counts(onlooker(officer, timezone.localdate()))
    listed = {
        name: Inquiry.objects.visible_to(officer).queue(name, onlooker(officer, timezone.localdate())).count() for name in counts
    }
    assert counts == listed
    assert (counts["new"], counts["overdue"]) == (3, 1)


@pytest.mark.parametrize(("path", "most"), [("/desk/inquiries/?queue=all", 13), ("/desk/", 14)])
def test_the_number_of_queries_does_not_grow_with_rows(
    officer: User, signed_in: SignIn, django_assert_max_num_queries: Callable[..., Any], path: str, most: int
) -> None:
    client = signed_in(officer)
    counted = []
    for more in (1, 2):
        for _ in range(more):
            inquiry = asking.submit(topic="sanctions", text="words", today=timezone.localdate()).inquiry
            casework.take(inquiry, by=officer, today=timezone.localdate())
        with django_assert_max_num_queries(most) as captured:
            assert client.get(path).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_the_focal_point_hands_a_case_to_an_agency_that_then_answers(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, licensing_officer: User, signed_in: SignIn
) -> None:
    due = inquiry.due_on
    desk, agency = signed_in(officer), signed_in(licensing_officer)
    assert desk.post(case(inquiry, "route"), {"agency": licensing_agency.pk}).status_code == 302
    agency.post(case(inquiry, "take"))
    inquiry.refresh_from_db()
    assert (inquiry.officer, inquiry.due_on) == (licensing_officer, due)
    assert agency.post(case(inquiry, "answer"), {"text": "Apply for a licence."}).status_code == 302


def test_only_the_focal_point_routes(
    inquiry: Inquiry, licensing_agency: Organisation, licensing_officer: User, officer: User, signed_in: SignIn, today: date
) -> None:
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    response = signed_in(licensing_officer).post(case(inquiry, "route"), {"agency": licensing_agency.pk})
    assert (response.status_code, b"You may not work on this inquiry." in response.content) == (422, True)


def test_a_case_is_handed_to_agencies_only(inquiry: Inquiry, firm: Organisation, officer: User, signed_in: SignIn) -> None:
    assert signed_in(officer).post(case(inquiry, "route"), {"agency": firm.pk}).status_code == 422


def test_the_case_page_shows_what_the_asker_said_besides_the_words(officer: User, signed_in: SignIn) -> None:
    details = Details((Item("A cold plasma source", used_for="Cleaning", entry="2B005"),), ("evasive", "no-longer-offered"))
    made = asking.submit(topic="transaction", text="May I?", destination="143", details=details, today=timezone.localdate())
    page = signed_in(officer).get(f"/desk/inquiries/{made.inquiry.pk}/").content.decode()
    for words in ("A cold plasma source", "Cleaning", "2B005", "They avoid questions", "no-longer-offered", "Central Asia"):
        assert words in page
