"""What moves a deadline beside the history: closures and targets, and working all of them out anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from inquiries import tasks
from inquiries.deadlines import Targets
from inquiries.models import Closure, Inquiry, Recalculation, ResponseTarget
from inquiries.services import asking, casebook, casework, clock, digest, office_days, recomputing
from organisations.models import Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]
ONE_DAY = timedelta(days=1)


def shut(by: User, today: date, *, first: int = 1, last: int = 1) -> Recalculation:
    """Close the office from `first` to `last` days after today."""
    return office_days.close_office(
        first_on=today + first * ONE_DAY, last_on=today + last * ONE_DAY, reason="Moving house", by=by, today=today
    )


def test_a_closure_puts_off_what_is_open(ask: Ask, administrator: User, today: date) -> None:
    inquiry = ask(topic="sanctions").inquiry
    assert inquiry.due_on == date(2026, 11, 30)
    assert (inquiry.warn_on, inquiry.acknowledge_on) == (date(2026, 11, 26), date(2026, 11, 25))
    run = recomputing.finish(shut(administrator, today, last=2))
    inquiry.refresh_from_db()
    assert (inquiry.due_on, inquiry.acknowledge_on) == (date(2026, 12, 2), date(2026, 11, 27))
    assert (run.total, run.done, run.differed, run.is_finished) == (1, 1, 1, True)


def test_a_closure_is_taken_back_before_it_begins_and_not_after(ask: Ask, administrator: User, today: date) -> None:
    inquiry = ask(topic="sanctions").inquiry
    recomputing.finish(shut(administrator, today, last=2))
    closure = Closure.objects.get()
    with pytest.raises(office_days.UnableToSet):
        office_days.take_back(closure, by=administrator, today=closure.first_on)
    recomputing.finish(office_days.take_back(closure, by=administrator, today=today))
    inquiry.refresh_from_db()
    assert inquiry.due_on == date(2026, 11, 30)


def test_no_day_of_the_past_is_closed(administrator: User, today: date) -> None:
    with pytest.raises(office_days.UnableToSet):
        shut(administrator, today, first=-1)
    assert shut(administrator, today, first=0).total == 0


@pytest.mark.parametrize("who", ["officer", "supervisor", "auditor", "licensing_officer"])
def test_only_an_administrator_of_the_focal_point_sets_days(request: pytest.FixtureRequest, today: date, who: str) -> None:
    person = request.getfixturevalue(who)
    with pytest.raises(office_days.UnableToSet):
        shut(person, today)
    with pytest.raises(office_days.UnableToSet):
        set_targets(person, today, answer=3)


def test_an_administrator_of_another_agency_does_not(licensing_agency: Organisation, today: date) -> None:
    with pytest.raises(office_days.UnableToSet):
        shut(member(licensing_agency, "Lea Licensing", Role.ADMINISTRATOR), today)


@pytest.mark.parametrize(
    ("first", "last", "constraint"),
    [(3, 2, "closure_ends_after"), (-1, 2, "closure_is_declared"), (1, 32, "closure_is_a_month")],
)
def test_the_database_refuses_a_closure_that_is_none(
    administrator: User, today: date, first: int, last: int, constraint: str
) -> None:
    days = {"first_on": today + first * ONE_DAY, "last_on": today + last * ONE_DAY, "reason": "x", "declared_on": today}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Closure.objects.create(**days, by=administrator)
    Closure.objects.create(**days | {"first_on": today, "last_on": today + 30 * ONE_DAY}, by=administrator)


def test_no_digest_goes_out_while_the_office_is_closed(officer: User, administrator: User, today: date, settings: Any) -> None:
    shut(administrator, today)
    assert digest.post_digest(today=today + ONE_DAY) is None
    assert digest.post_digest(today=today + 2 * ONE_DAY) is not None


# --- targets --------------------------------------------------------------------------------------------------------


def set_targets(by: User, today: date, *, answer: int, priority: str = "normal", days: int = 1) -> ResponseTarget:
    return office_days.set_targets(
        topic="sanctions",
        priority=priority,
        targets=Targets(1, answer, 20),
        valid_from=today + days * ONE_DAY,
        by=by,
        today=today,
    )


def test_a_clock_that_runs_keeps_the_target_with_which_it_started(
    ask: Ask, administrator: User, officer: User, today: date
) -> None:
    old = ask(topic="sanctions").inquiry
    set_targets(administrator, today, answer=2)
    new = ask(topic="sanctions", today=today + ONE_DAY).inquiry
    casework.take(old, by=officer, today=today + 2 * ONE_DAY)
    old.refresh_from_db()
    assert (old.due_on, new.due_on) == (date(2026, 11, 30), date(2026, 11, 26))
    assert recomputing.check(today=today).differed == 0


def test_a_target_is_set_for_days_to_come_only(administrator: User, today: date) -> None:
    with pytest.raises(office_days.UnableToSet):
        set_targets(administrator, today, answer=2, days=0)


def test_a_target_for_the_same_day_takes_the_place_of_the_one_before(administrator: User, today: date) -> None:
    set_targets(administrator, today, answer=2)
    set_targets(administrator, today, answer=3)
    assert list(ResponseTarget.objects.values_list("answer", flat=True)) == [3]


def test_what_presses_is_due_sooner(ask: Ask, today: date) -> None:
    inquiry = ask(topic="sanctions").inquiry
    Inquiry.objects.filter(pk=inquiry.pk).update(priority="urgent")
    inquiry.refresh_from_db()
    casebook.settle(inquiry)
    assert (inquiry.due_on, casebook.due_on(inquiry)) == (date(2026, 11, 24), date(2026, 11, 24))
    assert recomputing.check(today=today).differed == 0


@pytest.mark.parametrize(
    ("change", "constraint"),
    [({"answer": 0}, "within_a_year"), ({"close": 251}, "within_a_year"), ({"set_on": date(2026, 11, 24)}, "set_before")],
)
def test_the_database_refuses_a_target_that_is_none(administrator: User, today: date, change: Any, constraint: str) -> None:
    row = {"topic": "other", "priority": "high", "acknowledge": 1, "answer": 2, "close": 3}
    row |= {"valid_from": today + ONE_DAY, "set_on": today, "by": administrator}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ResponseTarget.objects.create(**row | change)
    ResponseTarget.objects.create(**row)
    with pytest.raises(IntegrityError, match="one_response_target"), transaction.atomic():
        ResponseTarget.objects.create(**row)


# --- anew -----------------------------------------------------------------------------------------------------------


def test_nothing_differs_on_a_healthy_database(ask: Ask, officer: User, today: date) -> None:
    filed = [ask() for _ in range(4)]
    for each in filed[1:]:
        casework.take(each.inquiry, by=officer, today=today)
    casework.ask_back(filed[2].inquiry, text="Which?", by=officer, today=today)
    casework.answer(filed[3].inquiry, text="No.", by=officer, today=today)
    run = recomputing.check(today=today)
    assert (run.done, run.differed, run.is_alarming) == (4, 0, False)


@pytest.mark.parametrize("column", clock.DERIVED)
def test_the_check_finds_and_mends_what_was_changed_by_hand(
    ask: Ask, officer: User, today: date, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    inquiry, untouched = ask().inquiry, ask().inquiry
    before = {name: getattr(inquiry, name) for name in clock.DERIVED}
    Inquiry.objects.filter(pk=inquiry.pk).update(**{column: date(2030, 1, 1)})
    run = recomputing.check(today=today)
    inquiry.refresh_from_db()
    assert {name: getattr(inquiry, name) for name in clock.DERIVED} == before
    assert (run.done, run.differed, run.is_alarming) == (2, 1, True)
    assert "1 deadlines were not what their history says" in caplog.text
    assert recomputing.check(today=today).differed == 0
    assert untouched.due_on == casebook.due_on(untouched)


def test_a_recalculation_goes_on_where_it_was_stopped(ask: Ask, administrator: User, today: date) -> None:
    for _ in range(5):
        ask()
    run = shut(administrator, today)
    assert recomputing.step(run.pk, limit=2)
    run.refresh_from_db()
    assert (run.done, run.differed, run.is_finished) == (2, 2, False)
    check = recomputing.check(today=today)
    run.refresh_from_db()
    assert (run.done, run.differed, run.is_finished) == (5, 5, True)
    assert (check.differed, check.is_alarming) == (0, False)  # what the closure moved alarms nobody
    assert not recomputing.step(run.pk)


def test_a_batch_is_read_in_a_fixed_number_of_queries(ask: Ask, today: date, django_assert_max_num_queries: Any) -> None:
    counted = []
    for more in (1, 2):
        for _ in range(more):
            ask()
        run = recomputing.start(Recalculation.Cause.COMMAND, today=today)
        with django_assert_max_num_queries(8) as captured:
            recomputing.step(run.pk)
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_the_command_says_how_many_differed(ask: Ask, today: date) -> None:
    inquiry = ask().inquiry
    ask()
    Inquiry.objects.filter(pk=inquiry.pk).update(due_on=today)
    said = []
    for _ in range(2):
        out = StringIO()
        call_command("recompute_deadlines", stdout=out)
        said.append(out.getvalue())
    assert said == ["2 inquiries looked at, 1 differed and was set right.\n", "2 inquiries looked at, none differed.\n"]


def test_the_clock_rings_for_each_of_them(ask: Ask, administrator: User, today: date) -> None:
    ask(topic="sanctions", today=today - 90 * ONE_DAY)
    run = shut(administrator, timezone.localdate())
    tasks.recompute_deadlines(str(run.pk))
    tasks.check_deadlines()
    tasks.publish_figures()
    tasks.escalate()
    run.refresh_from_db()
    assert run.is_finished
    assert Recalculation.objects.filter(cause="check", is_finished=True, differed=0).count() == 1
