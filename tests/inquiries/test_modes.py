"""Three ways of asking, and the one way from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inquiries import lifecycle, receipts, retention
from inquiries.models import Identity, Inquiry, Mode, NamedAsker, Opening
from inquiries.services import asking, casebook, casework, closing, identities, modes, named, upgrading
from inquiries.services.identities import Confidential
from inquiries.services.named import Named
from keystore.models import Share
from organisations.models import Organisation, User
from tests.inquiries.test_rewrapping import make_old

Ask = Callable[..., asking.Filed]
WHO = Confidential(name="Particular Person", organisation="Particular Pumps OÜ", contact="particular@pumps.example")


def opened(filed: asking.Filed) -> asking.OpenInquiry:
    return asking.open_with_receipt(receipts.read(filed.receipt))


@pytest.fixture
def ways(signatory: User, firm: Organisation) -> dict[str, modes.Who]:
    return {"anonymous": None, "confidential": WHO, "named": Named(signatory, firm)}


@pytest.mark.parametrize("mode", Mode.values)
def test_each_way_keeps_what_it_says_and_no_more(ask: Ask, ways: dict[str, modes.Who], mode: str) -> None:
    inquiry = ask(identity=ways[mode]).inquiry
    assert inquiry.mode == mode
    assert (Identity.objects.count(), NamedAsker.objects.count()) == (mode == "confidential", mode == "named")


@pytest.mark.parametrize("mode", Mode.values)
def test_the_same_form_sent_twice_is_one_inquiry_in_every_way(ask: Ask, ways: dict[str, modes.Who], mode: str) -> None:
    first, second = (ask(form=b"f" * 32, identity=ways[mode]) for _ in range(2))
    assert (first.receipt, Inquiry.objects.count(), Share.objects.count()) == (second.receipt, 1, 1)


@pytest.mark.parametrize("mode", Mode.values)
def test_an_asker_may_object_to_publication_in_every_way(ask: Ask, ways: dict[str, modes.Who], mode: str) -> None:
    assert ask(identity=ways[mode], objects_to_publication=True).inquiry.objects_to_publication
    assert not ask(identity=ways[mode]).inquiry.objects_to_publication


PAIRS = list(product(Mode.values, Mode.values))
FORWARD = {("anonymous", "confidential"), ("anonymous", "named"), ("confidential", "named")}


def test_the_table_of_upgrades_is_the_one_way() -> None:
    assert {(before, after) for before, afters in lifecycle.UPGRADES.items() for after in afters} == FORWARD


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_database_lets_nobody_back(ask: Ask, before: str, after: str) -> None:
    inquiry = ask().inquiry
    Inquiry.objects.filter(pk=inquiry.pk).update(mode=before)
    if (before, after) in FORWARD or before == after:
        Inquiry.objects.filter(pk=inquiry.pk).update(mode=after)
        return
    with pytest.raises(IntegrityError, match="does not go back"), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(mode=after)


@pytest.mark.parametrize(("before", "after"), sorted(FORWARD))
def test_an_asker_says_more_with_the_receipt(
    ask: Ask, ways: dict[str, modes.Who], officer: User, today: date, before: str, after: str
) -> None:
    filed = ask(identity=ways[before])
    casework.take(filed.inquiry, by=officer, today=today)
    casework.answer(filed.inquiry, text="No.", by=officer, today=today)
    who = ways[after]
    assert who
    for _ in range(2):
        inquiry = upgrading.upgrade(opened=opened(filed), who=who, form=b"f" * 32, today=today + timedelta(days=3))
    assert (inquiry.mode, inquiry.state) == (after, "answered")
    assert inquiry.erase_on == today + timedelta(days=retention.DAYS[after][retention.ANSWERED])
    kinds = [kind for kind, _on in casebook.history(inquiry)]
    assert kinds == ["received", "take", "answer", "asker-upgrades"]


@pytest.mark.parametrize(("before", "after"), [("named", "confidential")])
def test_nobody_goes_back(ask: Ask, ways: dict[str, modes.Who], today: date, before: str, after: str) -> None:
    filed = ask(identity=ways[before])
    who = ways[after]
    assert who
    with pytest.raises(upgrading.UnableToUpgrade):
        upgrading.upgrade(opened=opened(filed), who=who, today=today)
    assert (Inquiry.objects.get().mode, Identity.objects.count()) == (before, 0)


def test_nobody_asks_in_the_name_of_an_organisation_that_is_not_theirs(
    ask: Ask, signatory: User, association: Organisation, today: date
) -> None:
    with pytest.raises(named.UnableToName):
        ask(identity=Named(signatory, association))
    assert Inquiry.objects.count() == 0
    filed = ask()
    with pytest.raises(named.UnableToName):
        upgrading.upgrade(opened=opened(filed), who=Named(signatory, association), today=today)
    assert Inquiry.objects.get().mode == "anonymous"


def test_who_asks_by_name_is_sealed_no_longer_and_the_ledger_stays(
    ask: Ask, ways: dict[str, modes.Who], gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    filed = ask(identity=WHO)
    opening = identities.ask(filed.inquiry, reason="A warning", by=gatekeeper, today=today)
    identities.grant(opening, by=second_gatekeeper, today=today)
    who = ways["named"]
    assert who
    inquiry = upgrading.upgrade(opened=opened(filed), who=who, today=today)
    identity = Identity.objects.get()
    assert (identity.sealed_words, identity.wrapped_key) == (None, None)
    assert Opening.objects.get().state == lifecycle.LAPSED
    with pytest.raises(identities.UnableToPass):
        identities.read(opening, by=gatekeeper, today=today)
    with pytest.raises(identities.UnableToPass):
        identities.ask(inquiry, reason="Again", by=gatekeeper, today=today)
    assert [step.reason for step in identities.ledger(inquiry, key=opened(filed).key, today=today)] == ["A warning"]


def sealed(inquiry: Inquiry) -> list[bytes]:
    identity = Identity.objects.get(pk=inquiry.pk)
    return [bytes(part or b"") for part in (identity.sealed_words, identity.wrapped_key)]


def test_what_an_asker_corrects_takes_the_place_of_what_they_said(
    ask: Ask, gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    filed, better = ask(identity=WHO), Confidential(name="Particular Person", contact="+372 5550 0000")
    before = sealed(filed.inquiry)
    for _ in range(2):
        upgrading.correct(opened=opened(filed), who=better, form=b"f" * 32, today=today)
    after = sealed(filed.inquiry)
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False]
    assert [kind for kind, _on in casebook.history(filed.inquiry)] == ["received", "asker-corrects"]
    opening = identities.grant(
        identities.ask(filed.inquiry, reason="A warning", by=gatekeeper, today=today), by=second_gatekeeper, today=today
    )
    assert identities.read(opening, by=gatekeeper, today=today) == better


def test_what_is_under_way_goes_on_and_says_that_it_is_older(
    ask: Ask, gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    filed, better = ask(identity=WHO), Confidential(name="Better", contact="+372 5550 0000")

    def older() -> list[bool]:
        return [step.is_of_earlier_words for step in identities.ledger(filed.inquiry, key=opened(filed).key, today=today)]

    first = identities.ask(filed.inquiry, reason="A warning", by=gatekeeper, today=today)
    upgrading.correct(opened=opened(filed), who=better, today=today)
    filed.inquiry.identity.refresh_from_db()
    assert older() == [False]  # nobody has decided it, so whoever decides decides on the new words
    identities.grant(first, by=second_gatekeeper, today=today)
    assert older() == [False]
    upgrading.correct(opened=opened(filed), who=WHO, today=today)
    filed.inquiry.identity.refresh_from_db()
    assert older() == [True]
    assert identities.read(first, by=gatekeeper, today=today) == WHO
    assert older() == [False]
    upgrading.correct(opened=opened(filed), who=better, today=today)
    filed.inquiry.identity.refresh_from_db()
    identities.ask(filed.inquiry, reason="Another warning", by=gatekeeper, today=today)
    assert older() == [True, False]


def test_a_correction_needs_no_key_of_the_ring_but_the_first(ask: Ask, gatekeeper: User, today: date, settings: Any) -> None:
    """Also the reasons come back to the gatekeepers with it."""
    filed = ask(identity=WHO)
    identities.ask(filed.inquiry, reason="A warning", by=gatekeeper, today=today)
    settings.OFFICE_KEYS = {"new": b"n" * 32}
    assert identities.steps(Opening.objects.with_case(), today=today)[0].reason is None
    upgrading.correct(opened=opened(filed), who=WHO, today=today)
    assert identities.steps(Opening.objects.with_case(), today=today)[0].reason == "A warning"


def test_there_is_an_end_to_corrections(ask: Ask, today: date) -> None:
    filed = ask(identity=WHO)
    for _ in range(Identity.MOST_VERSIONS - 1):
        upgrading.correct(opened=opened(filed), who=WHO, today=today)
    before = sealed(filed.inquiry)
    with pytest.raises(identities.UnableToCorrect):
        upgrading.correct(opened=opened(filed), who=WHO, today=today)
    assert sealed(filed.inquiry) == before


@pytest.mark.parametrize("mode", ["anonymous", "named"])
def test_only_what_is_sealed_is_corrected(ask: Ask, ways: dict[str, modes.Who], today: date, mode: str) -> None:
    filed = ask(identity=ways[mode])
    with pytest.raises(identities.UnableToCorrect):
        upgrading.correct(opened=opened(filed), who=WHO, today=today)
    assert Identity.objects.count() == 0


def test_who_has_gone_on_to_ask_by_name_seals_nothing_any_more(ask: Ask, ways: dict[str, modes.Who], today: date) -> None:
    filed, who = ask(identity=WHO), ways["named"]
    assert who
    upgrading.upgrade(opened=opened(filed), who=who, today=today)
    with pytest.raises(identities.UnableToCorrect):
        upgrading.correct(opened=opened(filed), who=WHO, today=today)
    assert sealed(filed.inquiry) == [b"", b""]


def test_another_form_is_not_taken_for_the_same(ask: Ask, today: date) -> None:
    """Nobody is told that their words are locked away when those of another form are."""
    filed = ask()
    upgrading.upgrade(opened=opened(filed), who=WHO, form=b"f" * 32, today=today)
    before = sealed(filed.inquiry)
    with pytest.raises(upgrading.UnableToUpgrade):
        upgrading.upgrade(opened=opened(filed), who=Confidential("Other", "other"), form=b"g" * 32, today=today)
    assert sealed(filed.inquiry) == before


def test_one_form_sent_about_two_inquiries_counts_for_each(ask: Ask, today: date) -> None:
    for filed in (ask(), ask()):
        upgrading.upgrade(opened=opened(filed), who=WHO, form=b"f" * 32, today=today)
    assert Identity.objects.count() == 2


def test_a_case_from_before_there_were_shares_gets_one(ask: Ask, gatekeeper: User, today: date) -> None:
    filed = ask()
    make_old(filed.inquiry)
    upgrading.upgrade(opened=opened(filed), who=WHO, today=today)
    assert Share.objects.living().count() == 1
    identities.ask(filed.inquiry, reason="A warning", by=gatekeeper, today=today)
    assert identities.ledger(filed.inquiry, key=opened(filed).key, today=today)[0].reason == "A warning"


def test_a_case_that_is_erased_meanwhile_says_nothing_more(ask: Ask, today: date) -> None:
    filed = ask()
    case = opened(filed)
    from_elsewhere = opened(filed)
    closing.close(opened=from_elsewhere, today=today)
    Share.objects.filter(case=filed.inquiry.pk).update(share=None, destroyed_on=today)
    with pytest.raises(asking.UnableToReturn):
        upgrading.upgrade(opened=case, who=WHO, today=today)
    assert Identity.objects.count() == 0
