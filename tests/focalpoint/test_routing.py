"""The desk's pages of routing: for administrators, who read no cases; and what the case page says of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inquiries import doorbell, tasks
from inquiries.models import DryRun, Inquiry, RoutingRule
from inquiries.services import asking, casework, dry_runs, rules, second_official
from organisations.models import Organisation, Role, User
from tests.conftest import SignIn, member
from tests.inquiries.test_rules import Add, add, terms

__all__ = ["add"]
RULES = "/desk/routing/"
WORDS = "Is the five-axis mill of our Haapsalu works controlled?"


@pytest.fixture
def desk(signed_in: SignIn, administrator: User) -> Client:
    return signed_in(administrator)


def filled(**said: Any) -> dict[str, Any]:
    return {"name": "Lasers", "tier": "20", **said}


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_an_administrator_adds_a_rule(desk: Client, licensing_agency: Organisation) -> None:
    sent = filled(
        topics=["classification", "licensing"], codes="3a001 A.5\n6A", destinations="south korea; 145\nKR", modes=["anonymous"],
        flags=["catch-all"], agency=licensing_agency.pk, team="Dual use", priority="high", target_days="5",
    )  # fmt: skip
    assert desk.post(f"{RULES}new/", sent)["Location"] == RULES
    rule = RoutingRule.objects.get()
    said = (rule.topics, rule.codes, rule.destinations, rule.modes, rule.flags)
    assert said == (["classification", "licensing"], ["3A001.a.5", "6A"], ["KR", "145"], ["anonymous"], ["catch-all"])
    assert (rule.tier, rule.position, rule.agency, rule.team, rule.priority, rule.target_days, rule.version) == (
        20, 1, licensing_agency, "Dual use", "high", 5, 1,
    )  # fmt: skip
    listed = page(desk, RULES)
    assert "control entry: 3A001.a.5 or 6A; destination: South Korea or Western Asia" in listed
    assert "Ahti Administrator" in listed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "a\x07"), ("tier", "0"), ("tier", "100"), ("tier", "x"), ("topics", "gossip"),
        ("segments", "EU99"), ("codes", "3A001; laser"), ("codes", "\n".join(f"3A{n:03}" for n in range(101))),
        ("destinations", "Ruritania"), ("modes", "x"), ("flags", "x"), ("agency", "00000000-0000-4000-8000-000000000000"),
        ("agency", "x"),
        ("priority", "x"), ("target_days", "0"), ("target_days", "251"), ("team", "x" * 41), ("codes", "\x00"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("button", [{}, {"try": "1"}])
def test_a_rule_that_can_not_be_is_refused_with_what_was_typed(
    desk: Client, field: str, value: str, button: dict[str, str]
) -> None:
    response = desk.post(f"{RULES}new/", filled(team="Typed words") | {field: value} | button)
    assert response.status_code == 422
    assert (b"Typed words" in response.content) or field == "team"
    assert RoutingRule.objects.count() == 0


def test_neither_the_focal_point_nor_a_body_without_a_function_is_offered(
    desk: Client, focal_point: Organisation, licensing_agency: Organisation
) -> None:
    police = Organisation.objects.create(kind="agency", name="Customs Police")
    offered = page(desk, f"{RULES}new/")
    assert (str(licensing_agency.pk) in offered, str(police.pk) in offered, str(focal_point.pk) in offered) == (True, False, False)


def test_a_rule_is_changed_and_its_versions_say_by_whom(desk: Client, add: Add) -> None:
    rule = add(name="Old", destinations=["KR", "030"])
    assert "South Korea\nEastern Asia" in page(desk, f"{RULES}{rule.pk}/")
    assert desk.post(f"{RULES}{rule.pk}/", filled(name="New", version="1", tier="10"))["Location"] == RULES
    shown = page(desk, f"{RULES}{rule.pk}/")
    assert ("New" in shown, "Old" in shown, "Changed" in shown, "destination: South Korea or Eastern Asia" in shown) == (True,) * 4
    late = desk.post(f"{RULES}{rule.pk}/", filled(name="Newer", version="1", tier="10"))
    assert (late.status_code, b"Newer" in late.content) == (422, True)
    assert b"Somebody has changed this rule meanwhile" in late.content


def test_rules_are_moved_and_switched(desk: Client, add: Add) -> None:
    first, second = add(name="One"), add(name="Two")
    desk.post(f"{RULES}{second.pk}/move/", {"to": "up"})
    desk.post(f"{RULES}{first.pk}/switch/", {"to": "off"})
    found = [(rule.name, rule.is_active) for rule in RoutingRule.objects.in_order()]
    assert found == [("Two", True), ("One", False)]
    desk.post(f"{RULES}{first.pk}/switch/", {"to": "on"})
    desk.post(f"{RULES}{second.pk}/move/", {"to": "down"})
    assert [(rule.name, rule.is_active) for rule in RoutingRule.objects.in_order()] == [("One", True), ("Two", True)]


def tried(client: Client, path: str, **sent: Any) -> str:
    """Where the page of a dry run is, asked for by a form."""
    response = client.post(RULES + path, sent)
    assert response.status_code == 302
    assert response["Location"].startswith(f"{RULES}dry-run/")
    return response["Location"]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Callable[..., asking.Filed]:
    """Files an inquiry of so many that a worker counts them."""
    monkeypatch.setattr(dry_runs, "AT_ONCE", 0)

    def file() -> asking.Filed:
        return asking.submit(topic="classification", text=WORDS, destination="KR", today=timezone.localdate())

    return file


def test_a_rule_is_tried_over_the_last_days_and_not_saved_until_it_is(
    desk: Client, add: Add, licensing_agency: Organisation
) -> None:
    asking.submit(topic="classification", text=WORDS, today=timezone.localdate())
    rule = add(name="Lasers", tier=20)
    sent = filled(agency=licensing_agency.pk, destinations="", team="Dual use", version="1", **{"try": "1"})
    shown = page(desk, tried(desk, f"{rule.pk}/", **sent))
    assert "1 would go elsewhere than under the rules in force." in shown
    assert 'value="Dual use"' in shown
    assert f'value="{licensing_agency.pk}" selected' in shown
    rule.refresh_from_db()
    assert (rule.agency, rule.version) == (None, 1)
    action, version = f'action="{RULES}{rule.pk}/"', '<input type="hidden" name="version" value="1"'
    assert (action in shown, version in shown) == (True, True)


def test_a_new_rule_is_tried_and_can_be_saved_from_its_dry_run(desk: Client) -> None:
    asked = {"topics": ["sanctions"], "destinations": "south korea\n145", "codes": "3A001\n6A", "target_days": "5"}
    shown = page(desk, tried(desk, "new/", **filled(team="Embargo", **asked, **{"try": "1"})))
    assert all(
        words in shown for words in ("Tried, not saved", "0 inquiries came in", 'value="Embargo"', "South Korea\nWestern Asia")
    )
    assert "3A001\n6A" in shown
    assert re.findall(r'value="(\S+)"[^>]* checked', shown) == ["sanctions"]
    assert f'action="{RULES}new/"' in shown
    assert RoutingRule.objects.count() == 0


def test_the_dry_run_tells_counts_and_coarse_facts_and_nothing_of_a_case(
    desk: Client, add: Add, licensing_agency: Organisation, officer: User
) -> None:
    inquiry = asking.submit(
        topic="classification", subject="Haapsalu", text=WORDS, destination="KR", today=timezone.localdate()
    ).inquiry
    Inquiry.objects.update(title="A mill in Haapsalu", summary="From Haapsalu", tags=["haapsalu"])
    add(name="Mills", destinations=["030"], agency=licensing_agency)
    shown = page(desk, tried(desk, "dry-run/"))
    assert all(words in shown for words in ("Mills", "Is my item controlled?", "South Korea", "Licensing Board", "Elsewhere"))
    assert [found for found in (inquiry.reference, str(inquiry.pk), "Haapsalu", "haapsalu") if found in shown] == []


def test_many_inquiries_are_counted_by_a_worker_while_the_page_says_how_far_it_is(
    desk: Client, add: Add, many: Callable[..., asking.Filed]
) -> None:
    many()
    many()
    at = tried(desk, "new/", **filled(team="Embargo", **{"try": "1"}))
    run = DryRun.objects.get()
    shown, part = page(desk, at), desk.get(at, headers={"HX-Request": "true"}).content.decode()
    assert ("0 of 2" in shown, f'hx-get="{at}"' in shown, f'href="{at}"' in shown, 'value="Embargo"' in shown) == (True,) * 4
    assert ("0 of 2" in part, f'hx-get="{at}"' in part, "Embargo" in part, "<html" in part) == (True, True, False, False)
    assert ("under way" in page(desk, RULES), "Your dry runs of today" in page(desk, RULES)) == (True, True)
    tasks.try_rules(str(run.pk))
    shown, part = page(desk, at), desk.get(at, headers={"HX-Request": "true"}).content.decode()
    assert ("2 inquiries came in" in shown, "2 inquiries came in" in part, "hx-get" in shown) == (True, True, False)
    assert "counted" in page(desk, RULES)


def test_another_rule_waits_until_the_dry_run_under_way_is_over(desk: Client, many: Callable[..., asking.Filed]) -> None:
    many()
    at = tried(desk, "new/", **filled(**{"try": "1"}))
    assert tried(desk, "new/", **filled(**{"try": "1"})) == at  # sent twice
    DryRun.objects.update(state="running")
    with dry_runs.counting(DryRun.objects.get().pk):
        assert ("Nobody has begun" in page(desk, at), "hx-get" in page(desk, at)) == (False, True)
        refused = desk.post(f"{RULES}new/", filled(team="Typed words", **{"try": "1"}))
        assert (refused.status_code, b"Typed words" in refused.content) == (422, True)
        assert b"Another dry run of yours is under way." in refused.content
        assert tried(desk, "dry-run/") == at
        assert "Try the rules once it is over." in page(desk, at)
    assert DryRun.objects.count() == 1


def test_a_dry_run_that_has_stopped_is_run_again(desk: Client, many: Callable[..., asking.Filed]) -> None:
    many()
    at = tried(desk, "new/", **filled(team="Embargo", **{"try": "1"}))
    again = 'form="rule-form" name="try"'
    assert ("Nobody has begun" in page(desk, at), again in page(desk, at)) == (True, True)
    DryRun.objects.update(state="running")  # and nobody is counting it
    shown = page(desk, at)
    assert ("This dry run has stopped" in shown, again in shown, "hx-get" in shown) == (True, True, False)
    assert "stopped before its end" in page(desk, RULES)
    assert tried(desk, "new/", **filled(team="Embargo", **{"try": "1"})) != at
    at = tried(desk, "dry-run/")
    DryRun.objects.update(state="failed")
    assert f'action="{RULES}dry-run/"' in page(desk, at)


def test_without_a_queue_the_page_says_so_and_keeps_what_was_typed(desk: Client, many: Callable[..., asking.Filed]) -> None:
    many()
    usual = doorbell.current_app.conf.broker_url
    doorbell.current_app.conf.broker_url = "redis://localhost:1/0"
    try:
        shown = page(desk, tried(desk, "new/", **filled(team="Embargo", **{"try": "1"})))
    finally:
        doorbell.current_app.conf.broker_url = usual
    assert all(words in shown for words in ("The queue can&#x27;t be reached just now", "Run it again", 'value="Embargo"'))


def test_nobody_sees_the_dry_run_of_another(desk: Client, auditor: User, officer: User, signed_in: SignIn) -> None:
    at = tried(desk, "dry-run/")
    assert [signed_in(who).get(at).status_code for who in (auditor, officer)] == [404, 403]
    assert desk.get(f"{RULES}dry-run/{uuid.uuid4()}/").status_code == 404


def test_the_page_of_a_dry_run_takes_the_same_queries_for_one_inquiry_and_three(
    desk: Client, add: Add, django_assert_num_queries: Any
) -> None:
    add()
    counted = []
    for topics in (["other"], ["licensing", "sanctions"]):
        for topic in topics:
            asking.submit(topic=topic, text=WORDS, today=timezone.localdate())
        at = tried(desk, "new/", **filled(**{"try": "1"}))
        with CaptureQueriesContext(connection) as captured:
            page(desk, at)
        counted.append(len(captured))
    assert counted[0] == counted[1]
    with CaptureQueriesContext(connection) as captured:
        page(desk, RULES)
    counted.append(len(captured))
    tried(desk, "dry-run/")
    with django_assert_num_queries(counted[-1]):
        page(desk, RULES)


PAGES = [
    *(("get", path) for path in ("", "new/", "dry-run/{pk}/", "{pk}/")),
    *(("post", path) for path in ("new/", "dry-run/", "{pk}/", "{pk}/move/", "{pk}/switch/")),
]


@pytest.mark.parametrize("who", ["officer", "supervisor", "approver", "editor", "licensing_officer", "signatory"])
@pytest.mark.parametrize(("method", "path"), PAGES)
def test_nobody_else_comes_to_the_rules(
    request: pytest.FixtureRequest, signed_in: SignIn, add: Add, method: str, path: str, who: str
) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert getattr(client, method)(RULES + path.format(pk=add().pk)).status_code == 403


def test_an_administrator_of_another_agency_does_not_either(signed_in: SignIn, licensing_agency: Organisation) -> None:
    assert signed_in(member(licensing_agency, "Lea Licensing", Role.ADMINISTRATOR)).get(RULES).status_code == 403


def test_an_auditor_reads_the_rules_and_changes_none(signed_in: SignIn, add: Add, auditor: User) -> None:
    rule, client = add(name="Lasers"), signed_in(auditor)
    asking.submit(topic="other", text=WORDS, today=timezone.localdate())
    for path in (RULES, f"{RULES}{rule.pk}/", tried(client, "dry-run/")):
        assert ("Lasers" in page(client, path), "Save the rule" in page(client, path)) == (True, False)
    refused = [
        client.get(f"{RULES}new/"),
        client.post(f"{RULES}{rule.pk}/switch/", {"to": "off"}),
        client.post(f"{RULES}{rule.pk}/", filled(name="Mine", version="1", tier="10")),
    ]
    assert [response.status_code for response in refused] == [403, 403, 403]
    rule.refresh_from_db()
    assert (rule.name, rule.is_active) == ("Lasers", True)


def test_an_unknown_rule_is_not_found(desk: Client) -> None:
    assert desk.get(f"{RULES}{uuid.uuid4()}/").status_code == 404
    assert desk.post(f"{RULES}{uuid.uuid4()}/move/", {"to": "up"}).status_code == 404


@pytest.mark.parametrize("path", ["{pk}/move/", "{pk}/switch/", "dry-run/"])
def test_verbs_need_a_post(desk: Client, add: Add, path: str) -> None:
    assert desk.get(RULES + path.format(pk=add().pk)).status_code == 405


def test_the_list_takes_the_same_number_of_queries_with_one_rule_and_three(
    desk: Client, add: Add, licensing_agency: Organisation, django_assert_max_num_queries: Any
) -> None:
    counted = []
    for more in (1, 2):
        for number in range(more):
            add(name=str(number), agency=licensing_agency)
        with django_assert_max_num_queries(9) as captured:
            page(desk, RULES)
        counted.append(len(captured))
    assert counted[0] == counted[1]


# --- the case page --------------------------------------------------------------------------------------------------


@pytest.fixture
def inquiry(db: None) -> Inquiry:
    return asking.submit(topic="sanctions", text="May I sell pumps?", today=timezone.localdate()).inquiry


def test_the_desk_sorts_a_case_by_the_rules_and_reads_why_and_who_can_open_it(
    signed_in: SignIn, officer: User, inquiry: Inquiry, add: Add, licensing_agency: Organisation
) -> None:
    client, case = signed_in(officer), f"/desk/inquiries/{inquiry.pk}/"
    refused = client.post(f"{case}apply-rules/")
    assert (refused.status_code, b"No rule holds for this inquiry" in refused.content) == (409, True)
    add(name="Pumps", topics=["sanctions"], agency=licensing_agency, team="Embargo")
    assert client.post(f"{case}apply-rules/")["Location"] == case
    shown = page(client, case)
    assert "<li>Licensing Board" in shown
    assert "Sorted by the rules anew, Olev Officer: rule “Pumps” (tier 10, version 1)" in shown
    assert "Embargo" in shown


def test_a_team_finds_its_own_queue(signed_in: SignIn, officer: User, inquiry: Inquiry, add: Add) -> None:
    add(topics=["licensing"], team="Licences")
    sorted_ = asking.submit(topic="licensing", text="?", today=timezone.localdate()).inquiry
    shown = page(signed_in(officer), "/desk/inquiries/?queue=all&team=Licences")
    assert (sorted_.reference in shown, inquiry.reference in shown) == (True, False)
    assert signed_in(officer).get("/desk/inquiries/?team=Nobody").status_code == 422


def test_what_somebody_has_taken_is_not_sorted(signed_in: SignIn, officer: User, inquiry: Inquiry, add: Add) -> None:
    casework.take(inquiry, by=officer, today=timezone.localdate())
    add()
    client, case = signed_in(officer), f"/desk/inquiries/{inquiry.pk}/"
    assert "Sort it by the rules anew" not in page(client, case)
    assert client.post(f"{case}apply-rules/").status_code == 409


@pytest.mark.parametrize(
    ("who", "status"), [("licensing_officer", 404), ("approver", 409), ("auditor", 403), ("administrator", 403)]
)
def test_nobody_but_the_focal_points_desk_sorts_a_case(
    request: pytest.FixtureRequest, signed_in: SignIn, inquiry: Inquiry, add: Add, who: str, status: int
) -> None:
    add()
    response = signed_in(request.getfixturevalue(who)).post(f"/desk/inquiries/{inquiry.pk}/apply-rules/")
    assert response.status_code == status


def test_terms_name_all_that_a_rule_says() -> None:
    assert set(rules.Terms.__dataclass_fields__) <= {field.name for field in RoutingRule._meta.get_fields()}
    assert terms().name == "A rule"


# --- which answers a second official approves -------------------------------------------------------------------------


def test_an_administrator_chooses_the_topics_and_the_page_says_who_did(
    desk: Client, auditor: User, officer: User, signed_in: SignIn
) -> None:
    assert second_official.topics() == {"sanctions", "transaction", "investment"}
    assert page(desk, RULES).count(" checked") == 3
    assert desk.post(f"{RULES}second-official/", {"topics": ["sanctions", "other"]})["Location"] == RULES
    assert second_official.topics() == {"sanctions", "other"}
    shown = page(signed_in(auditor), RULES)
    assert ("Something else" in shown, "needs none any more" in shown, "Ahti Administrator" in shown) == (True, True, True)
    assert "Set the topics" not in shown
    assert desk.post(f"{RULES}second-official/", {"topics": ["gossip"]}).status_code == 422
    for stranger in (auditor, officer):
        assert signed_in(stranger).post(f"{RULES}second-official/", {"topics": []}).status_code == 403
    assert second_official.topics() == {"sanctions", "other"}


def test_the_changes_take_the_same_queries_for_one_row_and_three(
    desk: Client, administrator: User, django_assert_num_queries: Any
) -> None:
    second_official.set_topics(["sanctions", "transaction"], by=administrator, today=timezone.localdate())
    with CaptureQueriesContext(connection) as one:
        page(desk, RULES)
    second_official.set_topics([], by=administrator, today=timezone.localdate())
    with django_assert_num_queries(len(one)):
        page(desk, RULES)
