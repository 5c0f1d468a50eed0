from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from advisories.models import Advisory, Approval, State
from advisories.permissions import may_approve
from advisories.services import editing
from mailroom.models import Envelope, Letter
from mailroom.models import State as EnvelopeState
from organisations.models import Organisation, Role, User
from tests.advisories.conftest import Content_, Make
from tests.conftest import member

pytestmark = pytest.mark.django_db


def moves(advisory: Advisory) -> list[str]:
    return list(advisory.events.order_by("at", "pk").values_list("move", flat=True))


def test_an_editor_drafts_for_the_own_agency(content: Content_, focal_point: Organisation, editor: User, now: datetime) -> None:
    advisory = editing.draft(content=content(), agency=focal_point, by=editor, now=now)
    assert (advisory.state, advisory.revision, advisory.author) == (State.DRAFT, 1, editor)
    assert moves(advisory) == ["draft"]
    assert advisory.revisions.get().title == advisory.title


def test_nobody_else_drafts_for_it(
    content: Content_, focal_point: Organisation, approver: User, licensing_editor: User, signatory: User, now: datetime
) -> None:
    for person in (approver, licensing_editor, signatory):
        with pytest.raises(editing.UnableToDraft):
            editing.draft(content=content(), agency=focal_point, by=person, now=now)
    assert not Advisory.objects.exists()


def test_a_title_of_two_lines_is_refused(content: Content_, focal_point: Organisation, editor: User, now: datetime) -> None:
    with pytest.raises(editing.UnableToDraft, match="one line"):
        editing.draft(content=content(title="A\r\nBcc: all@firm.example"), agency=focal_point, by=editor, now=now)


def test_the_whole_way(approved: Make, editor: User, now: datetime, today: date) -> None:
    advisory = editing.publish(approved(), by=editor, now=now, today=today)
    assert (advisory.state, advisory.published_at, advisory.published_by) == (State.PUBLISHED, now, editor)
    assert moves(advisory) == ["draft", "submit", "approve", "publish"]


def test_the_author_cannot_approve(drafted: Make, focal_point: Organisation, editor: User, now: datetime) -> None:
    editor.memberships.create(organisation=focal_point, role=Role.APPROVER)
    author = User.objects.get(pk=editor.pk)
    advisory = editing.submit_for_review(drafted(), by=author, now=now)
    assert not may_approve(author, advisory)
    assert not Advisory.objects.waiting_for(author).exists()
    with pytest.raises(editing.UnableToApprove, match="somebody else"):
        editing.approve(advisory, revision=1, by=author, now=now)


def test_who_changed_the_words_last_cannot_approve(
    drafted: Make, content: Content_, focal_point: Organisation, editor: User, now: datetime
) -> None:
    other = member(focal_point, "Both Roles", Role.EDITOR, Role.APPROVER)
    advisory = editing.revise(drafted(), content=content(title="New"), revision=1, by=other, now=now)
    advisory = editing.submit_for_review(advisory, by=editor, now=now)
    with pytest.raises(editing.UnableToApprove, match="somebody else"):
        editing.approve(advisory, revision=2, by=other, now=now)


@pytest.mark.parametrize("field", ["author", "revised_by"])
def test_the_database_refuses_an_approval_by_who_wrote_it(
    drafted: Make, editor: User, approver: User, now: datetime, field: str
) -> None:
    people = {"author": editor, "revised_by": editor, "approver": approver}
    Approval.objects.create(advisory=drafted(), revision=1, at=now, **people)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(advisory=drafted(), revision=1, at=now, **(people | {field: approver}))


def test_only_an_approver_of_the_agency_approves(
    drafted: Make, editor: User, officer: User, signatory: User, licensing_editor: User, focal_point: Organisation, now: datetime
) -> None:
    advisory = editing.submit_for_review(drafted(), by=editor, now=now)
    second_editor = member(focal_point, "Second Editor", Role.EDITOR)
    for person in (officer, signatory, licensing_editor, second_editor):
        with pytest.raises(editing.UnableToApprove):
            editing.approve(advisory, revision=1, by=person, now=now)
    assert not advisory.approvals.exists()


@pytest.mark.parametrize("changes", [{"urgency": "urgent"}, {"tlp": "red"}])
def test_what_is_urgent_or_red_needs_two_different_people(
    drafted: Make, editor: User, approver: User, second_approver: User, now: datetime, today: date, changes: dict[str, str]
) -> None:
    advisory = editing.submit_for_review(drafted(**changes), by=editor, now=now)
    advisory = editing.approve(advisory, revision=1, by=approver, now=now)
    assert advisory.state == State.IN_REVIEW
    with pytest.raises(editing.UnableToApprove):
        editing.approve(advisory, revision=1, by=approver, now=now)
    with pytest.raises(editing.UnableToPublish):
        editing.publish(advisory, by=editor, now=now, today=today)
    assert editing.approve(advisory, revision=1, by=second_approver, now=now).state == State.APPROVED


