"""What an asker may do with a case beside writing: settle, reopen, close, exchange the receipt, erase."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from inquiries import receipts, retention
from inquiries.models import ErasedCount, Inquiry, Message
from inquiries.services import asking, casebook, casework, closing, erasing, readers, rotation
from inquiries.services.lateness import Late
from keystore import services as keystore
from keystore.models import Share
from organisations.models import User
from tests.keystore.test_services import keys_unreachable

Ask = Callable[..., asking.Filed]


def opened(filed: asking.Filed) -> asking.OpenInquiry:
    return asking.open_with_receipt(receipts.read(filed.receipt))


def kinds(inquiry: Inquiry) -> list[str]:
    return [kind for kind, _on in casebook.history(inquiry)]


@pytest.fixture
def answered(ask: Ask, officer: User, today: date) -> asking.Filed:
    filed = ask("Is it controlled?")
    casework.take(filed.inquiry, by=officer, today=today)
    casework.answer(filed.inquiry, text="No.", by=officer, today=today)
    filed.inquiry.refresh_from_db()
    return filed


def test_an_answer_that_settles_it_closes_the_case_once(answered: asking.Filed, today: date) -> None:
    for _ in range(2):
        inquiry = closing.settle(opened=opened(answered), today=today)
    assert (inquiry.state, inquiry.closed_on, inquiry.due_on) == ("closed", today, None)
    assert kinds(inquiry) == ["received", "take", "answer", "asker-settles"]
    assert inquiry.erase_on == today + timedelta(days=retention.DAYS["anonymous"][retention.SETTLED])


def test_who_still_needs_help_gets_a_new_clock_once(answered: asking.Filed, today: date) -> None:
    later = today + timedelta(days=7)
    for _ in range(2):
        inquiry = closing.reopen(opened=opened(answered), today=later)
    assert (inquiry.state, inquiry.erase_on) == ("in-hand", None)
    assert inquiry.due_on is not None
    assert inquiry.due_on > later
    assert kinds(inquiry)[-1:] == ["asker-reopens"]
    assert inquiry.due_on == casebook.due_on(inquiry)


def test_a_case_closed_before_anybody_took_it_is_new_again_when_reopened(ask: Ask, today: date) -> None:
    filed = ask()
    assert closing.close(opened=opened(filed), today=today).state == "closed"
    assert closing.reopen(opened=opened(filed), today=today).state == "received"


def test_writing_reopens_what_the_asker_closed(ask: Ask, today: date) -> None:
    filed = ask()
    closing.close(opened=opened(filed), today=today)
    asking.write_again(opened=opened(filed), text="One more thing", today=today)
    filed.inquiry.refresh_from_db()
    assert (filed.inquiry.state, filed.inquiry.erase_on) == ("received", None)


def test_what_has_no_answer_can_not_be_settled_by_one(ask: Ask, today: date) -> None:
    with pytest.raises(casebook.UnableToMove):
        closing.settle(opened=opened(ask()), today=today)


def test_the_office_can_not_be_made_to_go_on_while_it_waits_for_words(ask: Ask, officer: User, today: date) -> None:
    filed = ask()
    casework.take(filed.inquiry, by=officer, today=today)
    casework.ask_back(filed.inquiry, text="Which?", by=officer, today=today)
    with pytest.raises(casebook.UnableToMove):
        closing.reopen(opened=opened(filed), today=today)


@pytest.mark.parametrize("state", ["received", "in-hand"])
def test_the_database_keeps_what_the_office_owes_a_word_in(ask: Ask, officer: User, today: date, state: str) -> None:
    inquiry = ask().inquiry
    with pytest.raises(IntegrityError, match="inquiry_kept_while"), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(state=state, officer=officer, erase_on=today)
    Inquiry.objects.filter(pk=inquiry.pk).update(state="answered", officer=officer, erase_on=today, due_on=None)


# --- the receipt is exchanged ----------------------------------------------------------------------------------------


def test_the_new_receipt_opens_and_the_old_one_does_not(answered: asking.Filed, today: date) -> None:
    old = receipts.read(answered.receipt)
    last_day = answered.inquiry.erase_on
    new = rotation.rotate(secret=old, form=b"f" * 32, today=today)
    inquiry = asking.open_with_receipt(new).inquiry
    assert inquiry == answered.inquiry
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(old)
    assert kinds(inquiry)[-1] == "asker-rotates"
    assert (inquiry.state, inquiry.erase_on) == ("answered", last_day)


def test_the_same_exchange_sent_twice_gives_the_same_receipt(ask: Ask, today: date) -> None:
    old = receipts.read(ask().receipt)
    first, second = (rotation.rotate(secret=old, form=b"f" * 32, today=today) for _ in range(2))
    assert first == second
    assert kinds(asking.open_with_receipt(first).inquiry).count("asker-rotates") == 1


def test_another_form_with_the_old_receipt_opens_nothing(ask: Ask, today: date) -> None:
    old = receipts.read(ask().receipt)
    rotation.rotate(secret=old, form=b"f" * 32, today=today)
    with pytest.raises(asking.UnableToReturn):
        rotation.rotate(secret=old, form=b"g" * 32, today=today)


def test_who_knows_the_form_but_not_the_old_receipt_can_not_work_out_the_new_one(ask: Ask, today: date) -> None:
    one, other = ask("one"), ask("other")
    new = [rotation.rotate(secret=receipts.read(filed.receipt), form=b"f" * 32, today=today) for filed in (one, other)]
    assert new[0] != new[1]


# --- erased now -------------------------------------------------------------------------------------------------------


def test_erasing_leaves_a_coarse_count_and_nothing_else(answered: asking.Filed, ask: Ask, today: date) -> None:
    other = ask("Another question")
    case = opened(answered)
    for _ in range(2):
        erasing.erase(opened=case, today=today)
    assert Inquiry.objects.get() == other.inquiry
    assert {message.inquiry_id for message in Message.objects.all()} == {other.inquiry.pk}
    with pytest.raises(asking.UnableToReturn):
        opened(answered)
    count = ErasedCount.objects.get()
    assert (count.quarter, count.topic, count.mode, count.outcome, count.in_time, count.number) == (
        date(2026, 10, 1), "classification", "anonymous", "answered", True, 1,
    )  # fmt: skip
    assert keystore.share_of(case.inquiry.pk) is None
    assert asking.open_with_receipt(receipts.read(other.receipt)).inquiry == other.inquiry


def test_equal_endings_are_counted_together_and_a_late_answer_apart(ask: Ask, officer: User, today: date) -> None:
    for late in (0, 0, 60):
        filed = ask()
        casework.take(filed.inquiry, by=officer, today=today)
        why = Late("workload", "Two of us were away.") if late else None
        casework.answer(filed.inquiry, text="No.", late=why, by=officer, today=today + timedelta(days=late))
        erasing.erase(opened=opened(filed), today=today)
    erasing.erase(opened=opened(ask()), today=today)
    counts = sorted(ErasedCount.objects.values_list("outcome", "in_time", "number"), key=str)
    assert counts == [("answered", False, 1), ("answered", True, 2), ("open", None, 1)]


@pytest.mark.parametrize("in_time", [None, True])
def test_each_kind_of_ending_has_one_count(db: None, today: date, *, in_time: bool | None) -> None:
    kind = {"quarter": today, "topic": "other", "mode": "anonymous", "outcome": "closed", "in_time": in_time}
    ErasedCount.objects.create(**kind, number=1)
    with pytest.raises(IntegrityError, match="one_erased_count"), transaction.atomic():
        ErasedCount.objects.create(**kind, number=1)


@pytest.mark.django_db(transaction=True)
def test_a_key_store_that_does_not_answer_leaves_everything_as_it_was(ask: Ask, today: date) -> None:
    filed = ask()
    case = opened(filed)
    with keys_unreachable(), pytest.raises(keystore.UnableToReachKeys):
        erasing.erase(opened=case, today=today)
    assert ErasedCount.objects.count() == 0
    assert opened(filed).inquiry == filed.inquiry
    with keys_unreachable(), pytest.raises(keystore.UnableToReachKeys):
        ask("Another")
    assert Inquiry.objects.count() == 1
    with keys_unreachable(), pytest.raises(keystore.UnableToReachKeys):
        opened(filed)


# --- at night ---------------------------------------------------------------------------------------------------------


def test_a_case_is_erased_on_its_day_and_not_before(answered: asking.Filed, ask: Ask, today: date) -> None:
    owed = ask("Owed an answer")
    last_day = answered.inquiry.erase_on
    assert last_day
    assert erasing.erase_expired(today=last_day - timedelta(days=1)) == 0
    assert erasing.erase_expired(today=last_day + timedelta(days=5000)) == 1
    assert Inquiry.objects.get() == owed.inquiry


def test_expired_cases_go_batch_by_batch(ask: Ask, today: date) -> None:
    for _ in range(3):
        closing.close(opened=opened(ask()), today=today)
    far = today + timedelta(days=400)
    assert [erasing.erase_expired(today=far, limit=2) for _ in range(3)] == [2, 1, 0]


def test_words_that_come_after_the_last_day_and_before_the_night_keep_the_case(answered: asking.Filed, today: date) -> None:
    """A case must not be erased the day after its asker wrote."""
    assert answered.inquiry.erase_on
    asking.write_again(opened=opened(answered), text="Still there?", today=answered.inquiry.erase_on)
    assert erasing.erase_expired(today=answered.inquiry.erase_on) == 0


def test_a_crash_between_the_two_databases_is_finished_at_night(ask: Ask, today: date) -> None:
    """The planted fault: the share is gone and the rows are not."""
    filed, other = ask(), ask("other")
    keystore.destroy(filed.inquiry.pk, today=today)
    assert erasing.finish(today=today) == 1
    assert Inquiry.objects.get() == other.inquiry
    assert erasing.finish(today=today) == 0


def test_a_share_without_a_case_is_taken_out_after_two_days(ask: Ask, today: date) -> None:
    filed = ask()
    keystore.deposit(asking.uuid.uuid4(), today=today)
    assert erasing.purge_orphans(today=today + timedelta(days=1)) == 0
    assert erasing.purge_orphans(today=today + timedelta(days=2)) == 1
    assert Share.objects.get().case == filed.inquiry.pk


def test_a_content_that_is_too_old_costs_no_share(ask: Ask, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restore of an old copy most shares seem to have no case; they are needed for the newer copy."""
    ask()
    monkeypatch.setattr(erasing, "FEW_ORPHANS", 2)
    for _ in range(3):
        keystore.deposit(asking.uuid.uuid4(), today=today)
    with pytest.raises(erasing.UnableToPurge):
        erasing.purge_orphans(today=today + timedelta(days=2))
    assert Share.objects.living().count() == 4


