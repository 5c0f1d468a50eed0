"""An answer that is late: put off with a reason for the asker, explained by whoever gives it, passed on to a supervisor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from inquiries import receipts
from inquiries.models import Breach, ErasedBreach, Event, Inquiry
from inquiries.querysets import onlooker
from inquiries.services import (
    asking,
    casebook,
    casework,
    clock,
    closing,
    erasing,
    escalating,
    explaining,
    extending,
    handing,
    lateness,
    office_days,
    thread,
)  # fmt: skip
from inquiries.services.lateness import Late
from organisations.models import Organisation, Role, User
from tests.conftest import member

pytestmark = pytest.mark.usefixtures("one_official_answers")

Ask = Callable[..., asking.Filed]
ONE_DAY = timedelta(days=1)
WHY = Late("workload", "Two of three were at the fair, and it took a call to the maker.")


def opened(filed: asking.Filed) -> asking.OpenInquiry:
    return asking.open_with_receipt(receipts.read(filed.receipt))


@pytest.fixture
def taken(ask: Ask, officer: User, today: date) -> asking.Filed:
    """A question that is due on Monday, 30 November."""
    filed = ask(topic="sanctions")
    casework.take(filed.inquiry, by=officer, today=today)
    return filed


def again(filed: asking.Filed) -> Inquiry:
    return Inquiry.objects.get(pk=filed.inquiry.pk)


# --- put off --------------------------------------------------------------------------------------------------------


def extend(filed: asking.Filed, by: User, today: date, *, days: int = 3, late: Late | None = None) -> None:
    extending.extend(filed.inquiry, days=days, text="The maker has yet to say.", late=late, by=by, today=today)


def test_the_asker_reads_the_new_day_and_why(taken: asking.Filed, officer: User, today: date) -> None:
    extend(taken, officer, today)
    assert again(taken).due_on == date(2026, 12, 3)
    words = thread.read(opened(taken)).lines[-1]
    assert words.text == (
        "Our answer will take longer than we said. It is now due by 3 December 2026.\n\nThe maker has yet to say."
    )
    assert not words.is_from_asker
    event = Event.objects.get(kind="extend")
    assert (event.days, event.official, event.describe()) == (3, officer, "The answer was put off by 3 business days")


def test_the_asker_reads_it_in_the_conversation_and_by_the_api(
    taken: asking.Filed, officer: User, today: date, client: Client
) -> None:
    extend(taken, officer, today)
    page = client.post("/conversation/", {"receipt": taken.receipt}).content.decode()
    assert "The maker has yet to say." in page
    assert "We put off the answer" in page
    told = client.get("/api/v1/inquiries/conversation/", headers={"Authorization": f"Receipt {taken.receipt}"}).json()
    assert told["due_on"] == "2026-12-03"
    assert told["messages"][-1]["from"] == "office"
    assert "The maker has yet to say." in told["messages"][-1]["text"]


def test_an_extension_of_what_is_late_counts_from_today(taken: asking.Filed, officer: User) -> None:
    late_day = date(2026, 12, 7)
    extend(taken, officer, late_day, late=WHY)
    assert again(taken).due_on == date(2026, 12, 10)
    breach = Breach.objects.get()
    assert (breach.due_on, breach.met_on, breach.reason, breach.on) == (date(2026, 11, 30), None, "workload", late_day)


def test_the_second_time_a_supervisor_does_it_and_never_a_fourth(
    taken: asking.Filed, officer: User, supervisor: User, today: date
) -> None:
    extend(taken, officer, today)
    with pytest.raises(extending.NeedsSupervisor):
        extend(taken, officer, today)
    extend(taken, supervisor, today)
    extend(taken, supervisor, today)
    with pytest.raises(extending.TooManyExtensions):
        extend(taken, supervisor, today)
    assert again(taken).due_on == date(2026, 12, 11)


def test_a_supervisor_of_another_agency_does_not(
    taken: asking.Filed, officer: User, licensing_agency: Organisation, today: date
) -> None:
    casework.route(taken.inquiry, agency=licensing_agency, by=officer, today=today)
    own = member(licensing_agency, "Sven Supervisor", Role.SUPERVISOR)
    casework.take(taken.inquiry, by=own, today=today)
    extend(taken, own, today)
    stranger = member(Organisation.objects.create(kind="agency", name="Screening Office"), "Stina Stranger", Role.SUPERVISOR)
    with pytest.raises(casework.UnableToWork):
        extend(taken, stranger, today)
    extend(taken, own, today)


@pytest.mark.parametrize("days", [-1, 0, 21])
def test_an_extension_is_of_one_to_twenty_days(taken: asking.Filed, officer: User, today: date, days: int) -> None:
    with pytest.raises(extending.UnableToExtend):
        extend(taken, officer, today, days=days)


@pytest.mark.parametrize("move", ["untaken", "asked", "answered"])
def test_only_what_is_in_hand_is_put_off(ask: Ask, officer: User, today: date, move: str) -> None:
    filed = ask()
    if move != "untaken":
        casework.take(filed.inquiry, by=officer, today=today)
        verb = casework.ask_back if move == "asked" else casework.answer
        verb(filed.inquiry, text="?", by=officer, today=today)
    with pytest.raises(casebook.UnableToMove):
        extend(filed, officer, today)


def test_who_may_not_work_on_it_does_not_put_it_off(
    taken: asking.Filed, approver: User, licensing_officer: User, today: date
) -> None:
    for person in (approver, licensing_officer):
        with pytest.raises(casework.UnableToWork):
            extend(taken, person, today)


@pytest.mark.parametrize(("kind", "days"), [("extend", None), ("extend", 0), ("extend", 21), ("take", 3)])
def test_the_database_refuses_days_without_an_extension_and_the_reverse(
    taken: asking.Filed, officer: User, today: date, kind: str, days: int | None
) -> None:
    row = {"inquiry": taken.inquiry, "official": officer, "on": today}
    with pytest.raises(IntegrityError, match="event_has_days"), transaction.atomic():
        Event.objects.create(**row, position=9, kind=kind, days=days)
    Event.objects.create(**row, position=9, kind="extend", days=3)


# --- explained ------------------------------------------------------------------------------------------------------


def test_a_late_answer_needs_a_reason(taken: asking.Filed, officer: User) -> None:
    late_day = date(2026, 12, 1)
    for why in (None, Late("workload", " ")):
        with pytest.raises(lateness.UnableToMoveLate):
            casework.answer(taken.inquiry, text="No.", late=why, by=officer, today=late_day)
    casework.answer(taken.inquiry, text="No.", late=WHY, by=officer, today=late_day)
    found = lateness.explained(casework.open_for_official(taken.inquiry, by=officer))
    assert [(each.breach.due_on, each.breach.met_on, each.breach.by, each.words) for each in found] == [
        (date(2026, 11, 30), late_day, officer, WHY.words)
    ]


def test_an_answer_on_its_day_needs_none(taken: asking.Filed, officer: User) -> None:
    casework.answer(taken.inquiry, text="No.", late=WHY, by=officer, today=date(2026, 11, 30))
    assert Breach.objects.count() == 0


def test_asking_the_asker_after_the_day_spares_nobody_the_reason(taken: asking.Filed, officer: User) -> None:
    casework.ask_back(taken.inquiry, text="Which?", by=officer, today=date(2026, 12, 1))
    with pytest.raises(lateness.UnableToMoveLate):
        casework.answer(taken.inquiry, text="No.", by=officer, today=date(2026, 12, 2))


def test_closing_what_is_late_is_written_down(taken: asking.Filed, officer: User) -> None:
    casework.close(taken.inquiry, by=officer, today=date(2026, 12, 1))
    breach = Breach.objects.get()
    assert (breach.reason, breach.met_on, bytes(breach.sealed_words)) == ("unanswered", None, b"")


def test_a_breach_that_was_put_off_is_met_by_the_answer(taken: asking.Filed, officer: User) -> None:
    extend(taken, officer, date(2026, 12, 7), late=WHY)
    casework.answer(taken.inquiry, text="No.", by=officer, today=date(2026, 12, 10))
    assert list(Breach.objects.values_list("due_on", "met_on")) == [(date(2026, 11, 30), date(2026, 12, 10))]


def test_the_words_are_sealed_with_the_case(taken: asking.Filed, officer: User) -> None:
    casework.answer(taken.inquiry, text="No.", late=WHY, by=officer, today=date(2026, 12, 1))
    assert WHY.words.encode() not in bytes(Breach.objects.get().sealed_words)


def test_erasing_leaves_a_count_of_the_reason_and_no_more(taken: asking.Filed, officer: User) -> None:
    casework.answer(taken.inquiry, text="No.", late=WHY, by=officer, today=date(2026, 12, 1))
    erasing.erase(opened=opened(taken), today=date(2026, 12, 2))
    assert Breach.objects.count() == 0
    assert list(ErasedBreach.objects.values_list("quarter", "reason", "number")) == [(date(2026, 10, 1), "workload", 1)]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"target": "publish"}, "breach_target"),
        ({"on": date(2026, 11, 30)}, "breach_is_explained"),
        ({"met_on": date(2026, 11, 30)}, "breach_is_met"),
    ],
)
def test_the_database_refuses_a_breach_that_is_none(taken: asking.Filed, officer: User, change: Any, constraint: str) -> None:
    row: dict[str, Any] = {"inquiry": taken.inquiry, "due_on": date(2026, 11, 30), "on": date(2026, 12, 1)}
    row |= {"reason": "workload", "sealed_words": b"", "by": officer}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Breach.objects.create(**row | change)
    Breach.objects.create(**row)
    with pytest.raises(IntegrityError, match="one_breach"), transaction.atomic():
        Breach.objects.create(**row)


# --- passed on ------------------------------------------------------------------------------------------------------


def test_what_is_overdue_is_passed_on_once_on_the_next_business_morning(taken: asking.Filed, ask: Ask) -> None:
    due = date(2026, 11, 30)
    assert escalating.escalate(today=due) == 0
    assert escalating.escalate(today=due + ONE_DAY) == 1
    assert escalating.escalate(today=due + 2 * ONE_DAY) == 0
    events = [(event.kind, event.official, event.on) for event in Event.objects.filter(kind="portal-escalates")]
    assert events == [("portal-escalates", None, due + ONE_DAY)]
    assert (again(taken).escalated_on, again(taken).due_on) == (due + ONE_DAY, due)


def test_nothing_is_passed_on_on_a_day_of_rest(ask: Ask, officer: User, administrator: User, today: date) -> None:
    friday_before = date(2026, 11, 20)
    casework.take(ask(topic="sanctions", today=friday_before).inquiry, by=officer, today=friday_before)  # due on a Friday
    friday = date(2026, 11, 27)
    office_days.close_office(first_on=friday + 3 * ONE_DAY, last_on=friday + 3 * ONE_DAY, reason="x", by=administrator, today=today)
    found = [escalating.escalate(today=friday + number * ONE_DAY) for number in range(5)]
    assert found == [0, 0, 0, 0, 1]


def test_a_new_day_that_is_missed_is_passed_on_anew(taken: asking.Filed, officer: User) -> None:
    escalating.escalate(today=date(2026, 12, 1))
    extend(taken, officer, date(2026, 12, 1), days=1, late=WHY)
    assert again(taken).escalated_on is None
    assert escalating.escalate(today=date(2026, 12, 2)) == 0
    assert escalating.escalate(today=date(2026, 12, 3)) == 1


def test_the_queue_of_what_was_passed_on_holds_it_until_it_is_answered(taken: asking.Filed, officer: User) -> None:
    day = date(2026, 12, 1)
    escalating.escalate(today=day)
    escalated = Inquiry.objects.visible_to(officer).queue("escalated", onlooker(officer, day))
    assert list(escalated) == [taken.inquiry]
    casework.answer(taken.inquiry, text="No.", late=WHY, by=officer, today=day)
    assert list(escalated.all()) == []


def test_what_was_answered_long_ago_is_to_be_closed(taken: asking.Filed, officer: User, today: date) -> None:
    casework.answer(taken.inquiry, text="No.", by=officer, today=today)
    last = again(taken).close_on
    assert last == clock.office_calendar().after(today, 15)
    found = [list(Inquiry.objects.queue("to_close", onlooker(officer, day))) for day in (last, last + ONE_DAY)]
    assert found == [[], [taken.inquiry]]


# --- not taken, not closed ------------------------------------------------------------------------------------------


def escalated(user: User, day: date) -> list[Inquiry]:
    return list(Inquiry.objects.visible_to(user).queue("escalated", onlooker(user, day)))


def test_what_nobody_takes_is_passed_on_once_and_leaves_the_queue_when_taken(ask: Ask, officer: User) -> None:
    filed, last = ask(), date(2026, 11, 25)
    assert again(filed).acknowledge_on == last
    assert [escalating.escalate(today=last + number * ONE_DAY) for number in range(3)] == [0, 1, 0]
    event = Event.objects.get(kind="portal-escalates-taking")
    assert (event.official, event.on, again(filed).take_escalated_on) == (None, last + ONE_DAY, last + ONE_DAY)
    assert escalated(officer, last + ONE_DAY) == [filed.inquiry]
    casework.take(filed.inquiry, by=officer, today=last + ONE_DAY)
    assert (escalated(officer, last + ONE_DAY), again(filed).take_escalated_on) == ([], None)


@pytest.mark.parametrize("verb", ["answer", "ask_back"])
def test_what_nobody_closes_is_passed_on_once_for_each_silence(taken: asking.Filed, officer: User, today: date, verb: str) -> None:
    getattr(casework, verb)(taken.inquiry, text="?", by=officer, today=today)
    last = again(taken).close_on
    assert last == date(2026, 12, 14)
    erase_on = again(taken).erase_on
    assert [escalating.escalate(today=last + number * ONE_DAY) for number in range(3)] == [0, 1, 0]
    assert (escalated(officer, last + ONE_DAY), again(taken).erase_on) == ([taken.inquiry], erase_on)
    asking.write_again(opened=opened(taken), text="And this?", today=last + ONE_DAY)
    assert (escalated(officer, last + ONE_DAY), again(taken).close_escalated_on) == ([], None)
    casework.ask_back(taken.inquiry, text="Which?", by=officer, today=last + ONE_DAY)
    second = again(taken).close_on
    assert second
    assert escalating.escalate(today=second + 3 * ONE_DAY) == 1  # a Monday


def test_all_three_are_passed_on_in_batches(ask: Ask, officer: User, today: date) -> None:
    filed = [ask(topic="sanctions") for _ in range(5)]
    for each in filed[3:]:
        casework.take(each.inquiry, by=officer, today=today)
        casework.answer(each.inquiry, text="No.", by=officer, today=today)
    late_day = date(2027, 1, 15)
    assert [escalating.escalate(today=late_day, limit=2) for _ in range(3)] == [6, 2, 0]
    kinds = Event.objects.filter(kind__startswith="portal-escalates").values_list("kind", flat=True)
    assert sorted(kinds) == sorted(3 * ["portal-escalates", "portal-escalates-taking"] + 2 * ["portal-escalates-closing"])


def test_taking_late_is_noted_once_and_holds_nobody_up(ask: Ask, officer: User, supervisor: User) -> None:
    filed, late_day = ask(topic="classification"), date(2026, 11, 26)
    casework.take(filed.inquiry, by=officer, today=late_day)
    casework.take(filed.inquiry, by=supervisor, today=late_day)
    breach = Breach.objects.get()
    assert (breach.target, breach.due_on, breach.met_on, breach.by) == ("acknowledge", date(2026, 11, 25), late_day, officer)
    assert breach.is_unsaid
    casework.answer(filed.inquiry, text="No.", by=officer, today=late_day)  # which is in time, and needs no reason


def test_handing_over_late_is_taking_late(ask: Ask, officer: User, supervisor: User) -> None:
    handing.hand_over(ask().inquiry, to=officer, by=supervisor, today=date(2026, 11, 26))
    assert Breach.objects.get().target == "acknowledge"


def test_taking_and_closing_on_the_last_day_is_in_time(ask: Ask, officer: User) -> None:
    filed = ask()
    casework.take(filed.inquiry, by=officer, today=date(2026, 11, 25))
    casework.answer(filed.inquiry, text="No.", by=officer, today=date(2026, 11, 25))
    last = again(filed).close_on
    assert last
    casework.close(filed.inquiry, by=officer, today=last)
    assert Breach.objects.count() == 0


def test_closing_late_is_noted_and_explained_afterwards(taken: asking.Filed, officer: User, approver: User, today: date) -> None:
    casework.answer(taken.inquiry, text="No.", by=officer, today=today)
    last = again(taken).close_on
    assert last
    casework.close(taken.inquiry, by=officer, today=last + ONE_DAY)
    breach = Breach.objects.get()
    assert (breach.target, breach.due_on, breach.is_unsaid) == ("close", last, True)
    with pytest.raises(casework.UnableToWork):
        explaining.say_why(breach, late=WHY, by=approver)
    with pytest.raises(explaining.UnableToExplain):
        explaining.say_why(breach, late=Late("workload", " "), by=officer)
    explaining.say_why(breach, late=WHY, by=officer)
    (found,) = lateness.explained(casework.open_for_official(taken.inquiry, by=officer))
    assert (found.breach.reason, found.words) == ("workload", WHY.words)
    with pytest.raises(explaining.UnableToExplain, match="already"):
        explaining.say_why(breach, late=WHY, by=officer)


def test_what_the_asker_ends_asks_no_official_for_a_reason(taken: asking.Filed, officer: User, today: date) -> None:
    casework.answer(taken.inquiry, text="No.", by=officer, today=today)
    last = again(taken).close_on
    assert last
    closing.settle(opened=opened(taken), today=last + ONE_DAY)
    assert Breach.objects.count() == 0
