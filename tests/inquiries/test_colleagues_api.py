"""Notes that call colleagues, days away and reusable replies, by program: what the pages do, with the same rights and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inquiries.models import Absence, Mention, Reply
from inquiries.services import asking, casework, handing, noting, replying
from organisations import services
from organisations.models import OFFICIALS_SCOPES, Organisation, Role, Scope, User
from tests.conftest import member
from tests.inquiries.test_desk_api import is_problem, nobody_has_called_yet
from tests.inquiries.test_queues_api import call

__all__ = ["call", "nobody_has_called_yet"]
NOBODY = "00000000-0000-4000-8000-000000000000"
Call = Callable[..., Any]


@pytest.fixture
def filed(db: None) -> asking.Filed:
    return asking.submit(topic="other", text="?", today=timezone.localdate())


@pytest.fixture
def colleague(focal_point: Organisation) -> User:
    return member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)


def days(first: int, last: int) -> dict[str, str]:
    today = timezone.localdate()
    return {"first_on": str(today + timedelta(days=first)), "last_on": str(today + timedelta(days=last))}


# --- notes and mentions -----------------------------------------------------------------------------------------------


def test_a_note_calls_a_colleague_who_finds_it_and_has_seen_it(
    call: Call, officer: User, colleague: User, filed: asking.Filed
) -> None:
    address = f"inquiries/{filed.inquiry.pk}/"
    assert call(officer, f"{address}note/", {"text": "See 2B350.", "mentions": [colleague.email] * 2}).status_code == 200
    (found,) = call(colleague, "mentions/").json()["results"]
    (note,) = call(colleague, f"{address}work/").json()["notes"]
    assert (note["id"], note["mentions"], note["text"]) == (found["note"], ["Kaja Colleague"], "See 2B350.")
    assert (found["reference"], found["author"], found["seen_on"]) == (filed.inquiry.reference, "Olev Officer", None)
    assert "text" not in found
    seen = f"mentions/{found['id']}/seen/"
    assert is_problem(call(officer, seen, {}), 404)  # not the author's
    assert [call(colleague, seen, {}).json()["seen_on"] for _ in range(2)] == [str(timezone.localdate())] * 2
    assert call(officer, "mentions/").json()["results"] == []


@pytest.mark.parametrize("who", ["signatory", "auditor"])
def test_who_reads_no_inquiries_can_not_be_called(
    request: pytest.FixtureRequest, call: Call, officer: User, filed: asking.Filed, who: str
) -> None:
    """And nobody tries out by this who has an account here."""
    refusals = []
    for address in (request.getfixturevalue(who).email, "nobody@portal.example"):
        refused = call(officer, f"inquiries/{filed.inquiry.pk}/note/", {"text": "Look.", "mentions": [address]})
        assert is_problem(refused, 400)
        refusals.append(refused.json()["errors"]["mentions"][0].replace(address, ""))
    assert refusals[0] == refusals[1]


def test_a_colleague_who_can_not_read_the_note_is_not_called(
    call: Call, officer: User, licensing_officer: User, filed: asking.Filed
) -> None:
    body = {"text": "Look.", "mentions": [licensing_officer.email]}
    assert is_problem(call(officer, f"inquiries/{filed.inquiry.pk}/note/", body), 409)
    assert Mention.objects.count() == 0


# --- days away --------------------------------------------------------------------------------------------------------


def test_an_official_goes_away_is_covered_and_comes_back(call: Call, officer: User, colleague: User) -> None:
    made = call(officer, "away/", {**days(1, 3), "cover": colleague.email})
    assert (made.status_code, made.json()["cover"], made.json()["is_own"]) == (201, "Kaja Colleague", True)
    assert is_problem(call(officer, "away/", {**days(3, 5), "cover": colleague.email}), 409)  # some of these days already
    (covered,) = call(colleague, "away/").json()["results"]
    assert (covered["user"], covered["is_own"]) == ("Olev Officer", False)
    back = f"away/{covered['id']}/"
    assert is_problem(call(colleague, back, {}, method="delete"), 404)  # only who is away comes back
    assert call(officer, back, {}, method="delete").status_code == 204
    assert [call(who, "away/").json()["count"] for who in (officer, colleague)] == [0, 0]


def test_a_third_does_not_read_who_is_away(call: Call, officer: User, colleague: User, supervisor: User) -> None:
    call(officer, "away/", {**days(1, 3), "cover": colleague.email})
    assert call(supervisor, "away/").json()["results"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"cover": "nobody@portal.example"}, 400),
        ({"first_on": "soon"}, 400),
        ({"last_on": "2020-01-01"}, 409),
        ({"mood": "x"}, 400),
    ],
)
def test_days_that_are_none_are_refused(call: Call, officer: User, colleague: User, change: dict[str, str], status: int) -> None:
    assert is_problem(call(officer, "away/", {**days(1, 3), "cover": colleague.email, **change}), status)


def test_nobody_of_another_agency_stands_in(call: Call, officer: User, licensing_officer: User) -> None:
    assert is_problem(call(officer, "away/", {**days(1, 3), "cover": licensing_officer.email}), 409)
    assert Absence.objects.count() == 0


# --- reusable replies -------------------------------------------------------------------------------------------------


def test_a_reply_is_written_filled_in_changed_and_retired(
    call: Call, officer: User, focal_point: Organisation, filed: asking.Filed
) -> None:
    body = {"name": "More wanted", "text": "To {reference}: tell us more.", "topic": "other"}
    made = call(officer, "replies/", body)
    assert (made.status_code, made.json()["agency"], made.json()["may_change"]) == (201, focal_point.name, True)
    one = f"replies/{made.json()['id']}/"
    (filled,) = call(officer, f"inquiries/{filed.inquiry.pk}/replies/").json()["results"]
    assert (filled["name"], filled["text"]) == ("More wanted", f"To {filed.inquiry.reference}: tell us more.")
    changed = {**body, "text": "To {reference}: which entry?", "version": 1}
    assert call(officer, one, changed, method="put").json()["version"] == 2
    assert is_problem(call(officer, one, changed | {"text": "Once more."}, method="put"), 409)  # another version since
    assert [each["number"] for each in call(officer, one).json()["versions"]] == [2, 1]
    assert call(officer, one, {}, method="delete").status_code == 204
    assert is_problem(call(officer, one), 404)
    assert call(officer, "replies/").json()["count"] == 0


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"text": "{refrence}"}, 409), ({"name": ""}, 400), ({"topic": "gossip"}, 400), ({"segment": "x"}, 400),
        ({"agency": NOBODY}, 400), ({"agency": None}, 400), ({"text": " "}, 400),
    ],
)  # fmt: skip
def test_a_reply_that_is_none_is_refused(call: Call, officer: User, said: dict[str, Any], status: int) -> None:
    assert is_problem(call(officer, "replies/", {"name": "A", "text": "B", **said}), status)
    assert Reply.objects.count() == 0


def test_a_reply_that_all_share_is_a_supervisors_of_the_focal_point(
    call: Call, supervisor: User, officer: User, licensing_officer: User
) -> None:
    shared = call(supervisor, "replies/", {"name": "A", "text": "B", "agency": None}).json()
    for who in (officer, licensing_officer):
        (row,) = call(who, "replies/").json()["results"]
        assert (row["agency"], row["may_change"]) == (None, False)
        one = f"replies/{shared['id']}/"
        assert is_problem(call(who, one, {"name": "A", "text": "C", "version": 1}, method="put"), 403)
        assert is_problem(call(who, one, {}, method="delete"), 403)


def test_another_agencys_reply_is_not_there(call: Call, officer: User, licensing_officer: User) -> None:
    made = call(officer, "replies/", {"name": "A", "text": "B"}).json()
    assert is_problem(call(licensing_officer, f"replies/{made['id']}/"), 404)
    assert is_problem(call(licensing_officer, f"replies/{made['id']}/", {}, method="delete"), 404)
    assert call(licensing_officer, "replies/").json()["count"] == 0


def test_an_approver_uses_replies_and_writes_none(call: Call, officer: User, approver: User) -> None:
    call(officer, "replies/", {"name": "A", "text": "B"})
    assert [row["may_change"] for row in call(approver, "replies/").json()["results"]] == [False]
    assert is_problem(call(approver, "replies/", {"name": "C", "text": "D"}), 403)


# --- who may ----------------------------------------------------------------------------------------------------------

CALLS: list[tuple[str, str, Any, str]] = [
    ("mentions/", "get", None, Scope.INQUIRIES_READ),
    (f"mentions/{NOBODY}/seen/", "post", {}, Scope.INQUIRIES_WRITE),
    ("away/", "get", None, Scope.INQUIRIES_READ),
    ("away/", "post", {}, Scope.INQUIRIES_WRITE),
    (f"away/{NOBODY}/", "delete", {}, Scope.INQUIRIES_WRITE),
    ("replies/", "get", None, Scope.INQUIRIES_READ),
    ("replies/", "post", {}, Scope.INQUIRIES_WRITE),
    (f"replies/{NOBODY}/", "get", None, Scope.INQUIRIES_READ),
    (f"replies/{NOBODY}/", "put", {}, Scope.INQUIRIES_WRITE),
    (f"replies/{NOBODY}/", "delete", {}, Scope.INQUIRIES_WRITE),
]


def test_each_call_needs_its_scope(call: Call, officer: User) -> None:
    for path, method, body, scope in CALLS:
        lacking = [each for each in OFFICIALS_SCOPES if each != scope]
        assert is_problem(call(officer, path, body, scopes=lacking, method=method), 403), (method, path)
        assert call(officer, path, body, method=method).status_code != 403, (method, path)


@pytest.mark.parametrize("who", ["auditor", "administrator", "signatory"])
def test_who_reads_no_inquiries_is_refused_every_call(request: pytest.FixtureRequest, call: Call, who: str) -> None:
    for path, method, body, _scope in CALLS:
        user = request.getfixturevalue(who)
        if who == "signatory":
            assert is_problem(call(user, path, body, scopes=[Scope.INQUIRIES_ASK], method=method), 403), (method, path)
        else:
            assert is_problem(call(user, path, body, method=method), 403), (method, path)


def test_lists_take_the_same_number_of_queries_with_one_row_and_three(
    client: Client, officer: User, colleague: User, filed: asking.Filed, django_assert_max_num_queries: Any
) -> None:
    today = timezone.localdate()
    made = services.make_token(name="x", scopes=OFFICIALS_SCOPES, days=30, form=bytes(32), by=officer, today=today)
    counted: dict[str, list[int]] = {}
    casework.take(filed.inquiry, by=officer, today=today)
    for round_, numbers in enumerate(([1], [2, 3])):
        for number in numbers:
            noting.note(filed.inquiry, text=f"Note {number}", mentions=[officer], by=colleague, today=today)
            later = today + timedelta(days=10 * number)
            handing.go_away(first_on=later, last_on=later, cover=colleague, by=officer, today=today)
            agency = officer.memberships_held[0].organisation
            replying.write(agency=agency, name=f"Reply {number}", text="{reference}", by=officer, today=today)
        for path in ("mentions/", "away/", "replies/", f"inquiries/{filed.inquiry.pk}/replies/"):
            headers = {"Authorization": f"Bearer {made.secret}"}
            client.get(f"/api/v1/desk/{path}", headers=headers)  # notes the day of use
            with django_assert_max_num_queries(12) as captured:
                assert client.get(f"/api/v1/desk/{path}", headers=headers).json()["count"] == (1, 3)[round_]
            counted.setdefault(path, []).append(len(captured))
    assert {path for path, (one, three) in counted.items() if one != three} == set()
