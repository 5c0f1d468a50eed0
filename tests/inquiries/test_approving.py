"""Four eyes: what needs them, whose they are, and what voids a proposal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Flag, Inquiry, Message, ProposedAnswer, Stance
from inquiries.permissions import may_approve_answer, may_see_proposal
from inquiries.services import approving, asking, casebook, casework, consulting, dismissing, erasing, holders, proposals, thread
from inquiries.services.approving import UnableToApprove
from inquiries.services.lateness import Late, UnableToMoveLate
from inquiries.services.proposals import UnableToPropose
from organisations.models import Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]


@pytest.fixture
def colleague(focal_point: Organisation) -> User:
    return member(focal_point, "Kadri Colleague", Role.CASE_OFFICER)


@pytest.fixture
def filed(take_up: Ask) -> asking.Filed:
    return take_up("May I sell pumps?", topic="sanctions")


@pytest.fixture
def inquiry(filed: asking.Filed) -> Inquiry:
    return filed.inquiry


@pytest.fixture
def proposed(inquiry: Inquiry, officer: User, today: date) -> ProposedAnswer:
    made = casework.answer(inquiry, text="Not to Ruritania.", by=officer, today=today)
    assert isinstance(made, ProposedAnswer)
    return made


def sent(filed: asking.Filed) -> list[str]:
    """What the asker reads beside their own words."""
    lines = thread.read(asking.open_with_receipt(receipts.read(filed.receipt))).lines
    return [line.text for line in lines if not line.is_from_asker]


def write_again(filed: asking.Filed, today: date) -> None:
    asking.write_again(opened=asking.open_with_receipt(receipts.read(filed.receipt)), text="And seals?", today=today)


def kinds(inquiry: Inquiry) -> list[str]:
    return [kind for kind, _on in casebook.history(inquiry)]


# --- what needs a second official -----------------------------------------------------------------------------------


def test_an_answer_on_a_topic_that_needs_it_waits_for_a_second_official(
    proposed: ProposedAnswer, filed: asking.Filed, colleague: User, officer: User, today: date
) -> None:
    assert (sent(filed), Inquiry.objects.get().state) == ([], "in-hand")
    message = approving.approve(filed.inquiry, revision=1, by=colleague, today=today + timedelta(days=1))
    assert sent(filed) == ["Not to Ruritania."]
    assert (message.official, message.written_on) == (officer, today + timedelta(days=1))
    proposed.refresh_from_db()
    assert (proposed.state, proposed.decided_by, Inquiry.objects.get().state) == ("sent", colleague, "answered")
    assert list(filed.inquiry.events.order_by("position").values_list("kind", "official__name"))[2:] == [
        ("propose", "Olev Officer"), ("approve", "Kadri Colleague"), ("answer", "Olev Officer"),
    ]  # fmt: skip


def test_another_answer_goes_at_once_unless_it_is_proposed(ask: Ask, officer: User, colleague: User, today: date) -> None:
    plain, proposed = ask(), ask()
    for each in (plain, proposed):
        casework.take(each.inquiry, by=officer, today=today)
    assert isinstance(casework.answer(plain.inquiry, text="Yes.", by=officer, today=today), Message)
    approving.propose(proposed.inquiry, text="Perhaps.", by=officer, today=today)
    assert (sent(plain), sent(proposed)) == (["Yes."], [])
    approving.approve(proposed.inquiry, revision=1, by=colleague, today=today)
    assert sent(proposed) == ["Perhaps."]


def test_a_case_to_be_handled_with_care_needs_a_second_official_whatever_its_topic(ask: Ask, officer: User, today: date) -> None:
    filed = ask()
    casework.take(filed.inquiry, by=officer, today=today)
    Inquiry.objects.update(flags=[Flag.SENSITIVE])
    casework.answer(filed.inquiry, text="Yes.", by=officer, today=today)
    assert sent(filed) == []


def test_a_case_nobody_has_taken_gets_no_proposal(ask: Ask, officer: User, today: date) -> None:
    with pytest.raises(casebook.UnableToMove):
        casework.answer(ask(topic="sanctions").inquiry, text="No.", by=officer, today=today)
    assert ProposedAnswer.objects.count() == 0


def test_an_answer_is_late_by_the_day_on_which_it_is_sent(ask: Ask, officer: User, colleague: User, today: date) -> None:
    filed = ask(topic="sanctions")
    due = filed.inquiry.due_on
    casework.take(filed.inquiry, by=officer, today=today)
    casework.answer(filed.inquiry, text="No.", by=officer, today=today)
    assert list(Inquiry.objects.filter(due_on__lt=due + timedelta(days=1))) == [filed.inquiry]  # proposed in time, and still owed
    with pytest.raises(UnableToMoveLate):
        approving.approve(filed.inquiry, revision=1, by=colleague, today=due + timedelta(days=1))
    why = Late("approval", "It waited for a second pair of eyes.")
    approving.approve(filed.inquiry, revision=1, late=why, by=colleague, today=due + timedelta(days=1))
    assert dict(casebook.history(filed.inquiry))["answer"] == due + timedelta(days=1)


# --- who ------------------------------------------------------------------------------------------------------------


def test_nobody_approves_or_returns_their_own(proposed: ProposedAnswer, inquiry: Inquiry, officer: User, today: date) -> None:
    with pytest.raises(UnableToApprove):
        approving.approve(inquiry, revision=1, by=officer, today=today)
    with pytest.raises(UnableToApprove):
        approving.give_back(inquiry, revision=1, note="Hm.", by=officer, today=today)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProposedAnswer.objects.update(state="sent", decided_by=officer, decided_on=today)


def test_who_wrote_an_earlier_revision_does_not_approve_a_later_one(
    proposed: ProposedAnswer, inquiry: Inquiry, officer: User, colleague: User, approver: User, today: date
) -> None:
    approving.propose(inquiry, text="Not to Ruritania, nor through it.", by=colleague, today=today)
    for author in (officer, colleague):
        with pytest.raises(UnableToApprove):
            approving.approve(inquiry, revision=2, by=author, today=today)
    approving.approve(inquiry, revision=2, by=approver, today=today)


def test_the_next_answer_may_be_approved_by_who_wrote_the_one_before(
    proposed: ProposedAnswer, filed: asking.Filed, officer: User, colleague: User, today: date
) -> None:
    approving.approve(filed.inquiry, revision=1, by=colleague, today=today)
    write_again(filed, today)
    approving.propose(filed.inquiry, text="Nor seals.", by=colleague, today=today)
    approving.approve(filed.inquiry, revision=2, by=officer, today=today)
    assert sent(filed) == ["Not to Ruritania.", "Nor seals."]


@pytest.fixture
def people(request: pytest.FixtureRequest, focal_point: Organisation, licensing_agency: Organisation) -> list[User]:
    cast = [
        "officer",
        "colleague",
        "supervisor",
        "approver",
        "editor",
        "auditor",
        "administrator",
        "licensing_officer",
        "signatory",
    ]
    extra = [member(focal_point, "Tiit Triage", Role.TRIAGE), member(licensing_agency, "Lea Licensing", Role.SUPERVISOR)]
    return [*(request.getfixturevalue(who) for who in cast), *extra]


def may_approve(people: list[User], proposed: ProposedAnswer) -> list[str]:
    """The names of those who may, having checked that predicate and both querysets agree on each."""
    for user in people:
        is_allowed = may_approve_answer(user, proposed)
        assert is_allowed == (proposed in ProposedAnswer.objects.to_approve_by(user))
        assert is_allowed == (proposed.inquiry in Inquiry.objects.to_approve_by(user))
        assert may_see_proposal(user, proposed) == (proposed in ProposedAnswer.objects.visible_to(user))
    return [user.name for user in people if may_approve_answer(user, proposed)]


def test_case_officers_approvers_and_supervisors_of_the_agency_that_has_the_case_approve(
    proposed: ProposedAnswer, inquiry: Inquiry, licensing_agency: Organisation, officer: User, people: list[User], today: date
) -> None:
    consulting.ask(inquiry, agency=licensing_agency, question="?", by=officer, today=today)
    assert may_approve(people, proposed) == ["Kadri Colleague", "Sirje Supervisor", "Aare Approver"]


def test_another_agencys_answer_is_approved_by_its_own_officials(
    inquiry: Inquiry, licensing_agency: Organisation, licensing_officer: User, officer: User, people: list[User], today: date
) -> None:
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    casework.take(inquiry, by=licensing_officer, today=today)
    casework.answer(inquiry, text="No.", by=licensing_officer, today=today)
    assert may_approve(people, ProposedAnswer.objects.get()) == ["Lea Licensing"]


# --- what voids it --------------------------------------------------------------------------------------------------


def test_an_edit_voids_what_was_proposed(
    proposed: ProposedAnswer, inquiry: Inquiry, officer: User, colleague: User, people: list[User], today: date
) -> None:
    approving.draft(inquiry, text="Not to Ruritania or Graustark.", revision=1, by=officer, today=today)
    assert list(inquiry.proposals.order_by("number").values_list("number", "state")) == [(1, "void"), (2, "draft")]
    for number in (1, 2):
        with pytest.raises(UnableToApprove):
            approving.approve(inquiry, revision=number, by=colleague, today=today)
    assert may_approve(people, ProposedAnswer.objects.get(number=1)) == []
    assert may_approve(people, ProposedAnswer.objects.get(number=2)) == []


def test_what_is_approved_is_what_was_read(
    proposed: ProposedAnswer, filed: asking.Filed, officer: User, colleague: User, today: date
) -> None:
    """The race: an edit between reading and approving."""
    approving.propose(filed.inquiry, text="To everybody!", revision=1, by=officer, today=today)
    with pytest.raises(UnableToApprove):
        approving.approve(filed.inquiry, revision=1, by=colleague, today=today)
    assert sent(filed) == []


def test_the_askers_words_void_what_was_proposed_before_them(
    proposed: ProposedAnswer, filed: asking.Filed, officer: User, colleague: User, people: list[User], today: date
) -> None:
    write_again(filed, today)
    with pytest.raises(UnableToApprove):
        approving.approve(filed.inquiry, revision=1, by=colleague, today=today)
    assert may_approve(people, proposed) == []
    standing = proposals.standing(casework.open_for_official(filed.inquiry, by=officer))
    assert standing
    assert (standing.is_overtaken, standing.text) == (True, "Not to Ruritania.")
    approving.propose(filed.inquiry, text="Neither pumps nor seals.", revision=1, by=officer, today=today)
    approving.approve(filed.inquiry, revision=2, by=colleague, today=today)
    assert sent(filed) == ["Neither pumps nor seals."]


def test_a_proposal_by_who_has_not_read_the_last_message_is_void_from_the_start(
    filed: asking.Filed, officer: User, colleague: User, today: date
) -> None:
    write_again(filed, today)
    approving.propose(filed.inquiry, text="No.", seen=1, by=officer, today=today)
    with pytest.raises(UnableToApprove):
        approving.approve(filed.inquiry, revision=1, by=colleague, today=today)


@pytest.mark.parametrize("verb", ["route", "close"])
def test_a_case_that_goes_elsewhere_or_ends_voids_it(
    proposed: ProposedAnswer, inquiry: Inquiry, licensing_agency: Organisation, officer: User, today: date, verb: str
) -> None:
    if verb == "route":
        casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    else:
        casework.close(inquiry, by=officer, today=today)
    proposed.refresh_from_db()
    assert proposed.state == "void"


def test_it_is_returned_with_a_note_mended_and_approved(
    proposed: ProposedAnswer, filed: asking.Filed, officer: User, colleague: User, today: date
) -> None:
    approving.give_back(filed.inquiry, revision=1, note="Name the annex.", by=colleague, today=today)
    standing = proposals.standing(casework.open_for_official(filed.inquiry, by=officer))
    assert standing
    assert (standing.note, standing.proposed.decided_by) == ("Name the annex.", colleague)
    with pytest.raises(UnableToApprove):
        approving.approve(filed.inquiry, revision=1, by=colleague, today=today)
    approving.propose(filed.inquiry, text="Not to Ruritania, Annex IV.", revision=1, by=officer, today=today)
    approving.approve(filed.inquiry, revision=2, by=colleague, today=today)
    assert sent(filed) == ["Not to Ruritania, Annex IV."]
    assert kinds(filed.inquiry)[2:] == ["propose", "return-proposal", "propose", "approve", "answer"]


def test_the_same_proposal_twice_is_one_and_a_stale_one_is_refused(
    proposed: ProposedAnswer, inquiry: Inquiry, officer: User, colleague: User, today: date
) -> None:
    again = casework.answer(inquiry, text="Not to Ruritania.", revision=0, by=officer, today=today)
    assert (again, ProposedAnswer.objects.count()) == (proposed, 1)
    with pytest.raises(UnableToPropose):
        approving.propose(inquiry, text="Yes!", revision=0, by=colleague, today=today)


def test_an_approved_answer_does_not_go_while_an_agency_objects(
    proposed: ProposedAnswer,
    filed: asking.Filed,
    licensing_agency: Organisation,
    licensing_officer: User,
    officer: User,
    colleague: User,
    today: date,
) -> None:
    asked = consulting.ask(filed.inquiry, agency=licensing_agency, question="?", by=officer, today=today)
    consulting.give_view(asked, stance=Stance.OBJECTS, view="No.", by=licensing_officer, today=today)
    with pytest.raises(dismissing.UnableToAnswerYet):
        approving.approve(filed.inquiry, revision=1, by=colleague, today=today)
    proposed.refresh_from_db()
    assert (proposed.state, sent(filed), "approve" in kinds(filed.inquiry)) == ("proposed", [], False)


def test_who_may_not_work_on_a_case_proposes_nothing(
    inquiry: Inquiry, approver: User, licensing_officer: User, today: date
) -> None:
    for wrong in (approver, licensing_officer):
        for verb in (approving.draft, approving.propose):
            with pytest.raises(casework.UnableToWork):
                verb(inquiry, text="words", by=wrong, today=today)


# --- who sees it ----------------------------------------------------------------------------------------------------


def test_the_clock_shows_that_a_second_official_holds_it(proposed: ProposedAnswer, today: date) -> None:
    (held,) = holders.of(Inquiry.objects.get())
    assert (held.who, held.since) == ("second-official", today)


@pytest.mark.parametrize("page", ["pages", "api"])
def test_the_asker_never_sees_a_proposed_answer(
    ask: Ask, officer: User, colleague: User, client: Client, page: str, settings: Any
) -> None:
    today = timezone.localdate()
    filed = ask("May I?", topic="sanctions", today=today)
    casework.take(filed.inquiry, by=officer, today=today)

    def shown() -> str:
        if page == "api":
            headers = {"Authorization": f"Receipt {filed.receipt}"}
            return client.get("/api/v1/inquiries/conversation/", headers=headers).content.decode()
        return client.post("/conversation/", {"receipt": filed.receipt}).content.decode()

    before = shown()
    assert "May I?" in before
    approving.draft(filed.inquiry, text="A draft canary", by=officer, today=today)
    casework.answer(filed.inquiry, text="A proposed canary", by=officer, today=today)
    approving.give_back(filed.inquiry, revision=2, note="A noted canary", by=colleague, today=today)
    assert "canary" not in shown()


def test_neither_draft_nor_note_stands_in_the_clear_and_erasing_takes_them(
    proposed: ProposedAnswer, filed: asking.Filed, colleague: User, today: date
) -> None:
    approving.give_back(filed.inquiry, revision=1, note="A particular note", by=colleague, today=today)
    (row,) = ProposedAnswer.objects.all()
    stored = b"".join(bytes(value) for value in vars(row).values() if isinstance(value, memoryview | bytes))
    assert (b"Ruritania" in stored, b"particular" in stored) == (False, False)
    erasing.erase(opened=asking.open_with_receipt(receipts.read(filed.receipt)), today=today)
    assert ProposedAnswer.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"state": "sent"},
        {"state": "returned"},
        {"state": "nonsense"},
        {"decided_on": date(2026, 11, 23)},
        {"sealed_note": b"x"},
    ],
)
def test_the_database_refuses_a_decision_without_its_who_and_when(proposed: ProposedAnswer, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ProposedAnswer.objects.update(**change)


def test_the_database_keeps_one_standing_answer(proposed: ProposedAnswer) -> None:
    proposed.pk, proposed.number = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        proposed.save(force_insert=True)
