"""Asking by name: who of the organisation follows, who does not any more, and the letter that there is news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inquiries import receipts
from inquiries.models import NamedAsker
from inquiries.permissions import may_follow, may_reveal
from inquiries.services import asking, casebook, casework, erasing, following, named, rewrapping, rotation, thread
from inquiries.services.identities import Confidential
from inquiries.services.named import Named
from mailroom.models import Envelope, Letter
from organisations.models import Kind, Membership, Organisation, Role, User
from tests.conftest import member
from tests.keystore.test_services import keys_unreachable

Ask = Callable[..., asking.Filed]


@pytest.fixture
def filed(ask: Ask, signatory: User, firm: Organisation) -> asking.Filed:
    return ask("May we sell pumps?", subject="Pumps", identity=Named(signatory, firm, wants_mail=True))


@pytest.fixture
def rival(db: None) -> User:
    return member(Organisation.objects.create(kind=Kind.FIRM, name="Rival Photonics OÜ"), "Riina Rival", Role.SIGNATORY)


def asker(filed: asking.Filed) -> NamedAsker:
    return NamedAsker.objects.get(pk=filed.inquiry.pk)


def texts(secret: bytes) -> list[str]:
    return [line.text for line in thread.read(asking.open_with_receipt(secret)).lines]


def test_a_colleague_opens_it_without_the_receipt(filed: asking.Filed, entry_editor: User) -> None:
    secret = named.pass_for(asker(filed), by=entry_editor)
    assert texts(secret) == texts(receipts.read(filed.receipt)) == ["May we sell pumps?"]


def test_a_members_pass_lasts_for_a_visit_and_is_told_from_a_receipt(
    filed: asking.Filed, entry_editor: User, now: datetime
) -> None:
    secret = named.pass_for(asker(filed), by=entry_editor)
    token = asking.visit(secret, now=now)
    assert asking.open_visit(token, now=now) == secret
    with pytest.raises(asking.UnableToReturn):
        asking.open_visit(token, now=now + timedelta(minutes=61))
    assert len(secret) != receipts.SECRET_BYTES


def test_another_firm_opens_nothing(filed: asking.Filed, rival: User) -> None:
    with pytest.raises(named.UnableToFollow):
        named.pass_for(asker(filed), by=rival)
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(filed.inquiry.pk.bytes + rival.pk.bytes)


def test_who_leaves_the_firm_opens_nothing_from_then_on(filed: asking.Filed, signatory: User, entry_editor: User) -> None:
    secret = named.pass_for(asker(filed), by=signatory)
    Membership.objects.filter(user=signatory).delete()
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(secret)
    assert texts(named.pass_for(asker(filed), by=entry_editor))


def test_who_is_switched_off_opens_nothing(filed: asking.Filed, signatory: User) -> None:
    secret = named.pass_for(asker(filed), by=signatory)
    User.objects.filter(pk=signatory.pk).update(is_active=False)
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(secret)


def test_the_firm_takes_the_receipt_from_who_has_left_with_it(filed: asking.Filed, entry_editor: User, today: date) -> None:
    old = receipts.read(filed.receipt)
    mine = named.pass_for(asker(filed), by=entry_editor)
    first, second = (rotation.rotate(secret=mine, form=b"f" * 32, today=today) for _ in range(2))
    assert first == second
    assert [kind for kind, _on in casebook.history(filed.inquiry)] == ["received", "asker-rotates"]
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(old)
    assert texts(first) == texts(mine)


def test_a_pass_made_by_hand_opens_nothing_else(filed: asking.Filed, ask: Ask, signatory: User) -> None:
    anonymous = ask("Secret").inquiry
    for forged in (anonymous.pk.bytes + signatory.pk.bytes, bytes(32), filed.inquiry.pk.bytes + bytes(16)):
        with pytest.raises(asking.UnableToReturn):
            asking.open_with_receipt(forged)


def test_the_key_of_one_firm_does_not_open_with_that_of_another(filed: asking.Filed, rival: User) -> None:
    """The planted fault: the row is given to another firm by hand."""
    NamedAsker.objects.update(organisation=rival.memberships.get().organisation)
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(named.pass_for(asker(filed), by=rival))


def test_the_list_holds_what_the_organisation_asked_with_the_askers_own_line(
    filed: asking.Filed, ask: Ask, rival: User, signatory: User, entry_editor: User, association_officer: User
) -> None:
    ask("Anonymous")
    ask("Confidential", identity=Confidential("Name", "contact"))
    other = ask("Other", subject="Rivals", identity=Named(rival, rival.memberships.get().organisation))
    for user, expected in [(signatory, "Pumps"), (entry_editor, "Pumps"), (rival, "Rivals")]:
        [line] = following.with_subjects(NamedAsker.objects.followed_by(user))
        assert (line.subject, line.asker.inquiry == other.inquiry) == (expected, user == rival)
    assert not NamedAsker.objects.followed_by(association_officer).exists()


@pytest.mark.django_db(transaction=True)
def test_a_key_store_that_does_not_answer_leaves_the_list_without_lines(filed: asking.Filed, signatory: User) -> None:
    with keys_unreachable():
        [line] = following.with_subjects(NamedAsker.objects.followed_by(signatory))
    assert line.subject is None


@pytest.mark.parametrize(
    "who", ["signatory", "entry_editor", "rival", "association_officer", "officer", "licensing_officer", "auditor", "administrator"]
)
def test_predicates_and_querysets_agree(
    request: pytest.FixtureRequest, filed: asking.Filed, ask: Ask, rival: User, officer: User,
    licensing_agency: Organisation, today: date, who: str,
) -> None:  # fmt: skip
    other = ask("Other", identity=Named(rival, rival.memberships.get().organisation))
    casework.route(other.inquiry, agency=licensing_agency, by=officer, today=today)
    user, rows = request.getfixturevalue(who), list(NamedAsker.objects.select_related("inquiry"))
    assert set(NamedAsker.objects.followed_by(user)) == {each for each in rows if may_follow(user, each)}
    assert set(NamedAsker.objects.known_to(user)) == {each for each in rows if may_reveal(user, each)}


def test_looking_at_who_asks_is_in_the_history(filed: asking.Filed, officer: User, licensing_officer: User, today: date) -> None:
    with pytest.raises(casework.UnableToWork):
        casework.reveal(asker(filed), by=licensing_officer, today=today)
    casework.reveal(asker(filed), by=officer, today=today)
    assert list(filed.inquiry.events.order_by("position").values_list("kind", "official")) == [
        ("received", None), ("reveal", officer.pk),
    ]  # fmt: skip


def test_its_key_comes_under_a_new_first_key(filed: asking.Filed, signatory: User, settings: Any) -> None:
    settings.OFFICE_KEYS = {"new": b"n" * 32, **settings.OFFICE_KEYS}
    assert rewrapping.rewrap().done == 2
    settings.OFFICE_KEYS = {"new": b"n" * 32}
    assert texts(named.pass_for(asker(filed), by=signatory)) == ["May we sell pumps?"]


def test_it_goes_with_the_case(filed: asking.Filed, signatory: User, today: date) -> None:
    erasing.erase(opened=asking.open_with_receipt(named.pass_for(asker(filed), by=signatory)), today=today)
    assert NamedAsker.objects.count() == 0


# --- the letter that there is news --------------------------------------------------------------------------------------


def answer(filed: asking.Filed, officer: User, today: date) -> None:
    casework.take(filed.inquiry, by=officer, today=today)
    casework.ask_back(filed.inquiry, text="Which pumps?", by=officer, today=today)
    casework.answer(filed.inquiry, text="You may.", by=officer, today=today)


def test_who_asked_by_name_gets_one_letter_a_day_that_names_nothing(
    filed: asking.Filed, officer: User, signatory: User, today: date
) -> None:
    answer(filed, officer, today)
    letter, envelope = Letter.objects.get(), Envelope.objects.get()
    assert envelope.address == signatory.email
    said = f"{letter.subject} {letter.text} {letter.html} {letter.source} {letter.list_id}"
    for word in (filed.inquiry.reference, str(filed.inquiry.pk), "pumps", "Pumps", "Photonics", "may", "Which", filed.receipt):
        assert word not in said
    assert "/my-inquiries/" in said


def test_nobody_else_gets_a_letter(ask: Ask, officer: User, signatory: User, firm: Organisation, today: date) -> None:
    for identity in (None, Confidential("Name", "contact@portal.example"), Named(signatory, firm)):
        answer(ask(identity=identity), officer, today)
    assert Letter.objects.count() == 0


def test_who_has_left_the_firm_gets_no_letter(filed: asking.Filed, officer: User, signatory: User, today: date) -> None:
    Membership.objects.filter(user=signatory).delete()
    answer(filed, officer, today)
    assert Letter.objects.count() == 0


def test_only_who_asked_chooses_about_letters(
    filed: asking.Filed, officer: User, signatory: User, entry_editor: User, today: date
) -> None:
    with pytest.raises(named.UnableToFollow):
        named.choose_mail(asker(filed), wants_mail=False, by=entry_editor)
    named.choose_mail(asker(filed), wants_mail=False, by=signatory)
    answer(filed, officer, today)
    assert Letter.objects.count() == 0
