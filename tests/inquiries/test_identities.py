"""Who a confidential asker is: sealed from everybody, opened by two gatekeepers with a reason, each step seen by the asker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from inquiries import lifecycle, receipts
from inquiries.models import Closure, Identity, Inquiry, Opening, Redaction
from inquiries.permissions import may_ask_to_open, may_decide_opening, may_read_identity
from inquiries.sealing import CannotOpen, unseal, unwrap
from inquiries.services import asking, casebook, casework, clock, erasing, handing, identities, readers, rewrapping, stirring
from inquiries.services.identities import Confidential, UnableToPass
from keystore import services as keystore
from keystore.models import Share
from organisations.models import Membership, Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]
DAY = timedelta(days=1)
WHO = Confidential(name="Particular Person", organisation="Particular Pumps OÜ", contact="particular@pumps.example")
REASON = "They must be warned of an attack on their network."


@pytest.fixture
def filed(ask: Ask) -> asking.Filed:
    return ask("May I sell pumps?", identity=WHO)


@pytest.fixture
def inquiry(filed: asking.Filed) -> Inquiry:
    return filed.inquiry


@pytest.fixture
def asked(inquiry: Inquiry, gatekeeper: User, today: date) -> Opening:
    return identities.ask(inquiry, reason=REASON, by=gatekeeper, today=today)


@pytest.fixture
def granted(asked: Opening, second_gatekeeper: User, today: date) -> Opening:
    return identities.grant(asked, by=second_gatekeeper, today=today)


def opened(filed: asking.Filed) -> asking.OpenInquiry:
    return asking.open_with_receipt(receipts.read(filed.receipt))


def kinds(inquiry: Inquiry) -> list[str]:
    return [kind for kind, _on in casebook.history(inquiry)]


# --- the way it goes ---------------------------------------------------------------------------------------------------


def test_two_gatekeepers_open_it_and_the_first_one_reads_it_once(granted: Opening, gatekeeper: User, today: date) -> None:
    assert identities.read(granted, by=gatekeeper, today=today) == WHO
    with pytest.raises(UnableToPass):
        identities.read(granted, by=gatekeeper, today=today)
    assert kinds(granted.inquiry) == ["received", "identity-ask", "identity-grant", "identity-read"]


def test_every_step_is_in_the_ledger_that_the_asker_opens_with_the_receipt(
    filed: asking.Filed, granted: Opening, gatekeeper: User, today: date
) -> None:
    identities.read(granted, by=gatekeeper, today=today + DAY)
    [step] = identities.ledger(filed.inquiry, key=opened(filed).key, today=today)
    opening = step.opening
    assert (step.reason, step.refusal, opening.state) == (REASON, None, lifecycle.READ)
    assert (opening.asked_on, opening.decided_on, opening.read_on) == (today, today, today + DAY)


def test_a_refusal_has_a_reason_that_the_asker_reads(
    filed: asking.Filed, asked: Opening, gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    identities.refuse(asked, reason="Nothing in the case needs it.", by=second_gatekeeper, today=today)
    [step] = identities.ledger(filed.inquiry, key=opened(filed).key, today=today)
    assert (step.reason, step.refusal) == (REASON, "Nothing in the case needs it.")
    with pytest.raises(UnableToPass):
        identities.read(asked, by=gatekeeper, today=today)


def test_a_grant_is_good_on_its_day_and_the_next(granted: Opening, gatekeeper: User, today: date) -> None:
    with pytest.raises(UnableToPass):
        identities.read(granted, by=gatekeeper, today=today + 2 * DAY)
    assert identities.read(granted, by=gatekeeper, today=today + DAY) == WHO


def test_what_ran_out_unread_can_be_asked_for_anew_and_stays_in_the_ledger(granted: Opening, gatekeeper: User, today: date) -> None:
    with pytest.raises(UnableToPass):
        identities.ask(granted.inquiry, reason="Again", by=gatekeeper, today=today + DAY)
    identities.ask(granted.inquiry, reason="Again", by=gatekeeper, today=today + 2 * DAY)
    assert sorted(Opening.objects.values_list("state", flat=True)) == ["asked", "lapsed"]
    assert kinds(granted.inquiry)[-2:] == ["portal-identity-lapse", "identity-ask"]


# --- who may, and who may not ------------------------------------------------------------------------------------------


def test_a_gatekeeper_alone_reads_nothing(asked: Opening, gatekeeper: User, today: date) -> None:
    with pytest.raises(UnableToPass):
        identities.read(asked, by=gatekeeper, today=today)
    with pytest.raises(UnableToPass):
        identities.grant(asked, by=gatekeeper, today=today)
    with pytest.raises(UnableToPass):
        identities.refuse(asked, reason="No", by=gatekeeper, today=today)
    assert kinds(asked.inquiry) == ["received", "identity-ask"]


def test_the_second_gatekeeper_agrees_and_does_not_read(granted: Opening, second_gatekeeper: User, today: date) -> None:
    with pytest.raises(UnableToPass):
        identities.read(granted, by=second_gatekeeper, today=today)


OTHERS = ("officer", "supervisor", "approver", "editor", "auditor", "administrator", "licensing_officer", "signatory")


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_but_a_gatekeeper_asks_agrees_or_reads(
    request: pytest.FixtureRequest, inquiry: Inquiry, gatekeeper: User, second_gatekeeper: User, today: date, who: str
) -> None:
    somebody = request.getfixturevalue(who)
    with pytest.raises(UnableToPass):
        identities.ask(inquiry, reason=REASON, by=somebody, today=today)
    asked = identities.ask(inquiry, reason=REASON, by=gatekeeper, today=today)
    with pytest.raises(UnableToPass):
        identities.grant(asked, by=somebody, today=today)
    with pytest.raises(UnableToPass):
        identities.refuse(asked, reason="No", by=somebody, today=today)
    granted = identities.grant(asked, by=second_gatekeeper, today=today)
    with pytest.raises(UnableToPass):
        identities.read(granted, by=somebody, today=today)


def test_a_gatekeeper_of_another_agency_is_none(inquiry: Inquiry, licensing_agency: Organisation, today: date) -> None:
    stranger = member(licensing_agency, "Lea Licensing", Role.GATEKEEPER)
    with pytest.raises(UnableToPass):
        identities.ask(inquiry, reason=REASON, by=stranger, today=today)
    assert not Opening.objects.visible_to(stranger).exists()
    assert not Identity.objects.openable_by(stranger, today=today).exists()


def test_who_is_no_gatekeeper_any_more_reads_nothing_although_it_was_granted(
    granted: Opening, gatekeeper: User, today: date
) -> None:
    Membership.objects.filter(user=gatekeeper).delete()
    with pytest.raises(UnableToPass):
        identities.read(granted, by=User.objects.get(pk=gatekeeper.pk), today=today)


def test_who_is_anonymous_can_not_be_opened(ask: Ask, gatekeeper: User, today: date) -> None:
    with pytest.raises(UnableToPass):
        identities.ask(ask().inquiry, reason=REASON, by=gatekeeper, today=today)


def both_roles(gatekeeper: User) -> User:
    """A gatekeeper who may read and answer cases as well."""
    focal_point = gatekeeper.memberships.get().organisation
    Membership.objects.create(user=gatekeeper, organisation=focal_point, role=Role.CASE_OFFICER)
    return User.objects.get(pk=gatekeeper.pk)


def test_who_has_worked_on_a_case_is_not_its_gatekeeper(
    inquiry: Inquiry, ask: Ask, gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    """Askers are promised that those who answer don't learn who they are; to hand the case over makes nobody forget it."""
    both = both_roles(gatekeeper)
    casework.take(inquiry, by=both, today=today)
    colleague = member(both.memberships.all()[0].organisation, "Olev Other", Role.CASE_OFFICER)
    handing.hand_over(inquiry, to=colleague, by=both, today=today)
    with pytest.raises(UnableToPass):
        identities.ask(inquiry, reason=REASON, by=both, today=today)
    asked = identities.ask(inquiry, reason=REASON, by=second_gatekeeper, today=today)
    with pytest.raises(UnableToPass):
        identities.grant(asked, by=both, today=today)
    elsewhere = identities.ask(ask(identity=WHO).inquiry, reason=REASON, by=second_gatekeeper, today=today)
    assert identities.grant(elsewhere, by=both, today=today).state == lifecycle.GRANTED


