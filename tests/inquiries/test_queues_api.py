"""Several cases at once and saved filters by program: what the queue's page does, with the same rights and refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inquiries.models import Inquiry, SavedFilter
from inquiries.services import asking, casework, handing, noting
from organisations import services
from organisations.models import OFFICIALS_SCOPES, Organisation, Role, Scope, User
from tests.conftest import member
from tests.inquiries.test_desk_api import is_problem, nobody_has_called_yet

__all__ = ["nobody_has_called_yet"]
SELECTED, FILTERS, LIST = "inquiries/selected/", "filters/", "inquiries/"
Call = Callable[..., Any]


@pytest.fixture
def call(client: Client) -> Call:
    """Calls the desk as the program of `who`, whose token has `scopes`."""

    def send(who: User, path: str, body: Any = None, *, scopes: Any = OFFICIALS_SCOPES, method: str = "") -> Any:
        today = timezone.localdate()
        made = services.make_token(name="Sync", scopes=scopes, days=30, form=uuid.uuid4().bytes * 2, by=who, today=today)
        verb = method or ("get" if body is None else "post")
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, verb)(f"/api/v1/desk/{path}", headers={"Authorization": f"Bearer {made.secret}"}, **sent)

    return send


@pytest.fixture
def three(db: None) -> list[Inquiry]:
    return [asking.submit(topic="other", text="?", today=timezone.localdate()).inquiry for _ in range(3)]


@pytest.fixture
def colleague(focal_point: Organisation) -> User:
    return member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)


def named(cases: list[Inquiry]) -> list[str]:
    return [str(each.pk) for each in cases]


def numbers(response: Any) -> dict[str, int]:
    assert response.status_code == 200, response.content
    return {name: len(found) for name, found in response.json().items() if isinstance(found, list)}


# --- several at once ------------------------------------------------------------------------------------------------


def test_a_look_says_what_would_happen_and_nothing_stays(call: Call, officer: User, three: list[Inquiry]) -> None:
    body = {"inquiries": named(three), "act": "assign"}
    assert numbers(call(officer, SELECTED + "look/", body)) == {"done": 3, "so_already": 0, "refused": 0, "gone": 0}
    assert set(Inquiry.objects.values_list("officer", "state")) == {(None, "received")}
    assert numbers(call(officer, SELECTED, body)) == {"done": 3, "so_already": 0, "refused": 0, "gone": 0}
    assert set(Inquiry.objects.values_list("officer", "state")) == {(officer.pk, "in-hand")}
    assert numbers(call(officer, SELECTED, body)) == {"done": 0, "so_already": 3, "refused": 0, "gone": 0}  # sent twice


@pytest.mark.parametrize(
    ("said", "column", "value"),
    [
        ({"act": "set-flag", "flag": "sensitive"}, "flags", ["sensitive"]),
        ({"act": "take-off-flag", "flag": "sensitive"}, "flags", []),
        ({"act": "set-priority", "priority": "high"}, "priority", "high"),
    ],
)
def test_facts_of_several_are_set(
    call: Call, officer: User, three: list[Inquiry], said: dict[str, str], column: str, value: Any
) -> None:
    if said["act"] == "take-off-flag":
        Inquiry.objects.update(flags=["sensitive"])
    assert numbers(call(officer, SELECTED, {"inquiries": named(three), **said}))["done"] == 3
    assert list(Inquiry.objects.values_list(column, flat=True)) == [value] * 3


def test_those_without_an_answer_are_closed_only_if_it_is_said(call: Call, officer: User, three: list[Inquiry]) -> None:
    for each in three:
        casework.take(each, by=officer, today=timezone.localdate())
    body = {"inquiries": named(three), "act": "close"}
    refused = call(officer, SELECTED, body).json()["refused"]
    assert [each["reference"] for each in refused] == [each.reference for each in three]
    assert "has no answer" in refused[0]["why"]
    assert numbers(call(officer, SELECTED, body | {"unanswered": True}))["done"] == 3


def test_a_colleague_who_is_away_gets_them_only_if_it_is_meant(
    call: Call, officer: User, colleague: User, three: list[Inquiry]
) -> None:
    today = timezone.localdate()
    cover = member(Organisation.objects.get(is_focal_point=True), "Tiit Third", Role.CASE_OFFICER)
    handing.go_away(first_on=today, last_on=today, cover=cover, by=colleague, today=today)
    body = {"inquiries": named(three), "act": "assign", "to": colleague.email, "note": "For you."}
    looked = call(officer, SELECTED + "look/", body)
    assert (numbers(looked)["done"], "is away until" in looked.json()["absence"]) == (3, True)
    refused = call(officer, SELECTED, body)
    assert is_problem(refused, 400)
    assert "is away until" in refused.json()["errors"]["anyway"][0]
    assert numbers(call(officer, SELECTED, body | {"anyway": True}))["done"] == 3
    opened = casework.open_for_official(Inquiry.objects.get(pk=three[0].pk), by=officer)
    assert [note.text for note in noting.read(opened, by=officer)] == ["For you."]


@pytest.mark.parametrize("who", ["auditor", "signatory", "approver"])
def test_nobody_is_named_to_whom_no_case_can_go(
    request: pytest.FixtureRequest, call: Call, officer: User, three: list[Inquiry], who: str
) -> None:
    """And nobody tries out by this who has an account here."""
    body, refusals = {"inquiries": named(three), "act": "assign"}, []
    for address in (request.getfixturevalue(who).email, "nobody@portal.example"):
        refused = call(officer, SELECTED, body | {"to": address}).json()
        refusals.append(refused["errors"]["to"][0].replace(address, ""))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"act": "burn"}, "act"), ({}, "act"), ({"act": "set-flag"}, "flag"), ({"act": "set-priority"}, "priority"),
        ({"act": "set-flag", "flag": "fine"}, "flag"), ({"act": "close", "to": "olev.officer@portal.example"}, "to"),
        ({"act": "close", "inquiries": []}, "inquiries"), ({"act": "close", "inquiries": ["x"]}, "inquiries"),
        ({"act": "close", "inquiries": [str(uuid.uuid4())] * 101}, "inquiries"), ({"act": "close", "mood": "good"}, "mood"),
        ({"act": "assign", "note": "\x00"}, "note"),
        ({"act": "take-off-flag", "flag": "sensitive", "unanswered": True}, "unanswered"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [SELECTED, SELECTED + "look/"])
def test_what_can_not_be_done_is_a_problem_that_names_the_field(
    call: Call, officer: User, three: list[Inquiry], path: str, said: Any, field: str
) -> None:
    refused = call(officer, path, {"inquiries": named(three), **said})
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]


@pytest.mark.parametrize("path", [SELECTED, SELECTED + "look/"])
def test_cases_of_others_are_gone_and_those_of_the_own_agency_are_done(
    call: Call, officer: User, licensing_agency: Organisation, licensing_officer: User, three: list[Inquiry], path: str
) -> None:
    casework.route(three[0], agency=licensing_agency, by=officer, today=timezone.localdate())
    done = call(licensing_officer, path, {"inquiries": named(three), "act": "assign"})
    assert numbers(done) == {"done": 1, "so_already": 0, "refused": 0, "gone": 2}
    assert done.json()["gone"] == named(three[1:])


@pytest.mark.parametrize("path", [SELECTED, SELECTED + "look/"])
def test_to_work_on_several_needs_the_role_and_the_scope(
    request: pytest.FixtureRequest, call: Call, officer: User, three: list[Inquiry], path: str
) -> None:
    body = {"inquiries": named(three), "act": "assign"}
    for who in ("auditor", "administrator", "editor", "approver"):
        assert is_problem(call(request.getfixturevalue(who), path, body), 403)
    lacking = [scope for scope in OFFICIALS_SCOPES if scope != Scope.INQUIRIES_WRITE]
    assert is_problem(call(officer, path, body, scopes=lacking), 403)
    assert Inquiry.objects.filter(officer=None).count() == 3


# --- saved filters --------------------------------------------------------------------------------------------------

MINE = {"name": "Urgent sanctions", "query": {"queue": "all", "topic": "sanctions", "priority": "high"}}


def test_a_filter_is_saved_used_changed_and_deleted(call: Call, officer: User, three: list[Inquiry]) -> None:
    Inquiry.objects.filter(pk=three[0].pk).update(topic="sanctions", priority="high")
    Inquiry.objects.filter(pk=three[1].pk).update(topic="sanctions")
    saved = call(officer, FILTERS, MINE)
    assert (saved.status_code, saved.json()["query"], saved.json()["is_own"]) == (
        201, MINE["query"], True,
    )  # fmt: skip
    pk = saved.json()["id"]
    assert [row["id"] for row in call(officer, f"{LIST}?filter={pk}").json()["results"]] == [str(three[0].pk)]
    assert call(officer, f"{LIST}?filter={pk}&priority=normal").json()["count"] == 1  # in place of that part
    assert call(officer, f"{LIST}?filter={pk}&queue=mine").json()["count"] == 0
    assert call(officer, FILTERS, MINE | {"query": {"topic": "other"}}).json()["id"] == pk  # the one of this name
    assert call(officer, f"{FILTERS}{pk}/", {"name": "Others"}, method="put").json()["name"] == "Others"
    assert [row["name"] for row in call(officer, FILTERS).json()["results"]] == ["Others"]
    assert call(officer, f"{FILTERS}{pk}/", {}, method="delete").status_code == 204
    assert is_problem(call(officer, f"{LIST}?filter={pk}"), 400)


def test_a_shared_filter_is_used_by_colleagues_and_changed_by_its_owner(
    call: Call, officer: User, colleague: User, licensing_officer: User, focal_point: Organisation
) -> None:
    pk = call(officer, FILTERS, MINE | {"agency": str(focal_point.pk)}).json()["id"]
    (row,) = call(colleague, FILTERS).json()["results"]
    assert (row["owner"], row["agency"], row["is_own"]) == ("Olev Officer", "Strategic Goods Focal Point", False)
    assert call(colleague, f"{LIST}?filter={pk}").status_code == 200
    assert is_problem(call(colleague, f"{FILTERS}{pk}/", {"name": "Mine"}, method="put"), 404)
    assert is_problem(call(colleague, f"{FILTERS}{pk}/", {}, method="delete"), 404)
    assert call(licensing_officer, FILTERS).json()["results"] == []
    assert is_problem(call(licensing_officer, f"{LIST}?filter={pk}"), 400)
    assert is_problem(call(licensing_officer, FILTERS, MINE | {"agency": str(focal_point.pk)}), 400)
    call(officer, f"{FILTERS}{pk}/", {"name": "Mine"}, method="put")
    assert call(colleague, FILTERS).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (MINE | {"name": ""}, "name"), (MINE | {"name": "x" * 61}, "name"), (MINE | {"query": "topic=other"}, "query"),
        (MINE | {"query": {"topic": "gossip"}}, "query"), (MINE | {"query": {"tpoic": "other"}}, "query"),
        (MINE | {"query": {"queue": "nonsense"}}, "query"), (MINE | {"query": {"q": "\x00"}}, "query"),
        (MINE | {"agency": "x"}, "agency"), (MINE | {"agency": str(uuid.uuid4())}, "agency"), (MINE | {"mood": "good"}, "mood"),
    ],
)  # fmt: skip
def test_a_filter_that_can_not_be_kept_is_a_problem_that_names_the_field(call: Call, officer: User, body: Any, field: str) -> None:
    refused = call(officer, FILTERS, body)
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]
    assert SavedFilter.objects.count() == 0


def test_two_filters_of_one_name_are_refused(call: Call, officer: User) -> None:
    call(officer, FILTERS, MINE)
    pk = call(officer, FILTERS, MINE | {"name": "Another"}).json()["id"]
    assert is_problem(call(officer, f"{FILTERS}{pk}/", {"name": MINE["name"]}, method="put"), 409)


@pytest.mark.parametrize("filter_", ["x", "%00", "", str(uuid.UUID(int=0))])
def test_a_filter_that_is_none_is_said(call: Call, officer: User, filter_: str) -> None:
    assert is_problem(call(officer, f"{LIST}?filter={filter_}"), 400)


def test_filters_need_the_role_and_the_scope(request: pytest.FixtureRequest, call: Call, officer: User) -> None:
    pk = call(officer, FILTERS, MINE).json()["id"]
    calls = ((FILTERS, MINE, "post"), (f"{FILTERS}{pk}/", {"name": "x"}, "put"), (f"{FILTERS}{pk}/", {}, "delete"))
    for who in ("auditor", "administrator", "editor"):
        person = request.getfixturevalue(who)
        assert is_problem(call(person, FILTERS), 403)
        for path, body, method in calls:
            assert is_problem(call(person, path, body, method=method), 403)
    assert is_problem(call(officer, FILTERS, scopes=[Scope.INQUIRIES_WRITE]), 403)
    for path, body, method in calls:
        assert is_problem(call(officer, path, body, method=method, scopes=[Scope.INQUIRIES_READ]), 403)
    assert SavedFilter.objects.count() == 1


def test_the_list_takes_the_same_number_of_queries_with_one_row_and_three(
    call: Call, officer: User, django_assert_max_num_queries: Any
) -> None:
    counted = []
    for more in (1, 2):
        for number in range(more):
            call(officer, FILTERS, MINE | {"name": f"{more}-{number}"})
        with django_assert_max_num_queries(14) as captured:  # eight of them make the token
            assert call(officer, FILTERS).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]
