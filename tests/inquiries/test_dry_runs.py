"""Dry runs of the rules: what they count, how they go on, and that nothing of them is kept for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from time import sleep
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalogue.models import Segment
from inquiries import tasks
from inquiries.models import DryRun, RoutingRule
from inquiries.querysets import KindOfInquiry, kinds_of_inquiries
from inquiries.services import asking, casework, dry_runs, rehearsal, rules
from inquiries.services.rehearsal import Rehearsal
from organisations.models import Organisation, Role, User
from tests.conftest import member
from tests.inquiries.test_rules import Add, Ask, add, segments, terms

__all__ = ["add", "segments"]
DAY = timedelta(days=1)
Start = Callable[..., DryRun]
Try = Callable[..., Rehearsal]


@pytest.fixture
def start(administrator: User, today: date) -> Start:
    """Asks for a dry run: of the rules in force, unless told of what."""

    def start_run(**said: Any) -> DryRun:
        return dry_runs.start(**{"by": administrator, "today": today, **said})

    return start_run


@pytest.fixture
def count(start: Start) -> Try:
    """Asks for a dry run and counts it to the end."""

    def count_run(**said: Any) -> Rehearsal:
        run = start(**said)
        dry_runs.run(run.pk)
        run.refresh_from_db()
        found = dry_runs.result(run)
        assert (run.state, run.done, run.total) == ("done", found and found.total, found and found.total)
        assert found is not None
        return found

    return count_run


def names(found: Rehearsal) -> list[str]:
    return [tally.rule.name if tally.rule else "" for tally in found.by_rule]


# --- what it counts -------------------------------------------------------------------------------------------------


def test_it_counts_where_inquiries_would_have_gone_against_where_they_are(
    ask: Ask, add: Add, count: Try, officer: User, licensing_agency: Organisation, segments: dict[str, Segment], today: date
) -> None:
    for age in (0, 89, 90, 200):
        ask(topic="licensing", today=today - timedelta(days=age))
    handed = ask(topic="licensing", segments=[segments["EU03.2"]]).inquiry
    casework.route(handed, agency=licensing_agency, by=officer, today=today)
    ask(topic="other")
    add(name="Licences", topics=["licensing"], agency=licensing_agency)
    add(name="Quantum", segments=["EU03"], tier=20)
    found = count()
    assert (found.total, found.agreed, found.changed, found.hidden) == (4, 2, 0, 0)
    assert names(found) == ["Licences", "Quantum", ""]
    assert [(tally.number, tally.agreed, tally.elsewhere) for tally in found.by_rule] == [(3, 1, 2), (0, 0, 0), (1, 1, 0)]
    assert [(row.topic, row.segments, row.would_go_to, row.went_to, row.number, row.is_agreed) for row in found.rows] == [
        ("licensing", [], "Licensing Board", "", 2, False),
        ("licensing", ["EU03.2"], "Licensing Board", "Licensing Board", 1, True),
        ("other", [], "", "", 1, True),
    ]


def test_a_rule_is_tried_without_being_saved(ask: Ask, add: Add, count: Try, licensing_agency: Organisation) -> None:
    ask(topic="licensing")
    ask(topic="other")
    rule = add(topics=["licensing"])
    assert count(rule=rule, terms=terms(topics=["licensing"], agency=licensing_agency), version=1).changed == 1
    found = count(terms=terms(name="New", agency=licensing_agency))
    assert list(zip(names(found), [tally.number for tally in found.by_rule], strict=True)) == [("A rule", 1), ("New", 1), ("", 0)]
    rule.refresh_from_db()
    assert (rule.agency, rule.version, RoutingRule.objects.count()) == (None, 1, 1)


def test_the_list_is_bounded_and_the_rest_counted(ask: Ask, count: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "MOST_ROWS", 1)
    ask(topic="licensing")
    ask(topic="licensing")
    ask(topic="other")
    found = count()
    assert ([row.number for row in found.rows], found.hidden) == ([2], 1)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_hold_each_inquiry_once_whatever_their_size(ask: Ask, today: date, size: int) -> None:
    topics = ["licensing", "other", "sanctions", "classification"]
    for age, topic in zip((0, 0, 1, 89), topics, strict=True):
        ask(topic=topic, today=today - timedelta(days=age))
    pages = list(kinds_of_inquiries(after=today - timedelta(days=90), size=size))
    assert sorted(kind.topic for page in pages for kind in page) == sorted(topics)
    assert max(map(len, pages)) == min(size, 4)


def test_it_takes_a_query_for_a_page_and_one_to_say_how_far_it_is(
    ask: Ask, add: Add, start: Start, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    add()
    for more in (1, 2):
        for _ in range(more):
            ask()
        run = start()
        with django_assert_num_queries(10):
            dry_runs.run(run.pk)
    monkeypatch.setattr(dry_runs, "PAGE", 1)
    run = start()
    with django_assert_num_queries(10 + 3 * 2):
        dry_runs.run(run.pk)


# --- how it goes on -------------------------------------------------------------------------------------------------


Seen = Callable[[DryRun], None]


@pytest.fixture
def at_each_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[Seen], None]:
    """Has somebody look at the only dry run there is before each page of one inquiry is counted."""

    def look(seen: Seen) -> None:
        def pages(**said: Any) -> Iterator[list[KindOfInquiry]]:
            for page in kinds_of_inquiries(**said):
                seen(DryRun.objects.get())
                yield page

        monkeypatch.setattr(dry_runs, "PAGE", 1)
        monkeypatch.setattr(dry_runs, "kinds_of_inquiries", pages)

    return look


def test_its_row_says_how_far_it_has_come(ask: Ask, start: Start, at_each_page: Callable[[Seen], None]) -> None:
    for _ in range(2):
        ask()
    seen: list[tuple[str, int, int, bool]] = []
    at_each_page(lambda run: seen.append((run.state, run.done, run.total, dry_runs.has_stopped(run))))
    run = start()
    assert (run.state, run.done, run.total, dry_runs.has_stopped(run)) == ("waiting", 0, 2, False)
    dry_runs.run(run.pk)
    assert seen == [("running", done, 2, False) for done in (0, 1, 2)]


def test_the_task_counts_it_once(ask: Ask, start: Start) -> None:
    ask()
    run = start(today=timezone.localdate())
    for _ in range(2):
        tasks.try_rules(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.result["total"]) == ("done", run.total)
    tasks.try_rules(str(DryRun().pk))  # forgotten meanwhile


def test_the_same_asked_twice_is_one_run_and_another_is_refused_while_it_is_counted(add: Add, start: Start, auditor: User) -> None:
    rule = add()
    said = {"rule": rule, "terms": terms(name="New"), "version": 1}
    run = start(**said)
    assert start(**said) == run
    DryRun.objects.update(state="running")
    with dry_runs.counting(run.pk):
        assert start(**said) == run
        for other in ({}, {**said, "terms": terms(name="Newer")}, {**said, "rule": None}):
            with pytest.raises(dry_runs.IsUnderWay) as caught:
                start(**other)
            assert caught.value.run == run
        assert start(by=auditor) != run
    DryRun.objects.filter(pk=run.pk).update(state="done", result={})
    assert (start(**said) == run, start(**said).number) == (False, 2)


def test_what_nobody_has_begun_makes_room_for_another(start: Start) -> None:
    run = start()
    assert start(terms=terms()).number == 2
    dry_runs.run(run.pk)  # its worker comes late
    run.refresh_from_db()
    assert (run.state, run.result, dry_runs.has_stopped(run)) == ("failed", None, True)


@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
def test_one_whose_worker_died_has_stopped_and_the_same_may_begin_anew(start: Start) -> None:
    run = start()
    other = connection.copy()
    other.set_autocommit(True)
    with other.cursor() as worker:
        worker.execute("SELECT pg_advisory_lock(%s)", [dry_runs._lock(run.pk)])
    DryRun.objects.update(state="running")
    run.refresh_from_db()
    assert not dry_runs.has_stopped(run)
    with dry_runs.counting(run.pk) as is_ours:
        assert not is_ours
    other.close()
    for _ in range(100):  # PostgreSQL notices the end of a connection in its own time
        if dry_runs.has_stopped(run):
            break
        sleep(0.05)
    assert start().number == 2
    run.refresh_from_db()
    assert run.state == "failed"


def test_the_last_word_counts_though_who_counted_has_let_go(start: Start) -> None:
    start()
    DryRun.objects.update(state="running")
    read_before = DryRun.objects.get()
    DryRun.objects.update(state="done", result={})
    assert (dry_runs.has_stopped(read_before), read_before.is_done) == (False, True)


def test_a_worker_stops_counting_what_was_given_up(ask: Ask, start: Start, at_each_page: Callable[[Seen], None]) -> None:
    ask()
    ask()
    seen: list[DryRun] = []

    def give_up(run: DryRun) -> None:
        seen.append(run)
        dry_runs.give_up(run.pk)

    at_each_page(give_up)
    run = start()
    dry_runs.run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.result, len(seen)) == ("failed", None, 1)


def test_a_fault_is_on_record_and_in_the_log(start: Start, licensing_agency: Organisation) -> None:
    run = start(terms=terms(agency=licensing_agency))
    Organisation.objects.filter(pk=licensing_agency.pk).update(functions=[])
    with pytest.raises(rules.UnableToChange):
        dry_runs.run(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"


def test_what_could_not_be_saved_is_not_tried(start: Start) -> None:
    police = Organisation.objects.create(kind="agency", name="Customs Police")
    with pytest.raises(rules.UnableToChange):
        start(terms=terms(agency=police))
    assert not DryRun.objects.exists()


@pytest.mark.parametrize("who", ["officer", "supervisor", "editor", "licensing_officer"])
def test_nobody_else_tries_rules(request: pytest.FixtureRequest, start: Start, who: str) -> None:
    with pytest.raises(dry_runs.UnableToTry):
        start(by=request.getfixturevalue(who))


def test_an_auditor_tries_the_rules_in_force_and_no_other(start: Start, auditor: User, licensing_agency: Organisation) -> None:
    assert start(by=auditor).sketch is None
    for by in (auditor, member(licensing_agency, "Lea Licensing", Role.ADMINISTRATOR)):
        with pytest.raises(dry_runs.UnableToTry):
            start(by=by, terms=terms())


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_it_is_forgotten_the_next_day(count: Try, start: Start, today: date) -> None:
    count()
    start(today=today + DAY)
    assert [dry_runs.forget(today=today + days * DAY) for days in (0, 1, 2)] == [0, 1, 1]


def test_the_clock_forgets(start: Start) -> None:
    start(today=timezone.localdate() - DAY)
    tasks.forget_dry_runs()
    assert not DryRun.objects.exists()


def test_it_keeps_counts_and_no_word_of_a_case(ask: Ask, count: Try, add: Add) -> None:
    filed: asking.Filed = ask("Haapsalu", subject="Haapsalu")
    filed.inquiry.title = filed.inquiry.summary = "Haapsalu"
    filed.inquiry.save()
    add()
    count(terms=terms())
    kept = str(DryRun.objects.values().get())
    assert [word for word in ("Haapsalu", filed.inquiry.reference, str(filed.inquiry.pk)) if word in kept] == []


def test_the_database_knows_what_a_dry_run_is(add: Add, start: Start) -> None:
    run = start()
    for bad in ({"state": "done"}, {"result": {}}, {"rule": add()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DryRun.objects.filter(pk=run.pk).update(**bad)
    for number in (2, 1):
        with pytest.raises(IntegrityError), transaction.atomic():
            DryRun.objects.create(by=run.by, number=number, begun_on=run.begun_on)
        DryRun.objects.filter(pk=run.pk).update(state="done", result={}, rule=add(), sketch={})
    DryRun.objects.create(by=run.by, number=2, begun_on=run.begun_on)