def test_who_takes_the_case_between_the_grant_and_the_reading_reads_nothing(
    granted: Opening, gatekeeper: User, today: date
) -> None:
    both = both_roles(gatekeeper)
    casework.take(granted.inquiry, by=both, today=today)
    with pytest.raises(UnableToPass):
        identities.read(granted, by=both, today=today)


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", range(14))
def test_an_asking_that_nobody_decides_runs_out_after_five_business_days(
    inquiry: Inquiry, gatekeeper: User, second_gatekeeper: User, today: date, offset: int
) -> None:
    """Whatever the day of the week on which it was asked, and over a weekend and closures."""
    start = today + offset * DAY
    Closure.objects.create(first_on=start + 2 * DAY, last_on=start + 2 * DAY, reason="Moving", declared_on=today, by=gatekeeper)
    last = clock.office_calendar().after(start, 5)
    asked = identities.ask(inquiry, reason=REASON, by=gatekeeper, today=start)
    [step] = identities.steps(Opening.objects.with_case(), today=last)
    assert (step.last_day, step.has_run_out) == (last, False)
    assert identities.lapse_over(today=last) == 0
    assert identities.steps(Opening.objects.with_case(), today=last + DAY)[0].has_run_out
    for late in (
        lambda: identities.grant(asked, by=second_gatekeeper, today=last + DAY),
        lambda: identities.refuse(asked, reason="No", by=second_gatekeeper, today=last + DAY),
    ):
        with pytest.raises(UnableToPass):
            late()
    assert (identities.lapse_over(today=last + DAY), identities.lapse_over(today=last + DAY)) == (1, 0)
    assert (Opening.objects.get().state, kinds(inquiry)[-1]) == ("lapsed", "portal-identity-lapse")


