"""Answers for everybody by program: what the pages do, with the same rights, checks and refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalogue.models import Segment, SegmentScheme
from inquiries.models import Publication
from inquiries.services import asking, casework, publishing
from organisations import services
from organisations.models import OFFICIALS_SCOPES, Scope, User
from tests.inquiries.test_desk_api import DESK, is_problem, nobody_has_called_yet

__all__ = ["nobody_has_called_yet"]
ANSWERS = "/api/v1/desk/answers/"
WORDS = {"title": "Are mills controlled?", "question": "Are mills on a list?", "answer": "It depends.", "codes": ["2b001.B"]}
VERBS: dict[str, tuple[str, Any]] = {
    "edit": ("post", {"revision": 1}), "submit": ("post", {}), "approve": ("post", {"revision": 1}),
    "return": ("post", {"note": "Mend."}), "withdraw": ("post", {"reason": "Old."}), "": ("delete", {}),
}  # fmt: skip
Call = Callable[..., Any]


@pytest.fixture
def call(client: Client) -> Call:
    """Calls as the program of `who`, whose token has `scopes`."""

    def send(who: User, path: str, body: Any = None, *, scopes: Any = OFFICIALS_SCOPES, method: str = "") -> Any:
        today = timezone.localdate()
        made = services.make_token(name="Sync", scopes=scopes, days=30, form=uuid.uuid4().bytes * 2, by=who, today=today)
        verb = method or ("get" if body is None else "post")
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, verb)(path, headers={"Authorization": f"Bearer {made.secret}"}, **sent)

    return send


@pytest.fixture
def answered(officer: User, one_official_answers: None) -> asking.Filed:
    today = timezone.localdate()
    filed = asking.submit(topic="classification", text="We sell nine five-axis mills to a foundry in Ruritania.", today=today)
    casework.take(filed.inquiry, by=officer, today=today)
    casework.answer(filed.inquiry, text="It depends on the repeatability.", by=officer, today=today)
    return filed


@pytest.fixture
def draft(call: Call, officer: User, answered: asking.Filed) -> str:
    made = call(officer, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", WORDS)
    assert made.status_code == 201
    return f"{ANSWERS}{made.json()['id']}/"


def test_an_answer_is_drafted_changed_approved_and_withdrawn(
    call: Call, officer: User, approver: User, answered: asking.Filed, draft: str
) -> None:
    read = call(officer, draft).json()
    assert [read[name] for name in ("state", "title", "topic", "codes", "agency", "author", "revision", "moves", "inquiry")] == [
        "draft", "Are mills controlled?", "classification", ["2B001.b"], "Strategic Goods Focal Point", "Olev Officer", 1,
        ["discard", "revise", "submit"], str(answered.inquiry.pk),
    ]  # fmt: skip
    changed = call(officer, f"{draft}edit/", {"revision": 1, "answer": "It depends on the accuracy."}).json()
    assert [changed[name] for name in ("revision", "title", "answer", "codes")] == [
        2, "Are mills controlled?", "It depends on the accuracy.", ["2B001.b"],
    ]  # fmt: skip
    assert is_problem(call(officer, f"{draft}edit/", {"revision": 1, "answer": "Lost?"}), 409)  # changed meanwhile
    assert call(officer, f"{draft}submit/", {}).json()["state"] == "in-review"
    assert is_problem(call(officer, f"{draft}approve/", {"revision": 2}), 409)  # nobody approves their own
    assert call(approver, f"{draft}return/", {"note": "Name the entry."}).json()["state"] == "draft"
    assert call(officer, draft).json()["revisions"][0]["returned_with"] == "Name the entry."
    call(officer, f"{draft}submit/", {})
    assert is_problem(call(approver, f"{draft}approve/", {"revision": 1}), 409)
    approved = call(approver, f"{draft}approve/", {"revision": 2}).json()
    assert (approved["state"], approved["not_before"] > timezone.localdate().isoformat()) == ("approved", True)
    publishing.publish_due(today=timezone.localdate() + timedelta(days=100))
    assert is_problem(call(officer, f"{draft}edit/", {"revision": 2, "answer": "Never."}), 409)  # says not what has changed
    assert is_problem(call(officer, draft, {}, method="delete"), 409)
    withdrawn = call(approver, f"{draft}withdraw/", {"reason": "The entry has changed."}).json()
    assert (withdrawn["state"], withdrawn["withdrawal_reason"]) == ("withdrawn", "The entry has changed.")


def test_a_draft_is_discarded(call: Call, officer: User, draft: str) -> None:
    assert call(officer, draft, {}, method="delete").status_code == 204
    assert is_problem(call(officer, draft), 404)


def test_what_could_tell_who_asked_is_marked(call: Call, officer: User, draft: str) -> None:
    said = {"question": "May one sell nine five-axis mills to a foundry?", "answer": "Yes, by licence no. EE-2024-0117."}
    assert call(officer, f"{draft}edit/", {"revision": 1, **said}).json()["telling"] == [
        {"field": "question", "kind": "echo", "text": "sell nine five-axis mills to a foundry"},
        {"field": "answer", "kind": "licence-number", "text": "EE-2024-0117"},
    ]


def test_segments_are_the_areas_and_those_it_has(call: Call, officer: User, draft: str) -> None:
    edition = {"scheme": SegmentScheme.EU_CRITICAL_AREAS, "edition": "2023", "source": "s", "diversion_risk": "low"}
    area = Segment.objects.create(**edition, code="CTA10", label="Manufacturing")
    twig = Segment.objects.create(**edition, code="CTA10.1", label="Milling", parent=area)
    for code in ("nonsense", twig.code):
        refused = call(officer, f"{draft}edit/", {"revision": 1, "segments": [code]})
        assert "segments" in refused.json()["errors"]
    Publication.objects.get().segments.add(twig)
    kept = call(officer, f"{draft}edit/", {"revision": 1, "segments": [twig.code, area.code]}).json()
    assert sorted(kept["segments"]) == ["CTA10", "CTA10.1"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"), (WORDS | {"question": " "}, "question"), (WORDS | {"title": "x" * 161}, "title"),
        (WORDS | {"codes": ["nonsense"]}, "codes"), (WORDS | {"topic": "gossip"}, "topic"), (WORDS | {"answer": "\x00"}, "answer"),
        (WORDS | {"agency": str(uuid.uuid4())}, "agency"), (WORDS | {"mood": "good"}, "mood"),
    ],
)  # fmt: skip
def test_a_draft_with_a_fault_is_a_problem_that_names_the_field(
    call: Call, officer: User, answered: asking.Filed, body: Any, field: str
) -> None:
    refused = call(officer, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", body)
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]
    assert Publication.objects.count() == 0


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("edit", {"answer": "x"}, "revision"), ("edit", {"revision": 0}, "revision"),
        ("edit", {"revision": 1, "title": ""}, "title"),
        ("approve", {}, "revision"), ("return", {"note": ""}, "note"), ("withdraw", {}, "reason"), ("submit", {"to": "x"}, "to"),
    ],
)  # fmt: skip
def test_a_verb_with_a_fault_is_a_problem_that_names_the_field(
    call: Call, supervisor: User, draft: str, verb: str, body: Any, field: str
) -> None:
    refused = call(supervisor, f"{draft}{verb}/", body)
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]


def test_nothing_is_drafted_against_the_askers_wish_or_before_an_answer(call: Call, officer: User, answered: asking.Filed) -> None:
    answered.inquiry.objects_to_publication = True
    answered.inquiry.save(update_fields=["objects_to_publication"])
    assert is_problem(call(officer, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", WORDS), 409)
    other = asking.submit(topic="other", text="?", today=timezone.localdate()).inquiry
    assert is_problem(call(officer, f"{DESK}{other.pk}/answer-for-everybody/", WORDS), 403)


def test_an_editor_works_on_the_words_and_sees_no_case(call: Call, editor: User, answered: asking.Filed, draft: str) -> None:
    read = call(editor, draft).json()
    assert (read["inquiry"], [each for each in read["telling"] if each["kind"] == "echo"]) == (None, [])
    assert call(editor, f"{draft}edit/", {"revision": 1, "title": "Mills"}).json()["title"] == "Mills"
    assert is_problem(call(editor, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", WORDS), 403)


def test_a_missing_key_is_said(call: Call, officer: User, draft: str, settings: Any) -> None:
    settings.OFFICE_KEYS = {"another": bytes(32)}
    assert is_problem(call(officer, draft), 503)
    assert call(officer, ANSWERS).json()["results"][0]["title"] is None


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_another_agencys_official_finds_no_draft(call: Call, licensing_officer: User, draft: str, verb: str) -> None:
    method, body = VERBS[verb]
    assert is_problem(call(licensing_officer, draft), 404)
    assert is_problem(call(licensing_officer, f"{draft}{verb}/" if verb else draft, body, method=method), 404)
    assert call(licensing_officer, ANSWERS).json()["results"] == []


def test_another_agencys_official_drafts_nothing(call: Call, licensing_officer: User, answered: asking.Filed) -> None:
    assert is_problem(call(licensing_officer, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", WORDS), 404)


@pytest.mark.parametrize("who", ["auditor", "administrator"])
def test_who_sees_no_drafts_on_the_pages_sees_none_here(
    request: pytest.FixtureRequest, call: Call, answered: asking.Filed, draft: str, who: str
) -> None:
    person = request.getfixturevalue(who)
    for path in (ANSWERS, draft):
        assert is_problem(call(person, path), 403)
    assert is_problem(call(person, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", WORDS), 403)
    for verb, (method, body) in VERBS.items():
        assert is_problem(call(person, f"{draft}{verb}/" if verb else draft, body, method=method), 403)


def test_each_call_needs_its_scope(call: Call, supervisor: User, answered: asking.Filed, draft: str) -> None:
    def without(scope: Scope) -> list[Scope]:
        return [each for each in OFFICIALS_SCOPES if each != scope]

    for path in (ANSWERS, draft):
        assert is_problem(call(supervisor, path, scopes=without(Scope.ANSWERS_READ)), 403)
    writing = without(Scope.ANSWERS_WRITE)
    assert is_problem(call(supervisor, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", WORDS, scopes=writing), 403)
    for verb, (method, body) in VERBS.items():
        assert is_problem(call(supervisor, f"{draft}{verb}/" if verb else draft, body, method=method, scopes=writing), 403)
    assert Publication.objects.get().revision == 1


@pytest.mark.parametrize("query", ["?state=nonsense", "?stat=draft", "?state=%00"])
def test_a_parameter_that_is_none_is_refused(call: Call, officer: User, query: str) -> None:
    assert is_problem(call(officer, f"{ANSWERS}{query}"), 400)


def test_the_list_narrows_and_takes_the_same_number_of_queries_with_one_row_and_three(
    call: Call, officer: User, answered: asking.Filed, draft: str, django_assert_max_num_queries: Any
) -> None:
    assert [call(officer, f"{ANSWERS}?state={state}").json()["count"] for state in ("draft", "in-review")] == [1, 0]
    counted = []
    for more in (0, 2):
        for _ in range(more):
            call(officer, f"{DESK}{answered.inquiry.pk}/answer-for-everybody/", WORDS)
        with django_assert_max_num_queries(14) as captured:  # eight of them make the token
            assert call(officer, ANSWERS).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]