# --- keys -------------------------------------------------------------------------------------------------------------


def test_without_its_share_a_case_opens_neither_with_the_receipt_nor_with_the_ring(ask: Ask, officer: User, today: date) -> None:
    filed, other = ask("one"), ask("other")
    keystore.destroy(filed.inquiry.pk, today=today)
    with pytest.raises(asking.UnableToReturn):
        opened(filed)
    with pytest.raises(readers.UnableToOpen):
        casework.open_for_official(filed.inquiry, by=officer)
    assert casework.open_for_official(other.inquiry, by=officer).key == opened(other).key


def test_the_share_of_another_case_opens_nothing(ask: Ask, today: date) -> None:
    filed, other = ask("one"), ask("other")
    Share.objects.filter(case=filed.inquiry.pk).update(share=Share.objects.get(case=other.inquiry.pk).share)
    with pytest.raises(asking.UnableToReturn):
        opened(filed)


def test_a_second_form_of_the_same_content_leaves_no_share_behind(ask: Ask) -> None:
    for _ in range(2):
        ask(form=b"f" * 32)
    assert Share.objects.count() == 1


def test_counting_is_one_row_whatever_the_number(ask: Ask, today: date) -> None:
    for _ in range(3):
        erasing.erase(opened=opened(ask()), today=today)
    assert ErasedCount.objects.filter(number=F("number")).get().number == 3
