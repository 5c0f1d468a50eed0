"""Handing over, standing in, reusable replies."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from inquiries.models import Absence, Event, Inquiry, Reply
from inquiries.querysets import onlooker, queue_counts
from inquiries.services import approving, asking, casework, consulting, handing, noting, readers, replying
from inquiries.services.casework import UnableToWork
from organisations.models import Membership, Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]
DAY = timedelta(days=1)


@pytest.fixture
def inquiry(ask: Ask, officer: User, today: date) -> Inquiry:
    return casework.take(ask().inquiry, by=officer, today=today)


@pytest.fixture
def colleague(focal_point: Organisation) -> User:
    return member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)


def mine(user: User, today: date) -> list[Inquiry]:
    return list(Inquiry.objects.visible_to(user).queue("mine", onlooker(user, today)))


def test_a_case_is_handed_to_a_colleague_with_a_note(inquiry: Inquiry, officer: User, colleague: User, today: date) -> None:
    handed = handing.hand_over(inquiry, to=colleague, note="You know mills.", by=officer, today=today)
    assert (handed.officer, handed.state, handed.due_on) == (colleague, "in-hand", inquiry.due_on)
    (line,) = noting.read(casework.open_for_official(inquiry, by=colleague), by=colleague)
    assert (line.text, line.named, line.is_for_all_readers) == ("You know mills.", [colleague], True)
    event = Event.objects.get(inquiry=inquiry, kind="hand-over")
    assert (event.official, event.detail) == (officer, "to Kaja Colleague")


def test_a_case_goes_to_officials_of_agencies_on_the_reader_list_only(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, licensing_officer: User, approver: User, today: date
) -> None:
    for outsider in (licensing_officer, approver):
        with pytest.raises(handing.UnableToHand):
            handing.hand_over(inquiry, to=outsider, by=officer, today=today)
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    assert handing.hand_over(inquiry, to=licensing_officer, by=officer, today=today).agency == licensing_agency


def licensed(inquiry: Inquiry, agency: Organisation, by: User, officer: User, today: date) -> Inquiry:
    """The case with an agency, whose official `officer` has it."""
    casework.route(inquiry, agency=agency, by=by, today=today)
    Inquiry.objects.filter(pk=inquiry.pk).update(team="Dual use")
    return casework.take(inquiry, by=officer, today=today)


def test_an_agency_that_hands_its_case_to_the_focal_point_reads_it_no_more(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, licensing_officer: User, focal_point: Organisation, today: date
) -> None:
    licensed(inquiry, licensing_agency, officer, licensing_officer, today)
    proposed = approving.draft(inquiry, text="You may.", by=licensing_officer, today=today)
    handed = handing.hand_over(inquiry, to=officer, by=licensing_officer, today=today)
    assert (handed.agency, handed.officer, handed.team, handed.readers) == (focal_point, officer, "", [])
    assert list(Inquiry.objects.visible_to(licensing_officer)) == []
    with pytest.raises(UnableToWork):
        casework.open_for_official(handed, by=licensing_officer)
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(handed, agencies=[licensing_agency])
    proposed.refresh_from_db()
    assert proposed.state == "void"
    told = [(event.kind, event.detail) for event in Event.objects.filter(inquiry=inquiry).order_by("position")][-2:]
    assert told == [("hand-over", "to Olev Officer"), ("portal-dismisses-agency", "Licensing Board")]


def test_an_agency_that_is_consulted_on_it_as_well_goes_on_reading(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, licensing_officer: User, focal_point: Organisation, today: date
) -> None:
    consulting.ask(inquiry, agency=licensing_agency, question="What do you say?", by=officer, today=today)
    licensed(inquiry, licensing_agency, officer, licensing_officer, today)
    handed = handing.hand_over(inquiry, to=officer, by=officer, today=today)
    assert (handed.agency, handed.readers) == (focal_point, [licensing_agency.pk])
    assert not Event.objects.filter(inquiry=inquiry, kind="portal-dismisses-agency").exists()


def test_within_an_agency_a_case_stays_there_with_its_readers_and_its_proposed_answer(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, licensing_officer: User, focal_point: Organisation, today: date
) -> None:
    both = member(licensing_agency, "Bo Both", Role.CASE_OFFICER)
    Membership.objects.create(user=both, organisation=focal_point, role=Role.CASE_OFFICER)
    licensed(inquiry, licensing_agency, officer, licensing_officer, today)
    proposed = approving.draft(inquiry, text="You may.", by=licensing_officer, today=today)
    handed = handing.hand_over(inquiry, to=both, by=licensing_officer, today=today)
    assert (handed.agency, handed.team, handed.readers) == (licensing_agency, "Dual use", [licensing_agency.pk])
    proposed.refresh_from_db()
    assert proposed.state == "draft"


def test_who_does_not_work_on_the_case_hands_it_to_nobody(
    inquiry: Inquiry, approver: User, licensing_officer: User, colleague: User, officer: User, today: date
) -> None:
    for outsider in (approver, licensing_officer):
        with pytest.raises(UnableToWork):
            handing.hand_over(inquiry, to=colleague, by=outsider, today=today)
    with pytest.raises(handing.UnableToHand):
        handing.hand_over(inquiry, to=officer, by=officer, today=today)


def test_a_case_goes_to_somebody_away_only_if_it_is_meant(
    inquiry: Inquiry, officer: User, colleague: User, supervisor: User, today: date
) -> None:
    handing.go_away(first_on=today, last_on=today + DAY, cover=supervisor, by=colleague, today=today)
    with pytest.raises(handing.IsAway, match="Kaja Colleague is away until 24 November 2026; Sirje Supervisor stands in"):
        handing.hand_over(inquiry, to=colleague, note="Yours", by=officer, today=today)
    assert inquiry.notes.count() == 0
    assert handing.hand_over(inquiry, to=colleague, anyway=True, by=officer, today=today).officer == colleague
    with pytest.raises(handing.UnableToHand):
        handing.hand_over(inquiry, to=colleague, anyway=True, by=officer, today=today + 9 * DAY)


def test_the_cover_finds_what_is_due_while_the_officer_is_away(
    ask: Ask, inquiry: Inquiry, officer: User, colleague: User, today: date
) -> None:
    later = casework.take(ask(today=today + 20 * DAY).inquiry, by=officer, today=today + 20 * DAY)
    assert inquiry.due_on
    away = handing.go_away(first_on=today, last_on=inquiry.due_on, cover=colleague, by=officer, today=today)
    assert mine(colleague, today) == [inquiry]
    assert set(mine(officer, today)) == {inquiry, later}
    assert mine(colleague, away.last_on + DAY) == mine(colleague, today - DAY) == []
    assert queue_counts(onlooker(colleague, today))["mine"] == 1
    handing.come_back(away, by=officer)
    assert mine(colleague, today) == []


def test_an_absence_is_ones_own_and_covered_by_a_colleague_who_is_there(
    officer: User, colleague: User, supervisor: User, auditor: User, licensing_officer: User, today: date
) -> None:
    days = {"first_on": today, "last_on": today + DAY, "today": today}
    for nobody in (officer, auditor, licensing_officer):
        with pytest.raises(handing.UnableToHand):
            handing.go_away(**days, cover=nobody, by=officer)
    away = handing.go_away(**days, cover=colleague, by=officer)
    for by, cover in ((officer, supervisor), (colleague, officer)):
        with pytest.raises(handing.UnableToHand):
            handing.go_away(**days, cover=cover, by=by)
    with pytest.raises(handing.UnableToHand):
        handing.go_away(first_on=today, last_on=today - DAY, cover=colleague, by=supervisor, today=today)
    with pytest.raises(handing.UnableToHand):
        handing.come_back(away, by=colleague)
    for wrong in ({"last_on": today - DAY}, {"cover": supervisor}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.create(**{"user": supervisor, "cover": officer, "first_on": today, "last_on": today} | wrong)


# --- reusable replies -----------------------------------------------------------------------------------------------


def test_a_reply_is_filled_in_for_the_case(inquiry: Inquiry, officer: User, focal_point: Organisation, today: date) -> None:
    text = "{reference}: by {due day}.\n{officer}, {agency}"
    reply = replying.write(agency=focal_point, name="Receipt", text=text, by=officer, today=today)
    assert replying.filled(reply, inquiry=inquiry, by=officer) == (
        f"{inquiry.reference}: by 14 December 2026.\nOlev Officer, Strategic Goods Focal Point"
    )


@pytest.mark.parametrize("text", ["Dear {name},", "{", "}", "{reference", "{}", "{ reference }", "{Reference}"])
def test_an_unknown_placeholder_is_refused(officer: User, focal_point: Organisation, today: date, text: str) -> None:
    with pytest.raises(replying.UnableToKeepReply, match="no placeholder"):
        replying.write(agency=focal_point, name="Reply", text=text, by=officer, today=today)
    assert Reply.objects.count() == 0


def test_a_reply_keeps_its_versions_and_is_retired(officer: User, focal_point: Organisation, today: date) -> None:
    reply = replying.write(agency=focal_point, name="Reply", text="One", by=officer, today=today)
    change = {"name": "Reply", "by": officer, "today": today}
    replying.rewrite(reply, text="Two", version=1, **change)
    with pytest.raises(replying.UnableToKeepReply, match="Somebody"):
        replying.rewrite(reply, text="Three", version=1, **change)
    assert [each.text for each in reply.versions.order_by("number")] == ["One", "Two"]
    with pytest.raises(replying.UnableToKeepReply, match="name"):
        replying.write(agency=focal_point, name="Reply", text="Again", by=officer, today=today)
    replying.retire(reply, by=officer)
    assert list(Reply.objects.visible_to(officer).offered()) == []
    replying.write(agency=focal_point, name="Reply", text="Again", by=officer, today=today)


def test_replies_are_the_agencys_own_or_shared(
    officer: User, editor: User, approver: User, auditor: User, licensing_officer: User, focal_point: Organisation, today: date
) -> None:
    own = replying.write(agency=focal_point, name="Own", text="Ours", by=officer, today=today)
    shared = replying.write(agency=None, name="Shared", text="All's", by=editor, today=today)
    seen = {user: set(Reply.objects.visible_to(user)) for user in (officer, licensing_officer, auditor)}
    assert seen == {officer: {own, shared}, licensing_officer: {shared}, auditor: set()}
    for agency, by in ((focal_point, licensing_officer), (focal_point, approver), (None, officer), (None, licensing_officer)):
        with pytest.raises(replying.UnableToKeepReply):
            replying.write(agency=agency, name="Mine", text="Words", by=by, today=today)
    with pytest.raises(replying.UnableToKeepReply):
        replying.retire(shared, by=licensing_officer)
