"""The office's settings, rules and figures by program: what the pages do, with the same rights and refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inquiries import doorbell
from inquiries.models import Closure, DryRun, ResponseTarget, RoutingRule, SecondOfficialRule
from inquiries.services import asking, dry_runs, rules
from organisations import services
from organisations.models import OFFICIALS_SCOPES, Organisation, Role, Scope, User
from tests.conftest import member
from tests.inquiries.test_desk_api import is_problem, nobody_has_called_yet
from tests.inquiries.test_rules import terms

__all__ = ["nobody_has_called_yet"]
DAY = timedelta(days=1)
RULE = {"name": "Lasers", "tier": 20, "codes": ["3a001 A.5", "6A"], "destinations": ["south korea", "145"], "topics": ["licensing"]}
REF = "00000000-0000-4000-8000-000000000000"
Call = Callable[..., Any]


def targets(on: date) -> dict[str, Any]:
    return {"topic": "licensing", "priority": "normal", "acknowledge": 1, "answer": 8, "close": 9, "valid_from": on.isoformat()}


def calls(today: date) -> dict[str, tuple[str, Any, Scope, str]]:
    """Every call: its method, what is sent, the scope that it needs, and who may: a letter a role."""
    read, write = Scope.OFFICE_READ, Scope.OFFICE_WRITE
    return {
        "closures/": ("get", None, read, "D"),
        "closures/ ": ("post", {"first_on": today.isoformat(), "reason": "Moving"}, write, "D"),
        f"closures/{REF}/": ("delete", {}, write, "D"),
        "targets/": ("get", None, read, "D"),
        "targets/ ": ("post", targets(today + DAY), write, "D"),
        "second-official/": ("get", None, read, "UD"),
        "second-official/ ": ("put", {"topics": ["other"]}, write, "D"),
        "rules/": ("get", None, read, "UD"),
        "rules/ ": ("post", RULE, write, "D"),
        f"rules/{REF}/": ("get", None, read, "UD"),
        f"rules/{REF}/ ": ("put", RULE | {"version": 1}, write, "D"),
        f"rules/{REF}/move/": ("post", {"to": "up"}, write, "D"),
        f"rules/{REF}/switch/": ("post", {"on": False}, write, "D"),
        "dry-runs/": ("get", None, read, "UD"),
        "dry-runs/ ": ("post", {}, read, "UD"),
        f"dry-runs/{REF}/": ("get", None, read, "UD"),
        "figures/": ("get", None, read, "S"),
    }


CALLS = calls(timezone.localdate())


@pytest.fixture
def call(client: Client) -> Call:
    """Calls as the program of `who`, whose token has `scopes`."""

    def send(who: User, path: str, body: Any = None, *, scopes: Any = OFFICIALS_SCOPES, method: str = "") -> Any:
        today = timezone.localdate()
        made = services.make_token(name="Sync", scopes=scopes, days=30, form=uuid.uuid4().bytes * 2, by=who, today=today)
        verb = method or ("get" if body is None else "post")
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        address = f"/api/v1/desk/office/{path.strip()}"
        return getattr(client, verb)(address, headers={"Authorization": f"Bearer {made.secret}"}, **sent)

    return send


@pytest.fixture
def no_broker() -> Iterator[None]:
    usual = doorbell.current_app.conf.broker_url
    doorbell.current_app.conf.broker_url = "redis://localhost:1/0"
    try:
        yield
    finally:
        doorbell.current_app.conf.broker_url = usual


# --- days and targets -----------------------------------------------------------------------------------------------


def test_an_administrator_closes_the_office_and_takes_it_back(call: Call, administrator: User) -> None:
    first = timezone.localdate() + 7 * DAY
    declared = call(administrator, "closures/", {"first_on": first.isoformat(), "reason": "Moving"})
    assert (declared.status_code, declared.json()["recalculation"]) == (201, "now")
    (row,) = call(administrator, "closures/").json()["results"]
    assert row == declared.json()["closures"][0] == {
        "id": str(Closure.objects.get().pk), "first_on": first.isoformat(), "last_on": first.isoformat(), "reason": "Moving",
        "declared_on": timezone.localdate().isoformat(), "by": "Ahti Administrator",
    }  # fmt: skip
    assert call(administrator, f"closures/{row['id']}/", {}, method="delete").json()["closures"] == []


def test_what_has_begun_is_not_taken_back(call: Call, administrator: User) -> None:
    call(administrator, "closures/", {"first_on": timezone.localdate().isoformat(), "reason": "Storm"})
    assert is_problem(call(administrator, f"closures/{Closure.objects.get().pk}/", {}, method="delete"), 409)


@pytest.mark.usefixtures("no_broker")
def test_without_the_queue_deadlines_are_worked_out_at_night(call: Call, administrator: User) -> None:
    body = {"first_on": timezone.localdate().isoformat(), "reason": "Storm"}
    assert call(administrator, "closures/", body).json()["recalculation"] == "tonight"


def test_targets_are_set_for_days_to_come(call: Call, administrator: User) -> None:
    on = timezone.localdate() + DAY
    read = call(administrator, "targets/", targets(on)).json()
    assert read["planned"] == [targets(on)]
    call(administrator, "targets/", targets(on) | {"answer": 7})
    assert ResponseTarget.objects.get().answer == 7  # the same day again
    in_force = {(row["topic"], row["priority"]): row["answer"] for row in call(administrator, "targets/").json()["in_force"]}
    assert in_force["licensing", "normal"] == 10
    assert len(in_force) == 8 * len({priority for _topic, priority in in_force})


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("closures/", {"reason": "Moving"}, "first_on"), ("closures/", {"first_on": "2020-01-01", "reason": "x"}, "first_on"),
        ("closures/", {"first_on": "2999-01-02", "last_on": "2999-01-01", "reason": "x"}, "last_on"),
        ("closures/", {"first_on": "2999-01-01", "last_on": "2999-03-01", "reason": "x"}, "last_on"),
        ("closures/", {"first_on": "2999-01-01", "reason": "\x00"}, "reason"), ("targets/", {"topic": "other"}, "answer"),
        ("targets/", targets(date(2020, 1, 1)), "valid_from"), ("targets/", targets(date(2999, 1, 1)) | {"answer": 0}, "answer"),
        ("targets/", targets(date(2999, 1, 1)) | {"topic": "gossip"}, "topic"), ("rules/", {"tier": 20}, "name"),
        ("rules/", RULE | {"tier": 0}, "tier"), ("rules/", RULE | {"codes": ["nonsense"]}, "codes"),
        ("rules/", RULE | {"destinations": ["Atlantis"]}, "destinations"), ("rules/", RULE | {"agency": REF}, "agency"),
        ("rules/", RULE | {"segments": ["nonsense"]}, "segments"), ("rules/", RULE | {"topics": ["gossip"]}, "topics"),
        ("rules/", RULE | {"mood": "good"}, "mood"), ("rules/", RULE | {"name": "\x07"}, "name"),
        ("dry-runs/", {"terms": {"tier": 20}}, "terms"), ("dry-runs/", {"rule": "x"}, "rule"), ("dry-runs/", {"terms": 5}, "terms"),
    ],
)  # fmt: skip
def test_bad_input_is_a_problem_that_names_the_field(call: Call, administrator: User, path: str, body: Any, field: str) -> None:
    refused = call(administrator, path, body)
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]
    assert [kept.objects.count() for kept in (Closure, ResponseTarget, RoutingRule)] == [0, 0, 0]


def test_topics_that_need_a_second_official_are_set(call: Call, administrator: User, auditor: User) -> None:
    assert call(administrator, "second-official/", {"topics": ["other"]}, method="put").json()["topics"] == ["other"]
    rows = SecondOfficialRule.objects.count()
    call(administrator, "second-official/", {"topics": ["other"]}, method="put")  # sent twice
    assert SecondOfficialRule.objects.count() == rows == len(call(auditor, "second-official/").json()["changes"])
    assert is_problem(call(administrator, "second-official/", {"topics": ["gossip"]}, method="put"), 400)
    assert is_problem(call(administrator, "second-official/", {}, method="put"), 400)
    assert call(administrator, "second-official/", {"topics": []}, method="put").json()["topics"] == []


# --- rules ----------------------------------------------------------------------------------------------------------


def test_a_rule_is_added_changed_moved_and_switched(
    call: Call, administrator: User, auditor: User, licensing_agency: Organisation
) -> None:
    added = call(administrator, "rules/", RULE | {"agency": str(licensing_agency.pk), "target_days": 5})
    assert added.status_code == 201
    rule = added.json()
    assert [rule[name] for name in ("codes", "destinations", "agency_name", "target_days", "version", "position", "is_active")] == [
        ["3A001.a.5", "6A"], ["KR", "145"], "Licensing Board", 5, 1, 1, True,
    ]  # fmt: skip
    path = f"rules/{rule['id']}/"
    changed = call(administrator, path, RULE | {"name": "Mills", "version": 1}, method="put").json()
    assert (changed["name"], changed["version"], changed["agency"]) == ("Mills", 2, None)
    assert is_problem(call(administrator, path, RULE | {"version": 1}, method="put"), 409)  # changed meanwhile
    call(administrator, "rules/", RULE | {"name": "Second"})
    assert call(administrator, f"{path}move/", {"to": "down"}).json()["position"] == 2
    assert [row["name"] for row in call(auditor, "rules/").json()["results"]] == ["Second", "Mills"]
    assert call(administrator, f"{path}switch/", {"on": False}).json()["is_active"] is False
    read = call(auditor, path).json()
    assert [each["change"] for each in read["versions"]] == ["off", "moved", "changed", "added"]
    assert (read["versions"][-1]["content"]["name"], read["versions"][0]["by"]) == ("Lasers", "Ahti Administrator")


@pytest.mark.parametrize(
    ("path", "body", "method", "field"),
    [
        ("", RULE, "put", "version"), ("", RULE | {"version": 0}, "put", "version"), ("move/", {"to": "left"}, "post", "to"),
        ("switch/", {"on": "perhaps"}, "post", "on"), ("switch/", {}, "post", "on"),
    ],
)  # fmt: skip
def test_a_change_with_a_fault_is_a_problem_that_names_the_field(
    call: Call, administrator: User, path: str, body: Any, method: str, field: str
) -> None:
    rule = rules.add(terms=terms(), by=administrator, today=timezone.localdate())
    refused = call(administrator, f"rules/{rule.pk}/{path}", body, method=method)
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]


def test_rules_are_tried_before_they_are_in_force(
    call: Call, administrator: User, auditor: User, licensing_agency: Organisation
) -> None:
    for topic in ("licensing", "licensing", "other"):
        asking.submit(topic=topic, text="?", today=timezone.localdate())
    terms_ = {"name": "Lasers", "tier": 20, "topics": ["licensing"], "agency": str(licensing_agency.pk)}
    tried = call(administrator, "dry-runs/", {"terms": terms_})
    assert tried.status_code == 201
    run = tried.json()
    assert (run["state"], run["total"], run["result"]["changed"]) == ("done", 3, 2)
    assert {tally["rule"] and tally["rule"]["name"]: tally["number"] for tally in run["result"]["by_rule"]} == {
        "Lasers": 2,
        None: 1,
    }
    assert RoutingRule.objects.count() == 0
    assert call(administrator, f"dry-runs/{run['id']}/").json() == run
    assert [row["id"] for row in call(administrator, "dry-runs/").json()["results"]] == [run["id"]]
    assert is_problem(call(auditor, f"dry-runs/{run['id']}/"), 404)  # another one's
    assert call(auditor, "dry-runs/", {}).json()["result"]["changed"] == 0
    assert is_problem(call(auditor, "dry-runs/", {"terms": terms_}), 403)


def test_another_reading_of_a_rule_is_tried(call: Call, administrator: User) -> None:
    rule = rules.add(terms=terms(), by=administrator, today=timezone.localdate())
    run = call(administrator, "dry-runs/", {"rule": str(rule.pk), "terms": RULE}).json()
    assert run["rule"] == str(rule.pk)
    assert is_problem(call(administrator, "dry-runs/", {"rule": str(rule.pk)}), 400)
    assert is_problem(call(administrator, "dry-runs/", {"rule": REF, "terms": RULE}), 404)


@pytest.mark.usefixtures("no_broker")
def test_a_dry_run_that_can_not_begin_is_said(call: Call, administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asking.submit(topic="other", text="?", today=timezone.localdate())
    monkeypatch.setattr(dry_runs, "AT_ONCE", 0)
    assert is_problem(call(administrator, "dry-runs/", {}), 503)
    assert DryRun.objects.get().state == "failed"


# --- figures --------------------------------------------------------------------------------------------------------


def test_a_supervisor_reads_what_they_oversee(call: Call, supervisor: User, licensing_agency: Organisation, db: None) -> None:
    asking.submit(topic="other", text="?", today=timezone.localdate())
    tables = {table["name"]: table for table in call(supervisor, "figures/").json()}
    assert set(tables) == {"backlog", "agencies", "people", "answers", "reasons"}
    assert tables["backlog"]["rows"][-1] == {"label": "All", "numbers": [1, 0, 0, 0, 0, 1]}
    assert all(len(row["numbers"]) == len(table["columns"]) - 1 for table in tables.values() for row in table["rows"])
    of_the_board = call(member(licensing_agency, "Leo Lead", Role.SUPERVISOR), "figures/").json()
    assert of_the_board[0]["rows"][-1]["numbers"][-1] == 0


# --- who may --------------------------------------------------------------------------------------------------------

CAST = {
    "officer": "C", "supervisor": "S", "editor": "E", "approver": "A", "auditor": "U", "administrator": "D", "gatekeeper": "G",
    "licensing_officer": "l",
}  # fmt: skip


@pytest.mark.parametrize("who", CAST)
def test_each_call_is_open_to_those_of_its_line(request: pytest.FixtureRequest, call: Call, who: str) -> None:
    person = request.getfixturevalue(who)
    opened = {
        path: call(person, path, body, method=method).status_code != 403 for path, (method, body, _scope, _roles) in CALLS.items()
    }
    assert opened == {path: CAST[who] in roles for path, (*_said, roles) in CALLS.items()}


def test_an_administrator_of_another_agency_sets_nothing(call: Call, licensing_agency: Organisation) -> None:
    other = member(licensing_agency, "Ivar Elsewhere", Role.ADMINISTRATOR, Role.AUDITOR)
    for path, (method, body, _scope, _roles) in CALLS.items():
        assert is_problem(call(other, path, body, method=method), 403)


@pytest.mark.parametrize("path", CALLS)
def test_each_call_needs_its_scope(call: Call, focal_point: Organisation, path: str) -> None:
    everything = member(focal_point, "Oskar Official", Role.ADMINISTRATOR, Role.SUPERVISOR)
    method, body, scope, _roles = CALLS[path]
    lacking = [each for each in OFFICIALS_SCOPES if each != scope]
    assert is_problem(call(everything, path, body, method=method, scopes=lacking), 403)
    assert call(everything, path, body, method=method, scopes=[scope]).status_code in (200, 201, 404)


@pytest.mark.parametrize("path", ["rules/", "closures/", "dry-runs/", "targets/", "second-official/"])
def test_lists_take_the_same_number_of_queries_with_one_row_and_three(
    call: Call, administrator: User, django_assert_max_num_queries: Any, path: str
) -> None:
    counted, today = [], timezone.localdate()
    for more in (1, 2):
        for number in range(more):
            later = today + (10 * more + number) * DAY
            call(administrator, "rules/", RULE | {"name": f"{more} {number}"})
            call(administrator, "closures/", {"first_on": later.isoformat(), "reason": "?"})
            call(administrator, "targets/", targets(later))
            call(administrator, "second-official/", {"topics": ["other"][: number + more - 1]}, method="put")
            call(administrator, "dry-runs/", {"terms": RULE | {"name": f"{more} {number}"}})
        with django_assert_max_num_queries(14) as captured:
            assert call(administrator, path).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]