def test_an_edit_after_approval_voids_it(
    approved: Make, content: Content_, editor: User, approver: User, now: datetime, today: date
) -> None:
    advisory = editing.revise(approved(), content=content(title="Other words"), revision=1, by=editor, now=now)
    assert (advisory.state, advisory.revision) == (State.DRAFT, 2)
    with pytest.raises(editing.UnableToPublish):
        editing.publish(advisory, by=editor, now=now, today=today)
    advisory = editing.submit_for_review(advisory, by=editor, now=now)
    assert advisory.state == State.IN_REVIEW
    assert editing.approve(advisory, revision=2, by=approver, now=now).state == State.APPROVED
    assert list(advisory.revisions.order_by("number").values_list("title", flat=True)) == [
        "Orders for thermal cameras",
        "Other words",
    ]


def test_approving_words_that_have_changed_since_is_refused(
    drafted: Make, content: Content_, editor: User, approver: User, now: datetime
) -> None:
    advisory = editing.revise(drafted(), content=content(title="Other"), revision=1, by=editor, now=now)
    advisory = editing.submit_for_review(advisory, by=editor, now=now)
    with pytest.raises(editing.UnableToApprove, match="Read it anew"):
        editing.approve(advisory, revision=1, by=approver, now=now)


def test_two_editors_at_once_do_not_overwrite_each_other(drafted: Make, content: Content_, editor: User, now: datetime) -> None:
    advisory = drafted()
    editing.revise(advisory, content=content(title="First"), revision=1, by=editor, now=now)
    with pytest.raises(editing.UnableToRevise, match="Copy what you wrote"):
        editing.revise(advisory, content=content(title="Second"), revision=1, by=editor, now=now)
    assert Advisory.objects.get().title == "First"


def test_returning_says_what_to_mend_and_voids_the_approval(approved: Make, editor: User, approver: User, now: datetime) -> None:
    advisory = approved()
    with pytest.raises(editing.UnableToReturn, match="what to mend"):
        editing.return_to_author(advisory, note=" ", by=approver, now=now)
    with pytest.raises(editing.UnableToReturn):
        editing.return_to_author(advisory, note="Name the parts.", by=editor, now=now)
    advisory = editing.return_to_author(advisory, note="Name the parts.", by=approver, now=now)
    assert advisory.state == State.DRAFT
    assert not advisory.approvals.exists()
    assert advisory.events.get(move="return").note == "Name the parts."


def test_publishing_writes_letter_and_envelopes_with_the_state_or_nothing(
    approved: Make, editor: User, firm: Organisation, subscribed: Callable[..., object], now: datetime, today: date
) -> None:
    subscribed(firm, "notices@firm.example")
    advisory = approved()
    with transaction.atomic():
        editing.publish(advisory, by=editor, now=now, today=today)
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert Advisory.objects.get().state == State.APPROVED
    editing.publish(advisory, by=editor, now=now, today=today)
    assert Letter.objects.get().source == advisory.source
    assert Envelope.objects.get().address == "notices@firm.example"


def test_publishing_twice_posts_once(
    published: Make, editor: User, firm: Organisation, subscribed: object, now: datetime, today: date
) -> None:
    subscribed(firm, "notices@firm.example")  # type: ignore[operator]
    advisory = published()
    with pytest.raises(editing.UnableToPublish):
        editing.publish(advisory, by=editor, now=now, today=today)
    assert Envelope.objects.count() == 1


def test_nobody_outside_the_agency_publishes(
    approved: Make, officer: User, licensing_editor: User, signatory: User, now: datetime, today: date
) -> None:
    advisory = approved()
    for person in (officer, licensing_editor, signatory):
        with pytest.raises(editing.UnableToPublish):
            editing.publish(advisory, by=person, now=now, today=today)


def test_withdrawing_stops_what_waits_and_tells_those_whom_it_reached(
    published: Make,
    approver: User,
    editor: User,
    firm: Organisation,
    association: Organisation,
    subscribed: Callable[..., object],
    now: datetime,
) -> None:
    subscribed(firm, "told@firm.example")
    subscribed(association, "waiting@association.example")
    advisory = published()
    Envelope.objects.filter(address="told@firm.example").update(state=EnvelopeState.SENT, sent_at=now, next_attempt_at=None)
    with pytest.raises(editing.UnableToWithdraw):
        editing.withdraw(advisory, reason="Wrong parts.", by=editor, now=now)
    with pytest.raises(editing.UnableToWithdraw, match="Say why"):
        editing.withdraw(advisory, reason=" ", by=approver, now=now)
    advisory = editing.withdraw(advisory, reason="Wrong parts.", by=approver, now=now)
    assert advisory.state == State.WITHDRAWN
    assert dict(Envelope.objects.of_source(advisory.source).values_list("address", "state")) == {
        "told@firm.example": EnvelopeState.SENT,
        "waiting@association.example": EnvelopeState.CANCELLED,
    }
    told = Envelope.objects.of_source(advisory.withdrawal_source).get()
    assert told.address == "told@firm.example"
    assert "Wrong parts." in told.letter.text
