"""Agencies consulted in parallel: who reads, whose view counts, who settles, and that an ended consultation leaves no key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from inquiries import receipts
from inquiries.models import Consultation, Inquiry, Settlement, Stance
from inquiries.permissions import may_give_view, may_handle, may_see_consultation, may_settle, may_work
from inquiries.services import (
    asking,
    casebook,
    casework,
    closing,
    consulting,
    dismissing,
    erasing,
    holders,
    readers,
    stirring,
    thread,
)
from inquiries.services.consulting import UnableToConsult
from organisations.models import Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]


@pytest.fixture
def filed(take_up: Ask) -> asking.Filed:
    return take_up("May we sell a mill to Ruritania?")


@pytest.fixture
def inquiry(filed: asking.Filed) -> Inquiry:
    return filed.inquiry


@pytest.fixture
def consulted(inquiry: Inquiry, licensing_agency: Organisation, officer: User, today: date) -> Consultation:
    return consulting.ask(inquiry, agency=licensing_agency, question="Would you license it?", by=officer, today=today)


def kinds(inquiry: Inquiry) -> list[str]:
    return [kind for kind, _on in casebook.history(inquiry)]


def view_by(consultation: Consultation, by: User, today: date, stance: str = Stance.AGREES) -> Consultation:
    return consulting.give_view(consultation, stance=stance, view="On balance.", by=by, today=today)


# --- asking and reading ---------------------------------------------------------------------------------------------


def test_a_consulted_agency_reads_the_case_and_says_what_it_thinks(
    consulted: Consultation, inquiry: Inquiry, licensing_officer: User, officer: User, today: date
) -> None:
    opened = casework.open_for_official(inquiry, by=licensing_officer)
    assert [line.text for line in thread.read(opened).lines] == ["May we sell a mill to Ruritania?"]
    view_by(consulted, licensing_officer, today + timedelta(days=1))
    (asked,) = consulting.read(casework.open_for_official(inquiry, by=officer), Consultation.objects.all())
    given = asked.consultation
    assert (asked.question, asked.view, given.stance, given.given_by, given.given_on) == (
        "Would you license it?", "On balance.", "agrees", licensing_officer, today + timedelta(days=1),
    )  # fmt: skip
    assert kinds(inquiry) == ["received", "take", "consult", "give-view"]


def test_an_agency_that_is_not_asked_reads_nothing(
    consulted: Consultation, inquiry: Inquiry, screening_officer: User, screening_agency: Organisation
) -> None:
    assert list(Inquiry.objects.visible_to(screening_officer)) == []
    with pytest.raises(casework.UnableToWork):
        casework.open_for_official(inquiry, by=screening_officer)
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(inquiry, agencies=[screening_agency])


@pytest.mark.parametrize("verb", ["take", "answer", "ask_back", "close"])
def test_a_consulted_agency_can_not_work_on_the_case(
    consulted: Consultation, inquiry: Inquiry, licensing_officer: User, today: date, verb: str
) -> None:
    words = {"text": "words"} if verb in ("answer", "ask_back") else {}
    with pytest.raises(casework.UnableToWork):
        getattr(casework, verb)(inquiry, by=licensing_officer, today=today, **words)
    with pytest.raises(casework.UnableToWork):
        consulting.ask(inquiry, agency=Organisation.objects.first(), question="?", by=licensing_officer, today=today)
    with pytest.raises(casework.UnableToWork):
        consulting.end(consulted, by=licensing_officer, today=today)


def test_the_day_of_a_view_is_counted_in_business_days(
    inquiry: Inquiry, licensing_agency: Organisation, screening_agency: Organisation, officer: User, today: date
) -> None:
    """From Friday 18 December; Christmas Eve, Christmas and Boxing Day are holidays in Estonia."""
    friday = date(2026, 12, 18)
    one = consulting.ask(inquiry, agency=licensing_agency, question="?", days=1, by=officer, today=friday)
    five = consulting.ask(inquiry, agency=screening_agency, question="?", by=officer, today=friday)
    assert (one.due_on, five.due_on) == (date(2026, 12, 21), date(2026, 12, 29))


def test_the_askers_deadline_runs_on(consulted: Consultation, filed: asking.Filed) -> None:
    due = filed.inquiry.due_on
    inquiry = Inquiry.objects.get(pk=filed.inquiry.pk)
    assert (inquiry.due_on, inquiry.state) == (due, "in-hand")


def test_the_same_question_twice_is_one_consultation_and_another_one_has_to_wait(
    consulted: Consultation, inquiry: Inquiry, licensing_agency: Organisation, officer: User, today: date
) -> None:
    again = consulting.ask(inquiry, agency=licensing_agency, question="Would you license it?", by=officer, today=today)
    assert (again, Consultation.objects.count(), kinds(inquiry).count("consult")) == (consulted, 1, 1)
    with pytest.raises(UnableToConsult):
        consulting.ask(inquiry, agency=licensing_agency, question="And spares?", by=officer, today=today)


def test_the_agency_that_has_the_case_and_a_firm_can_not_be_consulted(
    inquiry: Inquiry, focal_point: Organisation, firm: Organisation, officer: User, today: date
) -> None:
    for wrong in (focal_point, firm):
        with pytest.raises(UnableToConsult):
            consulting.ask(inquiry, agency=wrong, question="?", by=officer, today=today)
    assert Consultation.objects.count() == 0


def test_nobody_is_consulted_on_an_answered_case(
    inquiry: Inquiry, licensing_agency: Organisation, officer: User, today: date
) -> None:
    casework.answer(inquiry, text="No.", by=officer, today=today)
    with pytest.raises(casebook.UnableToMove):
        consulting.ask(inquiry, agency=licensing_agency, question="?", by=officer, today=today)


def test_only_the_consulted_agency_gives_its_view_and_once(
    consulted: Consultation, licensing_agency: Organisation, licensing_officer: User, officer: User, today: date
) -> None:
    reader = member(licensing_agency, "Raivo Reader", Role.APPROVER)
    for wrong in (officer, reader):
        with pytest.raises(UnableToConsult):
            view_by(consulted, wrong, today)
    view_by(consulted, licensing_officer, today)
    assert view_by(consulted, licensing_officer, today).is_given
    assert kinds(consulted.inquiry).count("give-view") == 1
    with pytest.raises(UnableToConsult):
        view_by(consulted, licensing_officer, today, Stance.OBJECTS)


# --- ending ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_given", [False, True])
def test_an_ended_consultation_takes_the_key_away(
    consulted: Consultation,
    inquiry: Inquiry,
    licensing_agency: Organisation,
    licensing_officer: User,
    officer: User,
    today: date,
    *,
    is_given: bool,
) -> None:
    if is_given:
        view_by(consulted, licensing_officer, today)
    consulting.end(consulted, by=officer, today=today)
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(inquiry, agencies=[licensing_agency])
    assert list(Inquiry.objects.visible_to(licensing_officer)) == []
    consulted.refresh_from_db()
    assert (consulted.state, consulted.is_given) == ("ended" if is_given else "withdrawn", is_given)
    assert kinds(inquiry)[-2:] == ["end-consultation", "portal-dismisses-agency"]
    with pytest.raises(UnableToConsult):
        consulting.end(consulted, by=officer, today=today)


def test_an_agency_stays_while_it_has_the_case(
    consulted: Consultation, inquiry: Inquiry, licensing_agency: Organisation, licensing_officer: User, officer: User, today: date
) -> None:
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    consulting.end(consulted, by=officer, today=today)
    assert casework.open_for_official(inquiry, by=licensing_officer).key


def test_an_agency_that_hands_the_case_back_stays_while_it_is_consulted(
    inquiry: Inquiry,
    licensing_agency: Organisation,
    screening_agency: Organisation,
    licensing_officer: User,
    officer: User,
    today: date,
) -> None:
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    casework.route(inquiry, agency=screening_agency, by=officer, today=today)
    with pytest.raises(casework.UnableToWork):
        casework.open_for_official(inquiry, by=licensing_officer)
    consulting.ask(inquiry, agency=licensing_agency, question="?", by=officer, today=today)
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    casework.route(inquiry, agency=screening_agency, by=officer, today=today)
    assert casework.open_for_official(inquiry, by=licensing_officer).key


def test_a_second_consultation_keeps_the_agency(
    consulted: Consultation, inquiry: Inquiry, licensing_agency: Organisation, licensing_officer: User, officer: User, today: date
) -> None:
    view_by(consulted, licensing_officer, today)
    second = consulting.ask(inquiry, agency=licensing_agency, question="And spares?", by=officer, today=today)
    consulting.end(consulted, by=officer, today=today)
    assert casework.open_for_official(inquiry, by=licensing_officer).key
    consulting.end(second, by=officer, today=today)
    with pytest.raises(casework.UnableToWork):
        casework.open_for_official(inquiry, by=licensing_officer)


@pytest.mark.parametrize("how", ["answer", "close", "asker-closes"])
def test_an_answer_or_the_end_of_the_case_ends_every_consultation(
    consulted: Consultation, filed: asking.Filed, licensing_agency: Organisation, officer: User, today: date, how: str
) -> None:
    if how == "answer":
        casework.answer(filed.inquiry, text="No.", by=officer, today=today)
    elif how == "close":
        casework.close(filed.inquiry, by=officer, today=today)
    else:
        closing.close(opened=asking.open_with_receipt(receipts.read(filed.receipt)), today=today)
    assert [(each.state, each.ended_on) for each in Consultation.objects.all()] == [("withdrawn", today)]
    assert {key.agency for key in filed.inquiry.reader_keys.all()} == {None}
    assert kinds(filed.inquiry)[-2:] == ["portal-ends-consultation", "portal-dismisses-agency"]


# --- disagreement ---------------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(
    consulted: Consultation,
    inquiry: Inquiry,
    screening_agency: Organisation,
    licensing_officer: User,
    screening_officer: User,
    officer: User,
    today: date,
) -> Inquiry:
    other = consulting.ask(inquiry, agency=screening_agency, question="And you?", by=officer, today=today)
    view_by(consulted, licensing_officer, today)
    view_by(other, screening_officer, today, Stance.OBJECTS)
    return inquiry


def test_no_answer_goes_while_an_agency_objects(disputed: Inquiry, officer: User, today: date) -> None:
    with pytest.raises(dismissing.UnableToAnswerYet):
        casework.answer(disputed, text="Yes.", by=officer, today=today)
    assert disputed.messages.filter(author="office").count() == 0


def test_a_named_supervisor_settles_it_and_the_answer_goes(disputed: Inquiry, officer: User, supervisor: User, today: date) -> None:
    assert list(Inquiry.objects.to_settle_by(supervisor)) == [disputed]
    consulting.settle(disputed, reasons="The board's limits meet the objection.", by=supervisor, today=today)
    assert list(Inquiry.objects.to_settle_by(supervisor)) == []
    (settled,) = consulting.read_settlements(casework.open_for_official(disputed, by=officer))
    assert (settled.reasons, settled.settlement.by, settled.settlement.on) == (
        "The board's limits meet the objection.", supervisor, today,
    )  # fmt: skip
    casework.answer(disputed, text="Yes, within limits.", by=officer, today=today)
    assert kinds(disputed)[-4:] == ["settle-disagreement", "answer", "portal-dismisses-agency", "portal-dismisses-agency"]


def test_only_a_supervisor_or_approver_of_the_agency_that_has_the_case_settles(
    disputed: Inquiry, officer: User, approver: User, licensing_agency: Organisation, screening_agency: Organisation, today: date
) -> None:
    others = [officer, *(member(agency, f"Boss {agency.name}", Role.SUPERVISOR) for agency in (licensing_agency, screening_agency))]
    for wrong in others:
        with pytest.raises(UnableToConsult):
            consulting.settle(disputed, reasons="So be it.", by=wrong, today=today)
    assert (may_settle(approver, disputed), Settlement.objects.count()) == (True, 0)


def test_an_agency_that_changes_its_mind_objects_no_more(
    disputed: Inquiry, screening_agency: Organisation, screening_officer: User, supervisor: User, officer: User, today: date
) -> None:
    again = consulting.ask(disputed, agency=screening_agency, question="With end-use checks?", by=officer, today=today)
    assert may_settle(supervisor, disputed)  # asked anew is not yet answered
    view_by(again, screening_officer, today, Stance.CONDITIONS)
    assert not may_settle(supervisor, disputed)
    casework.answer(disputed, text="Yes, with checks.", by=officer, today=today)


def test_a_view_that_is_ended_still_objects(disputed: Inquiry, officer: User, today: date) -> None:
    for each in disputed.consultations.all():
        consulting.end(each, by=officer, today=today)
    with pytest.raises(dismissing.UnableToAnswerYet):
        casework.answer(disputed, text="Yes.", by=officer, today=today)


# --- twins ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(request: pytest.FixtureRequest, licensing_agency: Organisation, screening_agency: Organisation) -> list[User]:
    cast = ["officer", "supervisor", "approver", "editor", "auditor", "administrator", "licensing_officer", "screening_officer"]
    extra = [member(agency, f"S {agency.name}", Role.SUPERVISOR) for agency in (licensing_agency, screening_agency)]
    return [*(request.getfixturevalue(who) for who in cast), *extra]


def test_each_predicate_agrees_with_its_queryset(
    disputed: Inquiry, people: list[User], ask: Ask, licensing_agency: Organisation, officer: User, today: date
) -> None:
    routed = ask().inquiry
    casework.route(routed, agency=licensing_agency, by=officer, today=today)
    asked = consulting.ask(disputed, agency=licensing_agency, question="More?", by=officer, today=today)
    inquiries, consultations = list(Inquiry.objects.all()), list(Consultation.objects.all())
    for user in people:
        assert [each for each in inquiries if may_work(user, each)] == list(Inquiry.objects.workable_by(user))
        assert [each for each in inquiries if may_handle(user, each)] == list(Inquiry.objects.handled_by(user))
        assert [each for each in inquiries if may_settle(user, each)] == list(Inquiry.objects.to_settle_by(user))
        seen, given = Consultation.objects.visible_to(user), Consultation.objects.to_answer_by(user)
        assert {each for each in consultations if may_see_consultation(user, each)} == set(seen)
        assert {each for each in consultations if may_give_view(user, each)} == set(given)
    assert [user.name for user in people if may_give_view(user, asked)] == ["Liis Licensing", "S Licensing Board"]


def test_a_consulted_agency_sees_what_itself_was_asked_and_nothing_of_the_others(
    disputed: Inquiry, licensing_officer: User, officer: User
) -> None:
    assert [each.agency.name for each in Consultation.objects.visible_to(licensing_officer)] == ["Licensing Board"]
    assert Consultation.objects.visible_to(officer).count() == 2
    assert not may_handle(licensing_officer, disputed)


# --- the clock ------------------------------------------------------------------------------------------------------


def test_the_clock_shows_who_is_holding_it(
    consulted: Consultation, inquiry: Inquiry, licensing_officer: User, officer: User, today: date
) -> None:
    (held,) = holders.of(Inquiry.objects.get(pk=inquiry.pk))
    assert (held.who, held.name, held.since, held.due_on) == ("agency", "Licensing Board", today, today + timedelta(days=7))
    view_by(consulted, licensing_officer, today)
    (held,) = holders.of(Inquiry.objects.get(pk=inquiry.pk))
    assert (held.who, held.name) == ("officer", "Olev Officer")


def test_a_list_of_holders_costs_the_same_for_one_and_three(
    ask: Ask, licensing_agency: Organisation, officer: User, today: date, django_assert_num_queries: Callable[..., Any]
) -> None:
    for more in (1, 2):
        for _ in range(more):
            consulting.ask(ask().inquiry, agency=licensing_agency, question="?", by=officer, today=today)
        with django_assert_num_queries(4):
            assert {held.who for each in Inquiry.objects.with_holders() for held in holders.of(each)} == {"agency", "desk"}


# --- what the database holds ----------------------------------------------------------------------------------------


def test_nothing_said_among_agencies_stands_in_the_clear(disputed: Inquiry, supervisor: User, today: date) -> None:
    consulting.settle(disputed, reasons="A very particular reason", by=supervisor, today=today)
    rows = [*disputed.consultations.all(), *disputed.settlements.all(), *disputed.events.all()]
    stored = b"".join(
        bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
        for row in rows
        for value in vars(row).values()
    )
    for clear in (b"license it", b"On balance", b"particular"):
        assert clear not in stored


def test_words_of_a_consultation_moved_to_another_do_not_open(disputed: Inquiry, officer: User) -> None:
    one, other = disputed.consultations.order_by("number")
    Consultation.objects.filter(pk=other.pk).update(sealed_question=one.sealed_question)
    with pytest.raises(asking.CannotOpen):
        consulting.read(casework.open_for_official(disputed, by=officer), disputed.consultations.all())


def test_erasing_and_stirring_reach_every_row(
    disputed: Inquiry, filed: asking.Filed, supervisor: User, officer: User, today: date
) -> None:
    consulting.settle(disputed, reasons="So be it.", by=supervisor, today=today)
    assert stirring.stir(since=today) > 0
    assert len(consulting.read(casework.open_for_official(disputed, by=officer), disputed.consultations.all())) == 2
    erasing.erase(opened=asking.open_with_receipt(receipts.read(filed.receipt)), today=today)
    assert (Consultation.objects.count(), Settlement.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "given"},
        {"state": "withdrawn"},
        {"state": "nonsense"},
        {"stance": "objects"},
        {"ended_on": date(2026, 11, 23)},
        {"given_on": date(2026, 11, 23)},
    ],
)
def test_the_database_refuses_a_state_without_its_who_and_when(consulted: Consultation, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Consultation.objects.filter(pk=consulted.pk).update(**change)


def test_the_database_refuses_to_settle_an_agreement_and_a_second_open_question(
    disputed: Inquiry, consulted: Consultation, supervisor: User, officer: User, today: date
) -> None:
    made = consulting.settle(disputed, reasons="So be it.", by=supervisor, today=today)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consultation.objects.filter(pk=consulted.pk).update(settlement=made)
    asked = consulting.ask(disputed, agency=consulted.agency, question="More?", by=officer, today=today)
    asked.pk, asked.number = None, 9
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.save(force_insert=True)


def test_the_asker_reads_which_agencies_read_their_question(
    consulted: Consultation, filed: asking.Filed, officer: User, client: Client, today: date
) -> None:
    def page() -> str:
        return client.post("/conversation/", {"receipt": filed.receipt}).content.decode()

    told = page()
    assert ("of the focal point and of: Licensing Board" in told, "We asked another agency for its view" in told) == (True, True)
    consulting.end(consulted, by=officer, today=today)
    assert "Licensing Board" not in page()
