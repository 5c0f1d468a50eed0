"""Links, lateness, drafts and what waits, by program: what the pages do, with the same rights and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inquiries.models import Breach, Draft, Inquiry, Relation
from inquiries.services import asking, casework, consulting, describing, relating
from organisations import services
from organisations.models import OFFICIALS_SCOPES, Organisation, Scope, User
from tests.inquiries.test_desk_api import is_problem, nobody_has_called_yet
from tests.inquiries.test_queues_api import call

__all__ = ["call", "nobody_has_called_yet"]
Call = Callable[..., Any]


def filed(officer: User, *, age: int = 0, text: str = "?") -> Inquiry:
    """A question that the officer has taken today."""
    today = timezone.localdate()
    inquiry = asking.submit(topic="licensing", text=text, today=today - timedelta(days=age)).inquiry
    casework.take(inquiry, by=officer, today=today)
    inquiry.refresh_from_db()
    return inquiry


def address(inquiry: Inquiry, path: str) -> str:
    return f"inquiries/{inquiry.pk}/{path}/"


@pytest.fixture
def two(officer: User) -> list[Inquiry]:
    """The first is due first."""
    return [filed(officer, age=3), filed(officer)]


# --- links ------------------------------------------------------------------------------------------------------------


def test_cases_are_linked_from_both_ends_and_taken_apart(call: Call, officer: User, two: list[Inquiry]) -> None:
    main, other = two
    call(officer, address(other, "link"), {"reference": main.reference, "kind": "merged"})
    (mine,), (theirs,) = (call(officer, address(each, "links")).json()["results"] for each in (main, other))
    assert (mine["reference"], mine["is_main"], theirs["reference"], theirs["is_main"]) == (
        other.reference, True, main.reference, False,
    )  # fmt: skip
    remove = f"links/{mine['id']}/remove"
    assert call(officer, address(main, remove), {}).status_code == 200
    assert call(officer, address(other, "links")).json()["results"] == []
    assert list(other.events.order_by("position").values_list("kind", flat=True))[-2:] == ["merge", "part"]
    assert is_problem(call(officer, address(main, remove), {}), 404)  # twice


def test_a_link_is_taken_away_by_who_works_on_both_and_from_one_of_its_own_cases(
    call: Call, officer: User, approver: User, licensing_agency: Organisation, licensing_officer: User, two: list[Inquiry]
) -> None:
    first, second = two
    today = timezone.localdate()
    link = relating.link(first, other=second, kind="related", by=officer, today=today)
    remove = f"links/{link.pk}/remove"
    assert is_problem(call(approver, address(first, remove), {}), 403)
    assert is_problem(call(officer, address(filed(officer), remove), {}), 404)
    casework.route(first, agency=licensing_agency, by=officer, today=today)
    assert is_problem(call(licensing_officer, address(first, remove), {}), 404)  # who reads one end only knows of no link
    assert call(licensing_officer, address(first, "links")).json()["results"] == []
    assert Relation.objects.count() == 1


def test_what_is_like_a_case_is_found_as_far_as_it_is_read(
    call: Call, officer: User, licensing_agency: Organisation, licensing_officer: User, two: list[Inquiry]
) -> None:
    today = timezone.localdate()
    for each in two:
        facts = describing.facts_of(each)
        describing.describe(
            each, facts=describing.Facts(**{**vars(facts), "title": "Pumps", "summary": "Of brine", "codes": ["2B350"]}),
            seen=facts.version, by=officer, today=today,
        )  # fmt: skip
    assert [each["id"] for each in call(officer, address(two[0], "related")).json()["alike"]] == [str(two[1].pk)]
    casework.route(two[0], agency=licensing_agency, by=officer, today=today)
    found = call(licensing_officer, address(two[0], "related")).json()
    assert found == {"answers": [], "cases": [], "alike": []}


# --- lateness ---------------------------------------------------------------------------------------------------------


def test_what_was_taken_late_is_explained_once(call: Call, officer: User) -> None:
    late = filed(officer, age=60)
    (breach,) = call(officer, address(late, "breaches")).json()
    assert (breach["target"], breach["reason"], breach["words"]) == ("acknowledge", "unsaid", "")
    explain, why = address(late, f"breaches/{breach['id']}/explain"), {"reason": "workload", "words": "The fair."}
    assert call(officer, explain, why).status_code == 200
    (said,) = call(officer, address(late, "breaches")).json()
    assert (said["reason"], said["words"], said["by"]) == ("workload", "The fair.", "Olev Officer")
    again = call(officer, explain, {"reason": "complex", "words": "Hard."})
    assert is_problem(again, 409)
    assert again.json()["detail"] == "Somebody has said why already."


@pytest.mark.parametrize("said", [{}, {"reason": "unsaid", "words": "x"}, {"reason": "workload", "words": " "}, {"reason": "rain"}])
def test_a_reason_that_is_none_is_refused(call: Call, officer: User, said: dict[str, str]) -> None:
    late = filed(officer, age=60)
    explain = address(late, f"breaches/{Breach.objects.get().pk}/explain")
    assert is_problem(call(officer, explain, said), 400)
    assert Breach.objects.get().is_unsaid


def test_lateness_is_explained_by_who_works_on_its_own_case(call: Call, officer: User, approver: User, two: list[Inquiry]) -> None:
    late = filed(officer, age=60)
    explain, why = f"breaches/{late.breaches.get().pk}/explain", {"reason": "workload", "words": "The fair."}
    assert is_problem(call(approver, address(late, explain), why), 403)
    assert is_problem(call(officer, address(two[0], explain), why), 404)


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_unfinished_words_are_their_writers_alone(call: Call, officer: User, supervisor: User, two: list[Inquiry]) -> None:
    drafts = address(two[0], "drafts")
    for kind, text in {"answer": "It is", "ask-back": "Which", "note": "See"}.items():
        kept = call(officer, f"{drafts}{kind}/", {"text": text}, method="put")
    assert kept.json() == {"answer": "It is", "ask-back": "Which", "note": "See"}
    assert call(supervisor, drafts).json() == {}
    assert call(officer, f"{drafts}note/", {"text": " "}, method="put").json() == {"answer": "It is", "ask-back": "Which"}
    assert is_problem(call(officer, f"{drafts}poem/", {"text": "x"}, method="put"), 404)
    assert is_problem(call(officer, f"{drafts}note/", {"text": "\x00"}, method="put"), 400)


@pytest.mark.parametrize(("who", "status"), [("licensing_officer", 404), ("auditor", 403)])
def test_who_reads_no_case_keeps_no_words_in_it(
    request: pytest.FixtureRequest, call: Call, officer: User, two: list[Inquiry], who: str, status: int
) -> None:
    keep = f"{address(two[0], 'drafts')}note/"
    assert is_problem(call(request.getfixturevalue(who), keep, {"text": "x"}, method="put"), status)
    lacking = [scope for scope in OFFICIALS_SCOPES if scope != Scope.INQUIRIES_WRITE]
    assert is_problem(call(officer, keep, {"text": "x"}, method="put", scopes=lacking), 403)
    assert Draft.objects.count() == 0


@pytest.mark.usefixtures("one_official_answers")
def test_an_answer_is_kept_proposed_and_not_sent(call: Call, officer: User, supervisor: User, two: list[Inquiry]) -> None:
    case = two[0]
    kept = call(officer, address(case, "draft-answer"), {"text": "You may.", "revision": 0})
    assert (kept.status_code, kept.json()["status"]) == (200, "in-hand")
    assert is_problem(call(supervisor, address(case, "draft-answer"), {"text": "Not.", "revision": 0}), 409)  # changed since
    proposed = call(officer, address(case, "propose"), {"text": "You may, I think.", "revision": 1})
    assert (proposed.status_code, case.messages.count()) == (202, 1)
    shown = call(supervisor, address(case, "work")).json()["proposed"]
    assert (shown["revision"], shown["state"], shown["text"]) == (2, "proposed", "You may, I think.")


def test_an_answer_that_is_proposed_late_says_why(call: Call, officer: User) -> None:
    late = filed(officer, age=60)
    refused = call(officer, address(late, "propose"), {"text": "You may."})
    assert is_problem(refused, 400)
    assert "late" in refused.json()["errors"]
    said = {"text": "You may.", "late": {"reason": "complex", "words": "Like none before."}}
    assert call(officer, address(late, "propose"), said).status_code == 202


@pytest.mark.parametrize("verb", ["draft-answer", "propose"])
def test_an_approver_writes_no_answer(call: Call, approver: User, two: list[Inquiry], verb: str) -> None:
    assert is_problem(call(approver, address(two[0], verb), {"text": "You may."}), 403)


# --- what waits -------------------------------------------------------------------------------------------------------


def test_queues_are_counted_as_they_list(call: Call, officer: User, licensing_officer: User, two: list[Inquiry]) -> None:
    counts = {row["queue"]: row["count"] for row in call(officer, "inquiries/counts/").json()}
    assert counts == {name: call(officer, f"inquiries/?queue={name}").json()["count"] for name in counts}
    assert (counts["mine"], counts["new"]) == (2, 0)
    assert {row["count"] for row in call(licensing_officer, "inquiries/counts/").json()} == {0}


def test_views_wait_for_the_agency_that_is_asked_and_disagreements_for_who_settles(
    call: Call, officer: User, supervisor: User, licensing_agency: Organisation, licensing_officer: User, two: list[Inquiry]
) -> None:
    today = timezone.localdate()
    asked = consulting.ask(two[0], agency=licensing_agency, question="Canary?", by=officer, today=today)
    (row,) = call(licensing_officer, "consultations/").json()["results"]
    assert (row["reference"], row["state"], row["asked_by"]) == (two[0].reference, "asked", "Olev Officer")
    assert "Canary?" not in str(row)
    assert call(officer, "consultations/").json()["count"] == 0
    consulting.give_view(asked, stance="objects", view="No.", by=licensing_officer, today=today)
    assert [call(licensing_officer, f"consultations/{query}").json()["count"] for query in ("", "?state=given")] == [0, 1]
    assert is_problem(call(officer, "consultations/?state=ended"), 400)
    assert [call(who, "inquiries/disputed/").json()["count"] for who in (supervisor, officer, licensing_officer)] == [1, 0, 0]


def test_words_are_found_in_own_open_cases_only(call: Call, officer: User, supervisor: User) -> None:
    filed(officer, text="Is a brine pump controlled?")
    filed(supervisor, text="Is a brine mixer controlled?")
    found = call(officer, "inquiries/words/", {"words": "BRINE"}).json()
    assert [(each["before"], each["words"], each["after"]) for each in found["places"]] == [("Is a ", "brine", " pump controlled?")]
    assert (found["read"], found["left_out"]) == (1, 0)
    assert is_problem(call(officer, "inquiries/words/", {"words": "ab"}), 400)


WAITING = {"inquiries/counts/": None, "inquiries/disputed/": None, "consultations/": None, "inquiries/words/": {"words": "brine"}}


def test_what_waits_needs_the_scope_and_a_reader(call: Call, officer: User, auditor: User, administrator: User) -> None:
    lacking = [scope for scope in OFFICIALS_SCOPES if scope != Scope.INQUIRIES_READ]
    for path, body in WAITING.items():
        assert call(officer, path, body).status_code == 200
        assert is_problem(call(officer, path, body, scopes=lacking), 403)
        for who in (auditor, administrator):
            assert is_problem(call(who, path, body), 403)


def test_lists_take_the_same_number_of_queries_with_one_row_and_three(
    client: Client, officer: User, supervisor: User, licensing_agency: Organisation, licensing_officer: User,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    today = timezone.localdate()
    main, asks = filed(officer, age=60), []
    for who in (supervisor, licensing_officer):
        made = services.make_token(name="x", scopes=OFFICIALS_SCOPES, days=30, form=str(who.pk).encode() * 2, by=who, today=today)
        asks.append((who, {"Authorization": f"Bearer {made.secret}"}))
    paths = {
        supervisor: (address(main, "links"), address(main, "related"), "inquiries/disputed/"),
        licensing_officer: ("consultations/?state=given",),
    }
    counted: dict[str, list[int]] = {}
    for more in (1, 2):
        for _ in range(more):
            other = filed(officer)
            for each in (main, other):
                Inquiry.objects.filter(pk=each.pk).update(codes=["2B350"], title="Pumps", summary="Of brine")
            relating.link(main, other=other, kind="related", by=officer, today=today)
            asked = consulting.ask(other, agency=licensing_agency, question="?", by=officer, today=today)
            consulting.give_view(asked, stance="objects", view="No.", by=licensing_officer, today=today)
        for who, headers in asks:
            for path in paths[who]:
                client.get(f"/api/v1/desk/{path}", headers=headers)  # notes the day of use
                with django_assert_max_num_queries(18) as captured:
                    found = client.get(f"/api/v1/desk/{path}", headers=headers).json()
                assert len(found["results"] if "results" in found else found["alike"]) == (1 if more == 1 else 3)
                counted.setdefault(path, []).append(len(captured))
    assert {path for path, (one, three) in counted.items() if one != three} == set()
