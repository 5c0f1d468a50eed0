"""Rules at work: what is filed goes where they say, who may read it, and who may change them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from catalogue.models import Segment
from inquiries import receipts
from inquiries.models import Inquiry, ReaderKey, RoutingRule, RoutingRuleVersion
from inquiries.services import asking, casework, readers, routing, rules, thread
from inquiries.services.casebook import UnableToMove
from organisations import services as organisations
from organisations.models import Function, Kind, Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]
Add = Callable[..., RoutingRule]
NOTHING: dict[str, Any] = {kind: [] for kind in ("topics", "segments", "codes", "destinations", "modes", "flags")}


def terms(**said: Any) -> rules.Terms:
    return rules.Terms(
        **{"name": "A rule", "tier": 10, "agency": None, "team": "", "priority": "", "target_days": None, **NOTHING, **said}
    )


@pytest.fixture
def add(administrator: User, today: date) -> Add:
    """Adds a rule; without words of its own it holds for everything."""

    def add_rule(**said: Any) -> RoutingRule:
        return rules.add(terms=terms(**said), by=administrator, today=today)

    return add_rule


@pytest.fixture
def segments(db: None) -> dict[str, Segment]:
    said = {"scheme": "eu-critical-technology-areas", "edition": "1", "source": "a test", "diversion_risk": "low"}
    area = Segment.objects.create(code="EU03", label="Quantum", **said)
    twig = Segment.objects.create(code="EU03.2", label="Quantum sensing", parent=area, **said)
    return {"EU03": area, "EU03.2": twig}


def told(inquiry: Inquiry) -> list[tuple[str, str]]:
    return list(inquiry.events.order_by("position").values_list("kind", "detail"))


# --- filing ---------------------------------------------------------------------------------------------------------


def test_what_is_filed_goes_where_the_rule_says_and_says_why(
    ask: Ask, add: Add, licensing_agency: Organisation, licensing_officer: User
) -> None:
    add(
        name="Licences", topics=["licensing", "sanctions"], destinations=["030"],
        agency=licensing_agency, team="Dual use", priority="high", target_days=3,
    )  # fmt: skip
    inquiry = ask("May I?", topic="sanctions", destination="KR").inquiry
    inquiry.refresh_from_db()
    assert (inquiry.agency, inquiry.team, inquiry.priority, inquiry.target_days) == (licensing_agency, "Dual use", "high", 3)
    assert (inquiry.state, inquiry.officer) == ("received", None)
    assert told(inquiry) == [
        ("received", ""),
        (
            "portal-routes",
            "rule “Licences” (tier 10, version 1) sends it to Licensing Board; topic: Sanctions; destination: Eastern Asia",
        ),
    ]
    assert [line.text for line in thread.read(casework.open_for_official(inquiry, by=licensing_officer)).lines] == ["May I?"]


def test_what_no_rule_holds_for_stays_with_the_focal_point(ask: Ask, add: Add, licensing_agency: Organisation) -> None:
    add(topics=["sanctions"], agency=licensing_agency)
    inquiry = ask().inquiry
    assert (inquiry.agency, told(inquiry)) == (None, [("received", "")])
    assert [key.agency for key in inquiry.reader_keys.all()] == [None]


def test_the_focal_point_reads_every_inquiry_wherever_a_rule_sends_it(
    ask: Ask, add: Add, licensing_agency: Organisation, officer: User
) -> None:
    add(agency=licensing_agency)
    inquiry = ask("Who reads this?").inquiry
    assert {key.agency for key in inquiry.reader_keys.all()} == {None, licensing_agency}
    assert Inquiry.objects.get(readers=[licensing_agency.pk]) == inquiry
    assert Inquiry.objects.visible_to(officer).get() == inquiry
    assert thread.read(casework.open_for_official(inquiry, by=officer)).lines[0].text == "Who reads this?"


def test_an_agency_to_which_no_rule_sent_it_can_not_open_it_with_the_database_in_hand(
    ask: Ask, add: Add, licensing_agency: Organisation
) -> None:
    screening = Organisation.objects.create(kind=Kind.AGENCY, name="Screening", functions=[Function.INVESTMENT_SCREENING])
    stranger = member(screening, "Sten Screening", Role.CASE_OFFICER)
    add(agency=licensing_agency)
    inquiry = ask().inquiry
    assert list(Inquiry.objects.visible_to(stranger)) == []
    with pytest.raises(casework.UnableToWork):
        casework.open_for_official(inquiry, by=stranger)
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(inquiry, agencies=[screening])
    row = inquiry.reader_keys.get(agency=licensing_agency)
    ReaderKey.objects.filter(pk=row.pk).update(agency=screening)  # the row in their own name, as a thief would write it
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(inquiry, agencies=[screening])


def test_a_rule_names_an_area_and_holds_for_its_technologies(ask: Ask, add: Add, segments: dict[str, Segment]) -> None:
    add(name="Quantum", segments=["EU03"], team="Physics")
    assert ask(segments=[segments["EU03.2"]]).inquiry.team == "Physics"
    assert ask(segments=[segments["EU03"]]).inquiry.team == "Physics"
    assert ask().inquiry.team == ""


def test_a_target_of_a_rule_takes_the_place_of_the_topics(ask: Ask, add: Add, today: date) -> None:
    usual = ask().inquiry.due_on
    add(target_days=2)
    sooner = ask().inquiry.due_on
    assert usual == date(2026, 12, 14)
    assert sooner == today + timedelta(days=2)


def test_the_lowest_tier_decides_and_a_rule_that_is_off_does_not(ask: Ask, add: Add, administrator: User, today: date) -> None:
    last, first = add(tier=20, team="last"), add(tier=5, team="first")
    assert ask().inquiry.team == "first"
    rules.switch(first, on=False, by=administrator, today=today)
    assert ask().inquiry.team == "last"
    rules.switch(last, on=False, by=administrator, today=today)
    assert ask().inquiry.team == ""


def test_the_order_within_a_tier_decides(ask: Ask, add: Add, administrator: User, today: date) -> None:
    _first, second = add(team="first"), add(team="second")
    assert ask().inquiry.team == "first"
    rules.move(second, up=True, by=administrator, today=today)
    assert ask().inquiry.team == "second"


def test_the_same_form_sent_twice_is_routed_once(ask: Ask, add: Add, licensing_agency: Organisation) -> None:
    add(agency=licensing_agency)
    first, again = (ask(form=b"f" * 32) for _ in range(2))
    assert first.inquiry == again.inquiry
    assert [kind for kind, _detail in told(first.inquiry)] == ["received", "portal-routes"]


def test_a_reason_longer_than_its_room_is_shortened(ask: Ask, add: Add) -> None:
    add(name="x" * 80, destinations=["KR", "030", "142"], topics=["classification"], modes=["anonymous"])
    many = add(tier=1, name="y" * 80, team="t", destinations=["KR", "030", "142"], topics=["classification"], modes=["anonymous"])
    RoutingRule.objects.filter(pk=many.pk).update(codes=[f"3A{number:03}" for number in range(100)], topics=[])
    inquiry = ask(destination="KR").inquiry
    Inquiry.objects.filter(pk=inquiry.pk).update(codes=[f"3A{number:03}.a" for number in range(100)])
    inquiry.refresh_from_db()
    outcome = routing.decide(inquiry, segments=[])
    assert outcome is not None
    assert (outcome.rule, len(outcome.why)) == (many, routing.LONGEST_WHY)


def test_filing_costs_the_same_number_of_queries_with_one_rule_or_many(
    ask: Ask, add: Add, licensing_agency: Organisation, django_assert_max_num_queries: Any
) -> None:
    counted = []
    for more in (1, 2):
        for number in range(more):
            add(agency=licensing_agency, destinations=["KR"], name=str(number))
        with django_assert_max_num_queries(40) as captured:
            ask(destination="KR")
        counted.append(len(captured))
    assert counted[0] == counted[1]


# --- at the desk ----------------------------------------------------------------------------------------------------


def test_the_desk_has_the_rules_decide_anew_once_it_knows_more(
    ask: Ask, add: Add, officer: User, licensing_agency: Organisation, licensing_officer: User, today: date
) -> None:
    inquiry = ask("May I?").inquiry
    add(name="Lasers", codes=["6A005"], agency=licensing_agency, target_days=1)
    with pytest.raises(routing.UnableToRoute):
        casework.apply_rules(inquiry, by=officer, today=today)
    Inquiry.objects.update(codes=["6A005.a.2"])
    moved = casework.apply_rules(inquiry, by=officer, today=today)
    assert (moved.agency, moved.due_on) == (licensing_agency, today + timedelta(days=1))
    assert told(moved)[-1] == (
        "apply-rules",
        "rule “Lasers” (tier 10, version 1) sends it to Licensing Board; control entry: 6A005",
    )
    assert thread.read(casework.open_for_official(moved, by=licensing_officer)).lines[0].text == "May I?"


def test_rules_applied_anew_take_the_agency_before_off_the_reader_list(
    ask: Ask, add: Add, officer: User, licensing_agency: Organisation, today: date
) -> None:
    add(tier=20, agency=licensing_agency)
    inquiry = ask().inquiry
    add(tier=10, name="Back", flags=["media"])
    Inquiry.objects.update(flags=["media"])
    moved = casework.apply_rules(inquiry, by=officer, today=today)
    assert moved.agency is None
    assert [key.agency for key in moved.reader_keys.all()] == [None]


def test_rules_leave_a_case_alone_that_an_official_has_taken(
    ask: Ask, add: Add, officer: User, licensing_agency: Organisation, today: date
) -> None:
    inquiry = ask().inquiry
    casework.take(inquiry, by=officer, today=today)
    add(agency=licensing_agency)
    with pytest.raises(UnableToMove):
        casework.apply_rules(inquiry, by=officer, today=today)
    inquiry.refresh_from_db()
    assert (inquiry.agency, inquiry.officer) == (None, officer)


@pytest.mark.parametrize("who", ["licensing_officer", "approver", "auditor", "administrator", "editor"])
def test_nobody_but_the_focal_points_desk_applies_rules(
    request: pytest.FixtureRequest, ask: Ask, add: Add, licensing_agency: Organisation, today: date, who: str
) -> None:
    add(agency=licensing_agency)
    with pytest.raises(casework.UnableToWork):
        casework.apply_rules(ask().inquiry, by=request.getfixturevalue(who), today=today)


def test_handing_a_case_over_by_hand_takes_it_out_of_its_team(
    ask: Ask, add: Add, officer: User, licensing_agency: Organisation, today: date
) -> None:
    add(team="Sanctions desk")
    inquiry = ask().inquiry
    assert inquiry.team == "Sanctions desk"
    assert casework.route(inquiry, agency=licensing_agency, by=officer, today=today).team == ""


# --- who can never be a reader --------------------------------------------------------------------------------------


@pytest.fixture
def customs_police(db: None) -> Organisation:
    """An agency without any of the five functions, as a body that enforces would have to be entered."""
    return Organisation.objects.create(kind=Kind.AGENCY, name="Customs Police")


def opened(filed: asking.Filed) -> asking.OpenInquiry:
    return asking.open_with_receipt(receipts.read(filed.receipt))


def test_an_agency_without_a_function_is_not_admitted(ask: Ask, customs_police: Organisation) -> None:
    filed = ask()
    with pytest.raises(readers.UnableToAdmit):
        readers.admit(filed.inquiry, agency=customs_police, key=opened(filed).key)


def test_an_agency_that_reads_an_inquiry_keeps_a_function(ask: Ask, licensing_agency: Organisation, administrator: User) -> None:
    filed = ask()
    readers.admit(filed.inquiry, agency=licensing_agency, key=opened(filed).key)
    said = {"name": "Licensing Board", "short_name": "", "country": "EE", "registration_number": "", "by": administrator}
    with pytest.raises(organisations.UnableToChange, match="Leave it one function"):
        organisations.change(licensing_agency, functions=(), **said)
    assert organisations.change(licensing_agency, functions=[Function.POLICY], **said).functions == ["policy"]


def test_the_database_itself_keeps_it_off_the_reader_list(ask: Ask, customs_police: Organisation) -> None:
    row = {"inquiry": ask().inquiry, "agency": customs_police, "ring_key": "x", "wrapped_key": b""}
    for agency_reads in (True, False):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReaderKey.objects.create(**row, agency_reads=agency_reads)
    Organisation.objects.filter(pk=customs_police.pk).update(functions=[Function.POLICY])
    ReaderKey.objects.create(**row)


def test_an_agency_on_a_reader_list_can_not_lose_its_last_function(ask: Ask, add: Add, licensing_agency: Organisation) -> None:
    add(agency=licensing_agency)
    ask()
    licensing_agency.functions = [Function.OUTREACH]
    licensing_agency.save()
    licensing_agency.functions = []
    with pytest.raises(IntegrityError), transaction.atomic():
        licensing_agency.save()


def test_enforcement_is_no_function(customs_police: Organisation) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=customs_police.pk).update(functions=["enforcement"])
    Organisation.objects.filter(pk=customs_police.pk).update(functions=list(Function))


def test_predicate_and_queryset_agree_on_who_may_read(
    focal_point: Organisation, licensing_agency: Organisation, firm: Organisation, customs_police: Organisation
) -> None:
    everybody = Organisation.objects.all()
    assert {each for each in everybody if readers.may_be_reader(each)} == set(everybody.that_read_inquiries())
    assert set(everybody.that_read_inquiries()) == {focal_point, licensing_agency}


def test_a_case_is_not_handed_to_an_agency_without_a_function(
    ask: Ask, officer: User, customs_police: Organisation, today: date
) -> None:
    with pytest.raises(casework.UnableToWork):
        casework.route(ask().inquiry, agency=customs_police, by=officer, today=today)


def test_no_rule_names_an_agency_without_a_function(add: Add, customs_police: Organisation) -> None:
    with pytest.raises(rules.UnableToChange):
        add(agency=customs_police)


def test_a_rule_whose_agency_has_lost_its_functions_is_out_of_force(ask: Ask, add: Add, licensing_agency: Organisation) -> None:
    add(agency=licensing_agency)
    Organisation.objects.filter(pk=licensing_agency.pk).update(functions=[])
    inquiry = ask().inquiry
    assert (inquiry.agency, [key.agency for key in inquiry.reader_keys.all()]) == (None, [None])


# --- changing rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["officer", "supervisor", "auditor", "licensing_officer"])
def test_only_an_administrator_of_the_focal_point_changes_rules(
    request: pytest.FixtureRequest, add: Add, today: date, who: str
) -> None:
    by, rule = request.getfixturevalue(who), add()
    for verb in (
        lambda: rules.add(terms=terms(), by=by, today=today),
        lambda: rules.change(rule, terms=terms(), version=1, by=by, today=today),
        lambda: rules.switch(rule, on=False, by=by, today=today),
        lambda: rules.move(rule, up=True, by=by, today=today),
    ):
        with pytest.raises(rules.UnableToChange):
            verb()
    assert RoutingRuleVersion.objects.count() == 1


def test_an_administrator_of_another_agency_does_not_either(licensing_agency: Organisation, today: date) -> None:
    with pytest.raises(rules.UnableToChange):
        rules.add(terms=terms(), by=member(licensing_agency, "Lea", Role.ADMINISTRATOR), today=today)


def test_every_change_leaves_a_version_that_says_who_and_when(add: Add, administrator: User, today: date) -> None:
    first, second = add(name="One"), add(name="Two")
    later = today + timedelta(days=3)
    rules.change(first, terms=terms(name="Uno", topics=["other"]), version=1, by=administrator, today=later)
    rules.switch(first, on=False, by=administrator, today=later)
    rules.switch(first, on=False, by=administrator, today=later)  # is off already
    rules.move(second, up=True, by=administrator, today=later)
    found = [(v.number, v.change, v.by, v.on, v.content["name"], v.content["position"]) for v in first.versions.order_by("number")]
    assert found == [
        (1, "added", administrator, today, "One", 1),
        (2, "changed", administrator, later, "Uno", 1),
        (3, "off", administrator, later, "Uno", 1),
        (4, "moved", administrator, later, "Uno", 2),
    ]
    assert first.versions.get(number=2).content["topics"] == ["other"]


def test_a_version_is_never_changed_or_taken_away(add: Add) -> None:
    version = add().versions.get()
    for statement in ("UPDATE inquiries_routingruleversion SET number = 9", "DELETE FROM inquiries_routingruleversion"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    version.refresh_from_db()
    assert version.number == 1


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(add: Add, administrator: User, today: date) -> None:
    rule = add()
    rules.change(rule, terms=terms(name="Theirs"), version=1, by=administrator, today=today)
    with pytest.raises(rules.UnableToChange):
        rules.change(rule, terms=terms(name="Mine"), version=1, by=administrator, today=today)
    rule.refresh_from_db()
    assert rule.name == "Theirs"


def test_a_rule_that_changes_its_tier_stands_last_there(add: Add, administrator: User, today: date) -> None:
    rule, _other, _third = add(tier=10), add(tier=20), add(tier=20)
    assert rules.change(rule, terms=terms(tier=20), version=1, by=administrator, today=today).position == 3


def test_at_the_end_of_its_tier_a_rule_stays(add: Add, administrator: User, today: date) -> None:
    rule = add()
    assert rules.move(rule, up=True, by=administrator, today=today).version == 1
    assert rules.move(rule, up=False, by=administrator, today=today).version == 1


@pytest.mark.parametrize(
    ("column", "bad", "good"),
    [("tier", 0, 1), ("tier", 100, 99), ("target_days", 0, 1), ("target_days", 251, 250)],
)
def test_the_database_knows_the_bounds_of_a_rule(add: Add, column: str, bad: int, good: int) -> None:
    rule = add()
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingRule.objects.filter(pk=rule.pk).update(**{column: bad})
    RoutingRule.objects.filter(pk=rule.pk).update(**{column: good})