def test_an_asking_is_decided_on_its_last_day(asked: Opening, second_gatekeeper: User, today: date) -> None:
    last = clock.office_calendar().after(today, Opening.WAITS)
    assert identities.grant(asked, by=second_gatekeeper, today=last).state == lifecycle.GRANTED


def test_a_grant_that_nobody_reads_runs_out_too(granted: Opening, today: date) -> None:
    assert identities.lapse_over(today=today + DAY) == 0
    assert identities.lapse_over(today=today + 2 * DAY) == 1
    opening = Opening.objects.get()
    assert (opening.state, opening.decided_on) == ("lapsed", today)


def test_what_has_been_decided_or_read_does_not_run_out(
    granted: Opening, ask: Ask, gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    identities.read(granted, by=gatekeeper, today=today)
    other = identities.ask(ask(identity=WHO).inquiry, reason=REASON, by=gatekeeper, today=today)
    identities.refuse(other, reason="No", by=second_gatekeeper, today=today)
    assert identities.lapse_over(today=today + 100 * DAY) == 0


def test_openings_run_out_batch_by_batch(ask: Ask, gatekeeper: User, today: date) -> None:
    for _ in range(3):
        identities.ask(ask(identity=WHO).inquiry, reason=REASON, by=gatekeeper, today=today)
    late = today + 30 * DAY
    assert [identities.lapse_over(today=late, limit=2) for _ in range(3)] == [2, 1, 0]


def test_who_asked_is_told_that_it_ran_out_until_they_ask_anew(
    asked: Opening, gatekeeper: User, second_gatekeeper: User, auditor: User, today: date
) -> None:
    later = today + 8 * DAY
    assert not Opening.objects.ran_out_for(gatekeeper, today=later).exists()
    identities.lapse_over(today=later)
    assert list(Opening.objects.ran_out_for(gatekeeper, today=later)) == [asked]
    for somebody_else in (second_gatekeeper, auditor):
        assert not Opening.objects.ran_out_for(somebody_else, today=later).exists()
    assert not Opening.objects.ran_out_for(gatekeeper, today=today + 22 * DAY).exists()
    identities.ask(asked.inquiry, reason="Still", by=gatekeeper, today=later)
    assert not Opening.objects.ran_out_for(gatekeeper, today=later).exists()


# --- predicates and querysets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["gatekeeper", "second_gatekeeper", *OTHERS])
@pytest.mark.parametrize("age", [0, 1, 2])
def test_predicates_and_querysets_agree(
    request: pytest.FixtureRequest, ask: Ask, gatekeeper: User, second_gatekeeper: User, today: date, who: str, age: int
) -> None:
    cases = [ask(identity=WHO).inquiry for _ in range(4)] + [ask().inquiry]
    worked_on = [ask(identity=WHO).inquiry for _ in range(2)]
    asked = [identities.ask(case, reason=REASON, by=gatekeeper, today=today) for case in (*cases[1:4], worked_on[1])]
    for case in worked_on:
        for by in (both_roles(gatekeeper), both_roles(second_gatekeeper)):
            casework.take(case, by=by, today=today)
            Membership.objects.filter(user=by, role=Role.CASE_OFFICER).delete()
    identities.grant(asked[1], by=second_gatekeeper, today=today)
    identities.refuse(asked[2], reason="No", by=second_gatekeeper, today=today)
    user, day = request.getfixturevalue(who), today + age * DAY
    openings = list(Opening.objects.select_related("inquiry"))
    assert set(Identity.objects.openable_by(user, today=day)) == {
        case.identity for case in Inquiry.objects.all() if may_ask_to_open(user, case, today=day)
    }
    assert set(Opening.objects.decidable_by(user)) == {each for each in openings if may_decide_opening(user, each)}
    assert set(Opening.objects.readable_by(user, today=day)) == {
        each for each in openings if may_read_identity(user, each, today=day)
    }


# --- sealed ------------------------------------------------------------------------------------------------------------


def clear_text_of_rows(inquiry: Inquiry) -> bytes:
    rows: list[Any] = [inquiry, inquiry.identity, inquiry.receipt, *inquiry.openings.all(), *inquiry.events.all()]
    return b"".join(
        bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
        for row in rows
        for value in vars(row).values()
    )


def test_neither_the_identity_nor_a_reason_stands_in_any_row(asked: Opening, second_gatekeeper: User, today: date) -> None:
    identities.refuse(asked, reason="A very singular refusal", by=second_gatekeeper, today=today)
    stored = clear_text_of_rows(Inquiry.objects.get())
    for clear in (b"Particular", b"particular@", b"warned", b"singular"):
        assert clear not in stored


def test_no_key_of_the_case_or_of_an_agency_opens_the_identity(
    filed: asking.Filed, licensing_agency: Organisation, focal_point: Organisation, today: date
) -> None:
    """A dump, the share and every key that opens the words: none of them opens who wrote them."""
    inquiry, share = filed.inquiry, keystore.share_of(filed.inquiry.pk)
    secret = next(iter(portal_settings.OFFICE_KEYS.values()))
    tried = {
        "case": opened(filed).key,
        "receipt": asking.wrapping_key(receipts.read(filed.receipt)),
        "focal point": readers.wrapping_key(secret, None),
        "agency": readers.wrapping_key(secret, licensing_agency),
        "agency's row": readers.wrapping_key(secret, focal_point),
    }
    identity = inquiry.identity
    place = identities._place("identity key", inquiry)
    for key in tried.values():
        with pytest.raises(CannotOpen):
            unwrap(bytes(identity.wrapped_key), under=key, share=share, place=place)
        with pytest.raises(CannotOpen):
            unseal(bytes(identity.sealed_words), key=key, place=identities._place("identity", inquiry))
    assert unwrap(bytes(identity.wrapped_key), under=identities.gatekeepers_key(secret), share=share, place=place)


def test_the_ledgers_key_does_not_open_the_identity(filed: asking.Filed) -> None:
    identity, share = filed.inquiry.identity, keystore.share_of(filed.inquiry.pk)
    place = identities._place("ledger key", filed.inquiry)
    ledger_key = unwrap(bytes(identity.case_ledger_key), under=opened(filed).key, share=share, place=place)
    with pytest.raises(CannotOpen):
        unseal(bytes(identity.sealed_words), key=ledger_key, place=identities._place("identity", filed.inquiry))


def test_an_identity_moved_to_another_case_does_not_open(ask: Ask, gatekeeper: User, second_gatekeeper: User, today: date) -> None:
    """The planted fault: somebody who may write the tables swaps rows to have another case's identity read."""
    one, other = ask(identity=WHO).inquiry, ask(identity=Confidential("Other", "other")).inquiry
    stolen = Identity.objects.get(pk=one.pk)
    Identity.objects.filter(pk=other.pk).update(sealed_words=stolen.sealed_words, wrapped_key=stolen.wrapped_key)
    opening = identities.grant(identities.ask(other, reason=REASON, by=gatekeeper, today=today), by=second_gatekeeper, today=today)
    with pytest.raises(readers.UnableToOpen):
        identities.read(opening, by=gatekeeper, today=today)
    assert kinds(other) == ["received", "identity-ask", "identity-grant"]


def test_without_its_share_nothing_of_it_opens(granted: Opening, gatekeeper: User, today: date) -> None:
    keystore.destroy(granted.inquiry_id, today=today)
    with pytest.raises(readers.UnableToOpen):
        identities.read(granted, by=gatekeeper, today=today)


def test_a_missing_ring_key_is_said_and_nothing_is_noted(granted: Opening, gatekeeper: User, today: date, settings: Any) -> None:
    keys, settings.OFFICE_KEYS = settings.OFFICE_KEYS, {"another": bytes(32)}
    with pytest.raises(readers.UnableToOpen):
        identities.read(granted, by=gatekeeper, today=today)
    assert [(step.reason, step.refusal) for step in identities.steps([granted], today=today)] == [(None, None)]
    settings.OFFICE_KEYS = keys
    assert identities.read(granted, by=gatekeeper, today=today) == WHO


def test_it_comes_under_a_new_first_key_and_opens_without_the_old_one(
    filed: asking.Filed, granted: Opening, gatekeeper: User, today: date, settings: Any
) -> None:
    settings.OFFICE_KEYS = {"new": b"n" * 32, **settings.OFFICE_KEYS}
    assert rewrapping.progress().waiting == 2
    assert rewrapping.rewrap().done == 2
    settings.OFFICE_KEYS = {"new": b"n" * 32}
    assert rewrapping.progress().missing == 0
    assert identities.steps(Opening.objects.with_case(), today=today)[0].reason == REASON
    assert identities.read(granted, by=gatekeeper, today=today) == WHO
    assert identities.ledger(filed.inquiry, key=opened(filed).key, today=today)[0].reason == REASON


def test_keys_of_three_kinds_come_batch_by_batch(ask: Ask, settings: Any) -> None:
    for _ in range(3):
        ask(identity=WHO)
    settings.OFFICE_KEYS = {"new": b"n" * 32, **settings.OFFICE_KEYS}
    done, after = 0, rewrapping.START
    while (batch := rewrapping.rewrap(after=after, limit=1)).last:
        assert batch.last > after
        done, after = done + batch.done, batch.last
    assert (done, rewrapping.progress().done, rewrapping.progress().waiting) == (6, 6, 0)


# --- erased and stirred with the case ----------------------------------------------------------------------------------


def test_it_goes_with_the_case(filed: asking.Filed, granted: Opening, today: date) -> None:
    erasing.erase(opened=opened(filed), today=today)
    assert (Identity.objects.count(), Opening.objects.count(), Share.objects.living().count()) == (0, 0, 0)


def test_its_rows_are_stirred_and_say_what_they_said(granted: Opening, gatekeeper: User, today: date) -> None:
    assert stirring.stir(since=today) >= 2
    assert identities.read(granted, by=gatekeeper, today=today) == WHO


def test_opening_moves_no_deadline_and_no_day_of_erasing(ask: Ask, officer: User, gatekeeper: User, today: date) -> None:
    inquiry = ask(identity=WHO).inquiry
    casework.take(inquiry, by=officer, today=today)
    before = Inquiry.objects.values_list("due_on", "erase_on", "state").get()
    identities.ask(inquiry, reason=REASON, by=gatekeeper, today=today + DAY)
    assert Inquiry.objects.values_list("due_on", "erase_on", "state").get() == before
    assert casebook.due_on(inquiry) == before[0]


# --- what the database holds to ----------------------------------------------------------------------------------------


def test_the_database_refuses_a_second_person_who_is_the_first(asked: Opening, gatekeeper: User, today: date) -> None:
    with pytest.raises(IntegrityError, match="opening_decided_by_another"), transaction.atomic():
        Opening.objects.update(state="granted", decided_by=gatekeeper, decided_on=today)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": "granted"}, "opening_decided_has_who_and_when"),
        ({"state": "read"}, "opening_"),
        ({"state": "refused", "decided_by": True, "decided_on": True}, "opening_refused_has_a_reason"),
        ({"state": "granted", "decided_by": True, "decided_on": True, "read_on": True}, "opening_read_has_a_day"),
        ({"state": "granted", "decided_by": True}, "opening_decided_has_who_and_when"),
        ({"decided_on": True}, "opening_decided_has_who_and_when"),
        ({"sealed_refusal": b"x"}, "opening_refused_has_a_reason"),
        ({"state": "lapsed", "decided_on": True}, "opening_decided_has_who_and_when"),
    ],
)
def test_the_database_pairs_states_with_who_and_when(
    asked: Opening, second_gatekeeper: User, today: date, changes: dict[str, Any], constraint: str
) -> None:
    values = {"decided_by": second_gatekeeper, "decided_on": today, "read_on": today}
    changes = {name: values[name] if value is True else value for name, value in changes.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Opening.objects.update(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "granted", "decided_by": True, "decided_on": True},
        {"state": "read", "decided_by": True, "decided_on": True, "read_on": True},
        {"state": "refused", "decided_by": True, "decided_on": True, "sealed_refusal": b"x"},
        {"state": "lapsed"},
        {"state": "lapsed", "decided_by": True, "decided_on": True},
    ],
)
def test_the_database_takes_what_can_be(asked: Opening, second_gatekeeper: User, today: date, changes: dict[str, Any]) -> None:
    values = {"decided_by": second_gatekeeper, "decided_on": today, "read_on": today}
    Opening.objects.update(**{name: values[name] if value is True else value for name, value in changes.items()})


