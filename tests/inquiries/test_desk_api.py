"""The desk for programs: scopes, the owner's own rights at every call, and the same refusals as the pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Details, Inquiry, Item
from inquiries.services import asking, casework, consulting, redacting, thread
from organisations import services
from organisations.api import TokenThrottle
from organisations.models import OFFICIALS_SCOPES, Function, Kind, Membership, Organisation, Role, Scope, User
from tests.conftest import SignIn, member
from tests.inquiries.test_rules import Add, add

__all__ = ["add"]
DESK = "/api/v1/desk/inquiries/"
REF = "00000000-0000-4000-8000-000000000000"
MOVES = ("take", "route", "apply-rules", "answer", "ask-back", "close")
BODIES: dict[str, dict[str, Any]] = {
    "answer": {"text": "words"},
    "ask-back": {"text": "words"},
    "facts": {"title": "words"},
    "extend": {"days": 5, "text": "words"},
    "hand-over": {"to": "olev.officer@portal.example"},
    "note": {"text": "words"},
    "settle": {"reasons": "words"},
    "approve": {"revision": 1},
    "return": {"revision": 1, "note": "words"},
    "redact": {"passage": "words", "reason": "because"},
    "link": {"reference": "FP-00000-00000", "kind": "related"},
    f"files/{REF}/hide": {"reason": "because"},
    f"breaches/{REF}/explain": {"reason": "workload", "words": "words"},
    "draft-answer": {"text": "words"},
    "propose": {"text": "words"},
}
ON_PARTS = (
    *(f"redactions/{REF}/{verb}" for verb in ("show", "take-out")), *(f"files/{REF}/{verb}" for verb in ("show", "take-out")),
    *(f"experts/{REF}/{verb}" for verb in ("renew", "end")), *(f"consultations/{REF}/{verb}" for verb in ("view", "end")),
    f"links/{REF}/remove",
)  # fmt: skip
VERBS = (*MOVES, "consult", *(verb for verb in BODIES if verb not in MOVES), *ON_PARTS)
READS = ("", "events", "work", "files", "redactions", "experts", "links", "related", "breaches", "drafts", "replies")
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


@pytest.fixture
def call(client: Client) -> Call:
    """Calls the desk as the program of `who`, whose token has `scopes`."""

    def send(who: User, path: str = "", body: Any = None, *, scopes: Any = OFFICIALS_SCOPES, method: str = "") -> Any:
        made = services.make_token(
            name="Sync", scopes=scopes, days=30, form=uuid.uuid4().bytes * 2, by=who, today=timezone.localdate()
        )
        return send_with(client, made.secret, path, body, method=method)

    return send


def send_with(client: Client, secret: str, path: str = "", body: Any = None, *, method: str = "") -> Any:
    verb = method or ("get" if body is None else "post")
    sent = {} if verb == "get" else {"data": body or {}, "content_type": "application/json"}
    return getattr(client, verb)(DESK + path, headers={"Authorization": f"Bearer {secret}"}, **sent)


@pytest.fixture
def filed(db: None) -> asking.Filed:
    return asking.submit(topic="sanctions", subject="Pumps", text="May I sell pumps?", destination="KR", today=timezone.localdate())


def case(filed: asking.Filed, verb: str = "") -> str:
    return f"{filed.inquiry.pk}/{verb + '/' if verb else ''}"


def is_problem(response: Any, status: int) -> bool:
    body = response.json()
    return (response.status_code, response["Content-Type"], body["status"]) == (status, "application/problem+json", status) and set(
        body
    ) >= {"type", "title", "detail"}


# --- reading and working --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("one_official_answers")
def test_a_program_lists_opens_takes_and_answers(call: Call, officer: User, filed: asking.Filed) -> None:
    (row,) = call(officer).json()["results"]
    assert row == {
        "id": str(filed.inquiry.pk), "reference": filed.inquiry.reference, "status": "received", "topic": "sanctions",
        "mode": "anonymous", "segments": [], "destination": "KR", "title": "", "summary": "", "priority": "normal", "flags": [],
        "about": None, "sighting": False, "tags": [], "codes": [], "agency": None, "team": "", "officer": None, "closed_on": None,
        "received_on": timezone.localdate().isoformat(), "due_on": filed.inquiry.due_on.isoformat(),  # type: ignore[union-attr]
    }  # fmt: skip
    opened = call(officer, case(filed)).json()
    assert (opened["subject"], [line["text"] for line in opened["messages"]]) == ("Pumps", ["May I sell pumps?"])
    assert (opened["readers"], opened["moves"]) == ([], ["apply-rules", "route", "take"])
    taken = call(officer, case(filed, "take"), {})
    assert (taken.status_code, taken.json()["status"], taken.json()["officer"]) == (200, "in-hand", "Olev Officer")
    assert call(officer, case(filed, "facts"), {"title": "Pumps, Korea"}).json()["title"] == "Pumps, Korea"
    assert call(officer, case(filed, "ask-back"), {"text": "Which pumps?"}).json()["status"] == "waiting"
    assert call(officer, case(filed, "answer"), {"text": "You may."}).json()["status"] == "answered"
    assert call(officer, case(filed, "close"), {}).json()["status"] == "closed"
    read = thread.read(asking.open_with_receipt(receipts.read(filed.receipt)))
    assert [line.text for line in read.lines] == ["May I sell pumps?", "Which pumps?", "You may."]
    events = call(officer, case(filed, "events")).json()
    assert [event["kind"] for event in events] == ["received", "take", "describe", "ask-back", "answer", "close"]


def test_a_program_proposes_where_a_second_official_has_to_approve(call: Call, officer: User, filed: asking.Filed) -> None:
    call(officer, case(filed, "take"), {})
    proposed = call(officer, case(filed, "answer"), {"text": "You may."})
    assert (proposed.status_code, proposed.json()["status"]) == (202, "in-hand")
    assert [line["text"] for line in call(officer, case(filed)).json()["messages"]] == ["May I sell pumps?"]


def test_a_late_answer_says_why(call: Call, officer: User) -> None:
    filed = asking.submit(topic="licensing", text="?", today=timezone.localdate() - timedelta(days=60))
    call(officer, case(filed, "take"), {})
    refused = call(officer, case(filed, "answer"), {"text": "You may."})
    assert is_problem(refused, 400)
    assert "late" in refused.json()["errors"]
    late = {"reason": "complex", "words": "A case like none before."}
    assert call(officer, case(filed, "answer"), {"text": "You may.", "late": late}).json()["status"] == "answered"


def test_a_program_routes_and_has_the_rules_sort(
    call: Call, officer: User, filed: asking.Filed, licensing_agency: Organisation, licensing_officer: User, add: Add
) -> None:
    assert is_problem(call(officer, case(filed, "apply-rules"), {}), 409)
    add(name="Pumps", agency=licensing_agency, team="Pumps desk")
    sorted_ = call(officer, case(filed, "apply-rules"), {}).json()
    assert (sorted_["agency"], sorted_["team"]) == ("Licensing Board", "Pumps desk")
    assert call(licensing_officer, case(filed)).json()["readers"] == ["Licensing Board"]
    focal_point = Organisation.objects.get(is_focal_point=True)
    assert call(officer, case(filed, "route"), {"agency": str(focal_point.pk)}).json()["agency"] == focal_point.name
    assert call(licensing_officer, case(filed)).status_code == 404


def test_the_list_is_in_the_order_that_is_asked_for(call: Call, officer: User, db: None) -> None:
    ages = (0, 40, 20)
    filed = [asking.submit(topic="licensing", text="?", today=timezone.localdate() - timedelta(days=age)) for age in ages]
    oldest = [filed[number].inquiry.reference for number in (1, 2, 0)]
    for query, references in {"": oldest, "?sort=newest": oldest[::-1], "?sort=oldest": oldest}.items():
        assert [row["reference"] for row in call(officer, query).json()["results"]] == references


def test_the_list_narrows_as_the_page_does(call: Call, officer: User, today: date) -> None:
    now = timezone.localdate()
    for topic, age in (("sanctions", 0), ("licensing", 0), ("licensing", 60)):
        asking.submit(topic=topic, text="?", today=now - timedelta(days=age))
    counts = {query: call(officer, query).json()["count"] for query in ("", "?topic=licensing", "?queue=overdue", "?queue=mine")}
    assert counts == {"": 3, "?topic=licensing": 2, "?queue=overdue": 1, "?queue=mine": 0}


def test_no_list_holds_a_case_on_which_an_agency_is_only_consulted(
    call: Call, officer: User, filed: asking.Filed, licensing_agency: Organisation, licensing_officer: User
) -> None:
    today = timezone.localdate()
    casework.take(filed.inquiry, by=officer, today=today)
    consulting.ask(filed.inquiry, agency=licensing_agency, question="Yours?", by=officer, today=today)
    for query in ("", "?queue=due_this_week", "?topic=sanctions", f"?q={filed.inquiry.reference}"):
        assert call(licensing_officer, query).json()["count"] == 0
    opened = call(licensing_officer, case(filed)).json()
    assert ([line["text"] for line in opened["messages"]], opened["moves"]) == (["May I sell pumps?"], [])
    casework.route(filed.inquiry, agency=licensing_agency, by=officer, today=today)
    assert call(licensing_officer).json()["count"] == 1


def test_an_opened_case_tells_its_items_and_warning_signs_without_what_is_hidden(call: Call, officer: User, today: date) -> None:
    item = Item(description="Pump 44 of Haapsalu works", used_for="Brine", entry="2B350.i")
    details = Details((item,), ("evasive", "secrecy"))
    filed = asking.submit(topic="sanctions", text="May I?", details=details, today=timezone.localdate())
    opened = call(officer, case(filed)).json()
    assert (opened["items"], opened["red_flags"]) == ([asdict(item)], ["evasive", "secrecy"])
    casework.take(filed.inquiry, by=officer, today=timezone.localdate())
    said = {"by": officer, "today": timezone.localdate()}
    redacting.redact(filed.inquiry, passage="Haapsalu works", mode="mask", reason="A name", **said)
    again = call(officer, case(filed))
    assert again.json()["items"][0]["description"] == "Pump 44 of [hidden by the office]"
    assert b"Haapsalu" not in again.content


@pytest.mark.parametrize(
    "query", ["?topic=gossip", "?queue=nonsense", "?tpoic=licensing", "?segment=x", "?q=%00", "?page_size=5", "?queue=%00"]
)
def test_a_parameter_that_is_none_is_refused(call: Call, officer: User, query: str) -> None:
    assert is_problem(call(officer, query), 400)


@pytest.mark.parametrize("page", ["0", "x", "9999", "-1", "%00"])
def test_a_page_that_is_none_is_not_found(call: Call, officer: User, page: str) -> None:
    assert is_problem(call(officer, f"?page={page}"), 404)


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("answer", {}, "text"), ("answer", {"text": " "}, "text"), ("answer", {"text": "a\x00"}, "text"),
        ("answer", {"text": "a", "mood": "good"}, "mood"), ("facts", {"title": "x" * 151}, "title"),
        ("facts", {"codes": ["9Z999"]}, "codes"), ("facts", {"flags": ["fine"]}, "flags"), ("facts", {"tags": [""]}, "tags"),
        ("extend", {"days": 0, "text": "?"}, "days"), ("extend", {"days": 5}, "text"), ("hand-over", {"to": "x@y.example"}, "to"),
        ("note", {"text": " "}, "text"), ("consult", {"question": "?"}, "agency"), ("settle", {"reasons": "\x00"}, "reasons"),
        ("redact", {"passage": "pumps"}, "reason"), ("return", {"revision": 1}, "note"), ("approve", {"revision": 0}, "revision"),
        ("link", {"reference": "FP-00000-00000", "kind": "related"}, "reference"), ("link", {"kind": "twins"}, "kind"),
        ("route", {}, "agency"), ("route", {"agency": "x"}, "agency"), ("route", {"agency": str(uuid.uuid4())}, "agency"),
        ("take", {"officer": "me"}, "officer"), ("close", {"why": "done"}, "why"),
    ],
)  # fmt: skip
def test_bad_input_is_a_problem_that_names_the_field(
    call: Call, officer: User, filed: asking.Filed, verb: str, body: Any, field: str
) -> None:
    response = call(officer, case(filed, verb), body)
    assert is_problem(response, 400)
    assert field in response.json()["errors"]


@pytest.mark.parametrize("verb", ["answer", "ask-back", "close"])
def test_a_move_that_is_not_possible_now_is_refused(call: Call, officer: User, filed: asking.Filed, verb: str) -> None:
    assert is_problem(call(officer, case(filed, verb), BODIES.get(verb, {})), 409)


def test_a_case_is_not_handed_to_a_body_without_a_function(call: Call, officer: User, filed: asking.Filed) -> None:
    police = Organisation.objects.create(kind=Kind.AGENCY, name="Customs Police")
    assert is_problem(call(officer, case(filed, "route"), {"agency": str(police.pk)}), 400)


def test_a_missing_key_is_said_and_nothing_is_changed(call: Call, officer: User, filed: asking.Filed, settings: Any) -> None:
    casework.take(filed.inquiry, by=officer, today=timezone.localdate())
    settings.OFFICE_KEYS = {"another": bytes(32)}
    assert is_problem(call(officer, case(filed)), 503)
    assert is_problem(call(officer, case(filed, "answer"), {"text": "Lost?"}), 503)
    filed.inquiry.refresh_from_db()
    assert filed.inquiry.state == "in-hand"


def test_the_list_takes_the_same_number_of_queries_with_one_row_and_three(
    client: Client, officer: User, db: None, django_assert_max_num_queries: Any
) -> None:
    made = services.make_token(name="x", scopes=OFFICIALS_SCOPES, days=30, form=bytes(32), by=officer, today=timezone.localdate())
    counted = []
    for more in (1, 2):
        for _ in range(more):
            asking.submit(topic="sanctions", text="?", today=timezone.localdate())
        send_with(client, made.secret)  # notes the day of use
        with django_assert_max_num_queries(6) as captured:
            assert send_with(client, made.secret).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*READS, *VERBS])
def test_another_agencys_official_finds_no_case(call: Call, filed: asking.Filed, licensing_officer: User, path: str) -> None:
    body = None if path in READS else BODIES.get(path, {})
    assert is_problem(call(licensing_officer, case(filed, path), body), 404)


def test_another_agencys_official_lists_and_searches_nothing(
    call: Call, filed: asking.Filed, officer: User, licensing_officer: User
) -> None:
    call(officer, case(filed, "facts"), {"title": "Pumps"})
    for query in ("", "?q=Pumps", f"?q={filed.inquiry.reference}", "?queue=new", "?topic=sanctions"):
        assert call(officer, query).json()["count"] == 1
        assert call(licensing_officer, query).json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_an_agency_that_is_not_on_the_list_is_refused_where_another_is(
    call: Call, filed: asking.Filed, officer: User, licensing_agency: Organisation, licensing_officer: User
) -> None:
    screening = Organisation.objects.create(kind=Kind.AGENCY, name="Screening", functions=[Function.INVESTMENT_SCREENING])
    stranger = member(screening, "Sten Screening", Role.CASE_OFFICER, Role.SUPERVISOR)
    casework.route(filed.inquiry, agency=licensing_agency, by=officer, today=timezone.localdate())
    assert call(licensing_officer, case(filed)).json()["messages"][0]["text"] == "May I sell pumps?"
    assert is_problem(call(stranger, case(filed)), 404)


@pytest.mark.parametrize("who", ["auditor", "administrator", "editor"])
@pytest.mark.parametrize("path", ["list", *READS, *VERBS])
def test_who_reads_no_cases_on_the_pages_reads_none_here(
    request: pytest.FixtureRequest, call: Call, filed: asking.Filed, who: str, path: str
) -> None:
    address = "" if path == "list" else case(filed, path)
    assert is_problem(call(request.getfixturevalue(who), address, None if path in ("list", *READS) else {}), 403)


@pytest.mark.parametrize("verb", ["take", "answer", "ask-back", "close", "facts", "extend", "redact"])
def test_an_approver_reads_and_works_on_nothing(call: Call, filed: asking.Filed, approver: User, verb: str) -> None:
    assert call(approver, case(filed)).json()["moves"] == []
    assert is_problem(call(approver, case(filed, verb), BODIES.get(verb, {})), 403)


@pytest.mark.parametrize("path", ["list", *READS, *VERBS])
def test_a_call_needs_the_scope_for_it(call: Call, filed: asking.Filed, officer: User, path: str) -> None:
    address = "" if path == "list" else case(filed, path)
    is_read = path in ("list", *READS)
    lacking = [scope for scope in OFFICIALS_SCOPES if scope != (Scope.INQUIRIES_READ if is_read else Scope.INQUIRIES_WRITE)]
    assert is_problem(call(officer, address, None if is_read else {}, scopes=lacking), 403)


def test_a_program_that_may_only_write_reads_no_word(call: Call, filed: asking.Filed, officer: User) -> None:
    taken = call(officer, case(filed, "take"), {}, scopes=[Scope.INQUIRIES_WRITE]).json()
    assert {"subject", "messages"} & set(taken) == set()


def test_a_token_never_may_more_than_its_owner_at_that_moment(client: Client, filed: asking.Filed, officer: User) -> None:
    made = services.make_token(name="x", scopes=OFFICIALS_SCOPES, days=30, form=bytes(32), by=officer, today=timezone.localdate())
    assert send_with(client, made.secret, case(filed)).status_code == 200
    Membership.objects.filter(user=officer).update(role=Role.AUDITOR)
    assert send_with(client, made.secret, case(filed)).status_code == 403
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert is_problem(send_with(client, made.secret, case(filed)), 401)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer fpt_x", "Bearer ä", "Basic abc", "Receipt lusab", "Bearer " + "x" * 5000]
)
@pytest.mark.parametrize("path", ["list", *READS, *VERBS])
def test_without_a_token_every_call_gets_one_answer(client: Client, filed: asking.Filed, header: str, path: str) -> None:
    address = DESK + ("" if path == "list" else case(filed, path))
    response = client.get(address, headers={"Authorization": header} if header else {})
    assert is_problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_session_of_the_pages_opens_nothing_here(signed_in: SignIn, officer: User, filed: asking.Filed) -> None:
    client = signed_in(officer)
    assert client.get(DESK).status_code == 401
    assert client.post(DESK + case(filed, "take"), {}, content_type="application/json").status_code == 401


def test_a_token_opens_no_page(client: Client, officer: User) -> None:
    made = services.make_token(name="x", scopes=OFFICIALS_SCOPES, days=30, form=bytes(32), by=officer, today=timezone.localdate())
    response = client.get("/desk/inquiries/", headers={"Authorization": f"Bearer {made.secret}"})
    assert (response.status_code, response["Location"][:15]) == (302, "/account/login/")


def test_each_token_has_its_own_calls_a_minute(
    client: Client, officer: User, supervisor: User, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "2/min"})
    today = timezone.localdate()
    mine, theirs = (
        services.make_token(name="x", scopes=OFFICIALS_SCOPES, days=30, form=bytes(32), by=who, today=today).secret
        for who in (officer, supervisor)
    )
    assert [send_with(client, mine).status_code for _ in range(3)] == [200, 200, 429]
    refused = send_with(client, mine)
    assert is_problem(refused, 429)
    assert int(refused["Retry-After"]) > 0
    assert send_with(client, theirs).status_code == 200


def test_without_redis_officials_are_not_locked_out(client: Client, officer: User, db: None, settings: Any) -> None:
    made = services.make_token(name="x", scopes=OFFICIALS_SCOPES, days=30, form=bytes(32), by=officer, today=timezone.localdate())
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://localhost:1/0"}}
    assert send_with(client, made.secret).status_code == 200


def test_a_token_reads_advisories_within_its_scope(client: Client, officer: User) -> None:
    today = timezone.localdate()
    for scopes, status in (([Scope.ADVISORIES_READ], 200), ([Scope.INQUIRIES_READ], 403)):
        made = services.make_token(name="x", scopes=scopes, days=30, form=status.to_bytes(32), by=officer, today=today)
        response = client.get("/api/v1/advisories/", headers={"Authorization": f"Bearer {made.secret}"})
        assert response.status_code == status
    assert client.get("/api/v1/advisories/", headers={"Authorization": "Bearer fpt_x"}).status_code == 401
    assert client.get("/api/v1/advisories/").status_code == 200


def test_every_call_of_the_desk_is_described_with_its_refusals(client: Client, db: None) -> None:
    paths = client.get("/api/schema/").json()["paths"]
    described = {path: operations for path, operations in paths.items() if path.startswith("/api/v1/desk/")}
    of_cases = {path.removeprefix("/api/v1/desk/inquiries/{id}/").rstrip("/").replace("{ref}", REF) for path in described}
    assert of_cases >= {*READS, *VERBS}
    for operations in described.values():
        for operation in operations.values():
            assert operation["security"] == [{"token": []}]
            assert {"401", "403", "429"} <= set(operation["responses"])
            (code,) = {"200", "201", "204"} & set(operation["responses"])
            media = operation["responses"][code].get("content", {"application/json": {"examples": code == "204"}})
            assert "application/octet-stream" in media or media["application/json"]["examples"]
    assert Inquiry.objects.count() == 0
