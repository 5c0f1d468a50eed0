"""The clock on the case page, the administrator's page of days and targets, and what supervisors see."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone

from focalpoint import crossings
from inquiries import doorbell, figures
from inquiries.models import Breach, Closure, ErasedBreach, Inquiry, Recalculation, ResponseTarget
from inquiries.services import asking, casework, escalating, recomputing
from inquiries.services.lateness import Late
from organisations.models import Organisation, Role, User
from tests.conftest import SignIn, member

pytestmark = pytest.mark.usefixtures("one_official_answers")

WHY = Late("workload", "Two of three were away.")


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def ask(days: int = 0, *, topic: str = "sanctions") -> Inquiry:
    return asking.submit(topic=topic, text="May I sell pumps?", today=ago(days)).inquiry


@pytest.fixture
def in_hand(officer: User) -> Inquiry:
    inquiry = ask()
    casework.take(inquiry, by=officer, today=ago(0))
    return inquiry


@pytest.fixture
def late(officer: User) -> Inquiry:
    inquiry = ask(60)
    casework.take(inquiry, by=officer, today=ago(59))
    return inquiry


def at(inquiry: Inquiry, verb: str = "") -> str:
    return f"/desk/inquiries/{inquiry.pk}/{verb + '/' if verb else ''}"


# --- the case page --------------------------------------------------------------------------------------------------


def test_a_late_answer_is_asked_for_a_reason_and_keeps_what_was_typed(late: Inquiry, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    assert "Why is it late?" in client.get(at(late)).content.decode()
    refused = client.post(at(late, "answer"), {"text": "My careful words", "words": "We were away"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Its day is past: choose why it is late." in page
    assert "My careful words" in page
    assert "We were away" in page
    sent = client.post(at(late, "answer"), {"text": "No.", "reason": "workload", "words": "We were away"})
    assert (sent.status_code, Breach.objects.get().reason) == (302, "workload")
    assert "We were away" in client.get(at(late)).content.decode()


def test_why_it_was_taken_late_is_said_afterwards_on_the_page(
    officer: User, approver: User, licensing_officer: User, signed_in: SignIn
) -> None:
    inquiry, client = ask(20), signed_in(officer)
    assert "Not taken in time" in client.get(at(inquiry)).content.decode()
    assert client.post(at(inquiry, "take")).status_code == 302
    breach = Breach.objects.get()
    assert (breach.target, breach.reason) == ("acknowledge", "unsaid")
    page, explain = client.get(at(inquiry)).content.decode(), at(inquiry, f"breaches/{breach.pk}/explain")
    assert ("Taken late" in page, "Nobody has said why yet" in page, explain in page) == (True, True, True)
    refused = client.post(explain, {"words": "We were away"})
    assert (refused.status_code, "We were away" in refused.content.decode()) == (422, True)
    why = {"reason": "absence", "words": "We were away"}
    assert signed_in(licensing_officer).post(explain, why).status_code == 404
    assert explain not in signed_in(approver).get(at(inquiry)).content.decode()
    assert (signed_in(approver).post(explain, why).status_code, Breach.objects.get().reason) == (409, "unsaid")
    assert client.post(explain, why).status_code == 302
    page = client.get(at(inquiry)).content.decode()
    assert ("We were away" in page, explain in page, Breach.objects.get().reason) == (True, False, "absence")
    again = client.post(explain, {"reason": "workload", "words": "Other"})
    assert (again.status_code, "Somebody has said why already." in again.content.decode()) == (409, True)


def test_an_answer_in_time_is_asked_for_none(in_hand: Inquiry, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    assert "Why is it late?" not in client.get(at(in_hand)).content.decode()
    assert client.post(at(in_hand, "answer"), {"text": "No."}).status_code == 302


def test_an_answer_is_put_off_from_the_case_page(in_hand: Inquiry, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    assert client.post(at(in_hand, "extend"), {"days": 3, "text": "The maker has yet to say."}).status_code == 302
    page = client.get(at(in_hand)).content.decode()
    assert "Our answer will take longer than we said." in page
    assert "3 business days" in page
    assert "Put it off and tell the asker" not in page
    refused = client.post(at(in_hand, "extend"), {"days": 3, "text": "Once more"})
    assert (refused.status_code, "A supervisor of the agency" in refused.content.decode()) == (422, True)
    assert "Once more" in refused.content.decode()


@pytest.mark.parametrize("days", ["", "0", "21", "x", "1e99", "-3"])
def test_days_that_are_none_are_refused_with_the_page(in_hand: Inquiry, officer: User, signed_in: SignIn, days: str) -> None:
    before = Inquiry.objects.get().due_on
    response = signed_in(officer).post(at(in_hand, "extend"), {"days": days, "text": "Why"})
    assert (response.status_code, Inquiry.objects.get().due_on) == (422, before)


def test_a_supervisor_puts_it_off_again_and_others_never(
    in_hand: Inquiry, officer: User, supervisor: User, approver: User, licensing_officer: User, signed_in: SignIn
) -> None:
    words = {"days": 3, "text": "The maker has yet to say."}
    found = [signed_in(who).post(at(in_hand, "extend"), words).status_code for who in (officer, supervisor, supervisor, supervisor)]
    assert found == [302, 302, 302, 422]
    assert [signed_in(who).post(at(in_hand, "extend"), words).status_code for who in (approver, licensing_officer)] == [422, 404]


def test_the_clock_says_who_has_it_and_since_when(in_hand: Inquiry, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    assert "Olev Officer" in clock_of(client.get(at(in_hand)))
    casework.ask_back(in_hand, text="Which?", by=officer, today=ago(0))
    clock = clock_of(client.get(at(in_hand)))
    assert "the asker" in clock
    assert "Paused" in clock
    assert "To be closed by" in clock


def clock_of(response: Any) -> str:
    page: str = response.content.decode()
    return page.partition('<section class="clock')[2].partition("</section>")[0]


def test_the_case_page_asks_no_more_for_more_breaches(
    late: Inquiry, officer: User, supervisor: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(supervisor)
    counted = []
    for day in (40, 20):
        casework.answer(late, text="No.", late=WHY, by=officer, today=ago(day + 10))
        asking.write_again(opened=casework.open_for_official(late, by=officer), text="And?", today=ago(day + 10))
        with django_assert_max_num_queries(24) as captured:
            assert client.get(at(late)).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]


# --- days and targets -----------------------------------------------------------------------------------------------


def closure(**changes: Any) -> dict[str, Any]:
    return {"first_on": ago(-10), "last_on": ago(-11), "reason": "Moving house", **changes}


def test_an_administrator_closes_the_office_and_takes_it_back(administrator: User, signed_in: SignIn) -> None:
    client = signed_in(administrator)
    ask()
    assert client.post("/desk/deadlines/closures/", closure())["Location"] == "/desk/deadlines/"
    page = client.get("/desk/deadlines/").content.decode()
    assert "Moving house" in page
    assert "0 of 1" in page
    assert client.post(f"/desk/deadlines/closures/{Closure.objects.get().pk}/take-back/").status_code == 302
    assert (Closure.objects.count(), Recalculation.objects.count()) == (0, 2)


def test_days_that_have_begun_are_not_taken_back(administrator: User, signed_in: SignIn) -> None:
    client = signed_in(administrator)
    client.post("/desk/deadlines/closures/", closure(first_on=ago(0), last_on=ago(-3)))
    response = client.post(f"/desk/deadlines/closures/{Closure.objects.get().pk}/take-back/")
    assert (response.status_code, Closure.objects.count()) == (409, 1)
    assert client.post(f"/desk/deadlines/closures/{uuid.uuid4()}/take-back/").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"first_on": ago(1)},
        {"first_on": ""},
        {"first_on": "soon"},
        {"last_on": ago(-9)},
        {"last_on": ago(-60)},
        {"reason": ""},
        {"reason": "a\x07b"},
    ],
)
def test_a_closure_that_is_none_comes_back_filled_in(administrator: User, signed_in: SignIn, changes: dict[str, Any]) -> None:
    response = signed_in(administrator).post("/desk/deadlines/closures/", closure(**changes))
    assert (response.status_code, Closure.objects.count()) == (422, 0)
    if "reason" not in changes:
        assert "Moving house" in response.content.decode()


def test_the_closure_is_worked_into_the_deadlines_at_night_without_a_queue(administrator: User, signed_in: SignIn) -> None:
    usual = doorbell.current_app.conf.broker_url
    doorbell.current_app.conf.broker_url = "redis://localhost:1/0"
    try:
        page = signed_in(administrator).post("/desk/deadlines/closures/", closure(), follow=True).content.decode()
    finally:
        doorbell.current_app.conf.broker_url = usual
    assert "worked out anew tonight by themselves" in page


def target(**changes: Any) -> dict[str, Any]:
    return {"topic": "other", "priority": "high", "acknowledge": 1, "answer": 4, "close": 9, "valid_from": ago(-1), **changes}


def test_an_administrator_sets_a_target_for_days_to_come(administrator: User, signed_in: SignIn) -> None:
    client = signed_in(administrator)
    assert client.post("/desk/deadlines/targets/", target()).status_code == 302
    assert "answered in 4, taken in 1, closed in 9" in client.get("/desk/deadlines/").content.decode()


@pytest.mark.parametrize("changes", [{"valid_from": ago(0)}, {"answer": 0}, {"answer": 251}, {"topic": "weather"}, {"close": ""}])
def test_a_target_that_is_none_is_refused(administrator: User, signed_in: SignIn, changes: dict[str, Any]) -> None:
    response = signed_in(administrator).post("/desk/deadlines/targets/", target(**changes))
    assert (response.status_code, ResponseTarget.objects.count()) == (422, 0)


@pytest.mark.parametrize("who", ["officer", "supervisor", "auditor", "editor", "licensing_officer"])
def test_nobody_else_sets_days_or_targets(request: pytest.FixtureRequest, signed_in: SignIn, who: str) -> None:
    client = signed_in(request.getfixturevalue(who))
    found = [
        client.get("/desk/deadlines/").status_code,
        client.post("/desk/deadlines/closures/", closure()).status_code,
        client.post("/desk/deadlines/targets/", target()).status_code,
    ]
    assert found == [403, 403, 403]


def test_the_page_is_drawn_in_a_fixed_number_of_queries(
    administrator: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(administrator)
    counted = []
    for more in (1, 2):
        for number in range(more):
            client.post("/desk/deadlines/closures/", closure(reason=f"{more} {number}"))
            client.post("/desk/deadlines/targets/", target(valid_from=ago(-10 * more - number - 1)))
        with django_assert_max_num_queries(14) as captured:
            client.get("/desk/deadlines/")
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_the_alarm_of_the_nightly_check_is_on_an_administrators_desk(administrator: User, signed_in: SignIn) -> None:
    client = signed_in(administrator)
    inquiry = ask()
    assert "wrong last night" not in client.get("/desk/").content.decode()
    Inquiry.objects.filter(pk=inquiry.pk).update(due_on=ago(-99))
    recomputing.check(today=ago(0))
    assert "Deadlines that were wrong last night" in client.get("/desk/").content.decode()
    assert "found 1 deadline that was not what its history says" in client.get("/desk/deadlines/").content.decode()


# --- supervisors ----------------------------------------------------------------------------------------------------


def test_what_is_escalated_is_a_tile_for_supervisors(late: Inquiry, officer: User, supervisor: User) -> None:
    working_day = ago(0)
    while not escalating.escalate(today=working_day):
        working_day -= timedelta(days=1)
    tiles = [{tile.label: tile.number for tile in crossings.dashboard(who, now=timezone.now())} for who in (supervisor, officer)]
    assert [tile.get("Escalated") for tile in tiles] == [1, None]


def tables(user: User) -> dict[str, dict[str, list[int]]]:
    return {table.name: dict(table.rows) for table in figures.overseen(user, today=ago(0))}


@pytest.fixture
def licensing_supervisor(licensing_agency: Organisation) -> User:
    return member(licensing_agency, "Sven Supervisor", Role.SUPERVISOR)


def test_a_supervisor_reads_backlog_load_and_reasons(late: Inquiry, in_hand: Inquiry, officer: User, supervisor: User) -> None:
    ask(10)
    waiting = ask(20, topic="other")
    casework.take(waiting, by=officer, today=ago(20))
    casework.ask_back(waiting, text="Which?", by=officer, today=ago(10))
    done = ask(20)
    casework.take(done, by=officer, today=ago(20))
    casework.answer(done, text="No.", late=WHY, by=officer, today=ago(0))
    ErasedBreach.objects.create(quarter=figures._quarters(ago(0))[-1], reason="workload", number=4)
    found = tables(supervisor)
    assert found["backlog"] == {
        "New": [0, 1, 0, 0, 0, 1],
        "In hand": [1, 0, 0, 1, 0, 2],
        "Waiting for the asker": [0, 0, 1, 0, 0, 1],
        "Answered": [0, 0, 1, 0, 0, 1],
        "All": [1, 1, 2, 1, 0, 5],
    }
    assert found["people"]["Olev Officer"] == [0, 0, 2, 1, 0, 1, 0]
    assert found["agencies"]["Focal point"][:3] == [1, 1, 2]
    assert found["reasons"]["Too much work for those there are"] == [0, 0, 0, 5, 5]
    assert list(found["answers"].values())[-1] == [1, 1, 0, 0]


def test_a_supervisor_of_another_agency_reads_its_own_only(
    late: Inquiry, in_hand: Inquiry, officer: User, licensing_agency: Organisation, licensing_supervisor: User
) -> None:
    assert tables(licensing_supervisor)["backlog"]["All"] == [0, 0, 0, 0, 0, 0]
    assert tables(licensing_supervisor)["people"] == {}
    casework.route(in_hand, agency=licensing_agency, by=officer, today=ago(0))
    assert tables(licensing_supervisor)["agencies"] == {"Licensing Board": [1, 0, 0, 0, 0, 0, 0]}
    ErasedBreach.objects.create(quarter=figures._quarters(ago(0))[-1], reason="workload", number=4)
    assert tables(licensing_supervisor)["reasons"]["All"] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("who", ["officer", "auditor", "administrator", "editor", "approver", "licensing_officer"])
def test_nobody_else_reads_them(request: pytest.FixtureRequest, signed_in: SignIn, who: str) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert [client.get(path).status_code for path in ("/desk/figures/", "/desk/figures/table.csv?table=people")] == [403, 403]


def test_every_table_is_a_file_with_the_same_numbers(late: Inquiry, supervisor: User, signed_in: SignIn) -> None:
    client = signed_in(supervisor)
    assert client.get("/desk/figures/").status_code == 200
    for name, rows in tables(supervisor).items():
        lines = list(csv.reader(StringIO(client.get(f"/desk/figures/table.csv?table={name}").content.decode())))[1:]
        assert {label: [int(number) for number in numbers] for label, *numbers in lines} == rows
    assert client.get("/desk/figures/table.csv?table=none").status_code == 404


def test_a_name_that_looks_like_a_formula_is_text(focal_point: Organisation, supervisor: User, signed_in: SignIn) -> None:
    crafty = member(focal_point, "Crafty", Role.CASE_OFFICER)
    crafty.name = "=HYPERLINK(1)"
    crafty.save(update_fields=["name"])
    casework.take(ask(), by=crafty, today=ago(0))
    assert "'=HYPERLINK(1)," in signed_in(supervisor).get("/desk/figures/table.csv?table=people").content.decode()


def test_the_number_of_queries_does_not_grow_with_rows(
    supervisor: User, officer: User, signed_in: SignIn, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(supervisor)
    counted = []
    for more in (1, 2):
        for _ in range(more):
            casework.take(ask(), by=officer, today=ago(0))
        with django_assert_max_num_queries(14) as captured:
            client.get("/desk/figures/")
        counted.append(len(captured))
    assert counted[0] == counted[1]