def test_one_opening_at_a_time(asked: Opening, gatekeeper: User, second_gatekeeper: User, today: date) -> None:
    again = Opening(inquiry=asked.inquiry, asked_by=second_gatekeeper, asked_on=today, sealed_reason=b"x", position=2, version=1)
    with pytest.raises(IntegrityError, match="one_opening_under_way"), transaction.atomic():
        again.save(force_insert=True)
    identities.refuse(asked, reason="No", by=second_gatekeeper, today=today)
    again.save(force_insert=True)


def test_sealed_words_and_their_key_come_and_go_together(inquiry: Inquiry) -> None:
    with pytest.raises(IntegrityError, match="identity_is_there_or_destroyed"), transaction.atomic():
        Identity.objects.update(sealed_words=None)
    Identity.objects.update(sealed_words=None, wrapped_key=None)


@pytest.mark.parametrize("column", ["asked_by_id", "asked_on", "inquiry_id", "position"])
def test_who_asked_when_and_why_is_written_once(asked: Opening, column: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE inquiries_opening SET {column} = {column}")  # noqa: S608  names of our own columns


def test_reasons_are_written_once_while_nothing_was_taken_out_of_the_case(
    asked: Opening, officer: User, second_gatekeeper: User, today: date
) -> None:
    """A change that is none, such as that of stirring, is let through."""
    identities.refuse(asked, reason="No", by=second_gatekeeper, today=today)
    Opening.objects.update(sealed_reason=F("sealed_reason"), sealed_refusal=F("sealed_refusal"))
    for column in ("sealed_reason", "sealed_refusal"):
        with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
            Opening.objects.update(**{column: b"x"})
    where = {"inquiry": asked.inquiry, "start": 0, "end": 1, "reason": "A name", "by": officer, "on": today}
    hidden = Redaction.objects.create(**where)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        Opening.objects.update(sealed_reason=b"x")
    Redaction.objects.filter(pk=hidden.pk).update(mode="permanent")
    Opening.objects.update(sealed_reason=b"x")


def test_openings_of_an_inquiry_are_numbered(asked: Opening, second_gatekeeper: User, gatekeeper: User, today: date) -> None:
    identities.refuse(asked, reason="No", by=second_gatekeeper, today=today)
    again = identities.ask(asked.inquiry, reason="Again", by=gatekeeper, today=today)
    assert (asked.position, again.position) == (1, 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        Opening(inquiry=asked.inquiry, asked_by=gatekeeper, asked_on=today, sealed_reason=b"x", position=2, version=1).save()


def test_the_table_of_moves_leads_to_states_that_there_are() -> None:
    states = {lifecycle.ASKED, lifecycle.GRANTED, lifecycle.REFUSED, lifecycle.READ, lifecycle.LAPSED}
    assert {state for moves in lifecycle.OPENING_MOVES.values() for state in (*moves, *moves.values())} == states
