"""Work on a case by programs, beside its moves: what the pages do, with the same rights and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Consultation, Inquiry
from inquiries.services import asking, casework, handing, relating, thread
from organisations.models import Organisation, Role, User
from tests.conftest import member
from tests.inquiries.test_desk_api import call, case, filed, is_problem, nobody_has_called_yet

__all__ = ["call", "filed", "nobody_has_called_yet"]
Call = Callable[..., Any]


@pytest.fixture
def taken(filed: asking.Filed, officer: User) -> asking.Filed:
    casework.take(filed.inquiry, by=officer, today=timezone.localdate())
    filed.inquiry.refresh_from_db()
    return filed


def texts(filed: asking.Filed) -> list[str]:
    return [line.text for line in thread.read(asking.open_with_receipt(receipts.read(filed.receipt))).lines]


def kinds(filed: asking.Filed) -> list[str]:
    return list(filed.inquiry.events.order_by("position").values_list("kind", flat=True))


def test_facts_are_changed_one_by_one(call: Call, officer: User, taken: asking.Filed) -> None:
    call(officer, case(taken, "facts"), {"title": "Pumps", "tags": ["Vacuum  Pumps"], "flags": ["sensitive"]})
    changed = call(officer, case(taken, "facts"), {"priority": "high"}).json()
    assert [changed[name] for name in ("title", "tags", "flags", "priority")] == ["Pumps", ["vacuum pumps"], ["sensitive"], "high"]


def test_an_answer_is_put_off_and_the_asker_reads_why(call: Call, officer: User, taken: asking.Filed) -> None:
    due = taken.inquiry.due_on
    put_off = call(officer, case(taken, "extend"), {"days": 5, "text": "The laboratory needs a week."}).json()
    assert put_off["due_on"] > str(due)
    assert texts(taken)[-1].endswith("The laboratory needs a week.")
    assert is_problem(call(officer, case(taken, "extend"), {"days": 5, "text": "And one more."}), 409)  # a supervisor's


def test_a_case_is_handed_to_a_colleague(call: Call, officer: User, taken: asking.Filed, focal_point: Organisation) -> None:
    colleague, third = (member(focal_point, name, Role.CASE_OFFICER) for name in ("Kaja Colleague", "Tiit Third"))
    today = timezone.localdate()
    handing.go_away(first_on=today, last_on=today, cover=third, by=colleague, today=today)
    refused = call(officer, case(taken, "hand-over"), {"to": colleague.email})
    assert is_problem(refused, 409)
    assert "is away until" in refused.json()["detail"]
    handed = call(officer, case(taken, "hand-over"), {"to": colleague.email, "note": "For you.", "anyway": True})
    assert handed.json()["officer"] == "Kaja Colleague"


@pytest.mark.parametrize("who", ["signatory", "auditor"])
def test_who_works_on_no_inquiries_can_not_be_named(
    request: pytest.FixtureRequest, call: Call, officer: User, taken: asking.Filed, who: str
) -> None:
    """So that nobody tries out by this who has an account here."""
    refusals = [
        call(officer, case(taken, "hand-over"), {"to": address}).json()["errors"]["to"][0].replace(address, "")
        for address in (request.getfixturevalue(who).email, "nobody@portal.example")
    ]
    assert refusals[0] == refusals[1]


def test_agencies_are_consulted_and_disagreements_settled(
    call: Call,
    officer: User,
    supervisor: User,
    taken: asking.Filed,
    licensing_agency: Organisation,
    licensing_officer: User,
) -> None:
    call(officer, case(taken, "note"), {"text": "The spindle decides."})
    call(officer, case(taken, "consult"), {"agency": str(licensing_agency.pk), "question": "Your view?"})
    (asked,) = call(licensing_officer, case(taken, "work")).json()["consultations"]
    assert (asked["question"], asked["state"]) == ("Your view?", "asked")
    view = f"consultations/{asked['id']}/view"
    assert is_problem(call(officer, case(taken, view), {"stance": "agrees", "view": "Ours."}), 409)
    assert call(licensing_officer, case(taken, view), {"stance": "objects", "view": "No."}).status_code == 200
    assert is_problem(call(officer, case(taken, "settle"), {"reasons": "All the same."}), 409)
    assert call(supervisor, case(taken, "settle"), {"reasons": "Another model."}).status_code == 200
    mine, theirs = (call(who, case(taken, "work")).json() for who in (officer, licensing_officer))
    assert ([note["text"] for note in mine["notes"]], theirs["notes"]) == (["The spindle decides."], [])
    assert [each["view"] for each in mine["consultations"]] == ["No."]
    assert call(officer, case(taken, f"consultations/{asked['id']}/end"), {}).status_code == 200
    assert is_problem(call(licensing_officer, case(taken, "work")), 404)


def test_a_consultation_is_found_in_its_own_case_only(
    call: Call, officer: User, taken: asking.Filed, licensing_agency: Organisation
) -> None:
    other = asking.submit(topic="other", text="?", today=timezone.localdate())
    call(officer, case(taken, "consult"), {"agency": str(licensing_agency.pk), "question": "Your view?"})
    wrong = f"{other.inquiry.pk}/consultations/{Consultation.objects.get().pk}/"
    assert is_problem(call(officer, f"{wrong}end/", {}), 404)
    assert is_problem(call(officer, f"{wrong}view/", {"stance": "agrees", "view": "x"}), 404)


def test_a_second_official_returns_and_approves(call: Call, officer: User, supervisor: User, taken: asking.Filed) -> None:
    assert call(officer, case(taken, "answer"), {"text": "You may."}).status_code == 202
    assert call(supervisor, case(taken, "work")).json()["proposed"]["text"] == "You may."
    assert is_problem(call(officer, case(taken, "approve"), {"revision": 1}), 409)  # nobody approves their own
    assert call(supervisor, case(taken, "return"), {"revision": 1, "note": "Name the entry."}).status_code == 200
    assert call(officer, case(taken, "work")).json()["proposed"]["note"] == "Name the entry."
    call(officer, case(taken, "answer"), {"text": "You may: 2B350 is about others."})
    assert is_problem(call(supervisor, case(taken, "approve"), {"revision": 1}), 409)
    assert call(supervisor, case(taken, "approve"), {"revision": 2}).json()["status"] == "answered"
    assert texts(taken)[-1] == "You may: 2B350 is about others."


def test_a_passage_is_hidden_where_it_was_chosen(call: Call, officer: User, taken: asking.Filed) -> None:
    said = {"passage": "umps", "reason": "Names a product"}
    refused = call(officer, case(taken, "redact"), said)
    assert is_problem(refused, 400)
    places = {place.split(" ", 1)[1]: place.split(" ", 1)[0] for place in refused.json()["errors"]["places"]}
    assert set(places) == {"P[umps]", "May I sell p[umps]?"}
    assert call(officer, case(taken, "redact"), {**said, "places": [places["P[umps]"]]}).status_code == 200
    opened = call(officer, case(taken)).json()
    assert (opened["subject"], opened["messages"][0]["text"]) == ("P[hidden by the office]", "May I sell pumps?")
    assert is_problem(call(officer, case(taken, "redact"), {**said, "passage": "mills"}), 409)
    assert is_problem(call(officer, case(taken, "redact"), {**said, "mode": "permanent"}), 409)  # a supervisor's


def test_cases_are_linked_and_merged(call: Call, officer: User, taken: asking.Filed) -> None:
    other = asking.submit(topic="other", text="Pumps?", today=timezone.localdate() + timedelta(days=9)).inquiry
    link = {"reference": taken.inquiry.reference.lower(), "kind": "duplicate"}
    assert call(officer, f"{other.pk}/link/", link).status_code == 200
    assert call(officer, f"{other.pk}/link/", {**link, "kind": "merged"}).status_code == 200
    assert kinds(taken) == ["received", "take", "link", "merge-in"]
    assert is_problem(call(officer, f"{other.pk}/link/", link), 409)


def test_a_program_does_not_name_a_case_that_its_owner_may_not_read(
    call: Call, officer: User, taken: asking.Filed, licensing_agency: Organisation, licensing_officer: User
) -> None:
    other, today = asking.submit(topic="other", text="?", today=timezone.localdate()).inquiry, timezone.localdate()
    casework.take(other, by=officer, today=today)
    relating.link(taken.inquiry, other=other, kind="related", by=officer, today=today)
    casework.route(taken.inquiry, agency=licensing_agency, by=officer, today=today)
    told = [event["detail"] for event in call(licensing_officer, case(taken, "events")).json()]
    assert [detail for detail in told if other.reference in detail] == []
    assert "Related: another case" in told
    assert f"Related: {other.reference}" in [event["detail"] for event in call(officer, case(taken, "events")).json()]
    assert Inquiry.objects.count() == 2
