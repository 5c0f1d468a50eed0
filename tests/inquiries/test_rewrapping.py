"""Case keys under a new first key of the ring, and cases from before the key store."""

from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from inquiries import receipts
from inquiries.models import ReaderKey, Receipt
from inquiries.sealing import unseal_bytes
from inquiries.services import asking, casework, readers, rewrapping
from keystore.models import Share
from organisations.models import Organisation, User

Ask = Callable[..., asking.Filed]


@pytest.fixture
def new_first_key(settings: Any) -> Callable[[], None]:
    """Puts a new key before those of the ring."""

    def put() -> None:
        settings.OFFICE_KEYS = {"new": b"n" * 32, **settings.OFFICE_KEYS}

    return put


def all_of_them() -> int:
    after, done = rewrapping.START, 0
    while (batch := rewrapping.rewrap(after=after, limit=2)).last:
        after, done = batch.last, done + batch.done
    return done


def test_every_key_comes_under_the_rings_first_and_opens_without_the_old_one(
    ask: Ask, officer: User, licensing_officer: User, licensing_agency: Organisation, new_first_key: Any, today: date, settings: Any
) -> None:
    inquiries = [ask(str(number)).inquiry for number in range(3)]
    casework.route(inquiries[0], agency=licensing_agency, by=officer, today=today)
    new_first_key()
    assert rewrapping.progress().waiting == 4
    assert all_of_them() == 4
    assert (rewrapping.progress().done, rewrapping.progress().waiting) == (4, 0)
    assert all_of_them() == 0
    settings.OFFICE_KEYS = {"new": settings.OFFICE_KEYS["new"]}
    for inquiry in inquiries:
        assert casework.open_for_official(inquiry, by=officer)
    assert casework.open_for_official(inquiries[0], by=licensing_officer)


def test_a_key_that_came_under_the_new_one_meanwhile_is_no_obstacle(
    ask: Ask, officer: User, new_first_key: Any, settings: Any
) -> None:
    filed = ask()
    new_first_key()
    readers.admit(filed.inquiry, agency=None, key=asking.open_with_receipt(receipts.read(filed.receipt)).key)
    assert all_of_them() == 1
    assert ReaderKey.objects.get().ring_key == "new"
    assert casework.open_for_official(filed.inquiry, by=officer)


def test_a_key_that_the_ring_lacks_is_counted_and_its_rows_are_untouched(ask: Ask, settings: Any) -> None:
    ask()
    before = bytes(ReaderKey.objects.get().wrapped_key)
    settings.OFFICE_KEYS = {"new": b"n" * 32}
    assert all_of_them() == 0
    assert (rewrapping.progress().missing, rewrapping.progress().waiting) == (1, 0)
    assert bytes(ReaderKey.objects.get().wrapped_key) == before


def test_a_row_that_does_not_open_is_left_and_stops_nobody(ask: Ask, new_first_key: Any) -> None:
    broken, good = ask("broken").inquiry, ask("good").inquiry
    ReaderKey.objects.filter(inquiry=broken).update(wrapped_key=bytes(112))
    new_first_key()
    assert all_of_them() == 1
    assert ReaderKey.objects.get(inquiry=good).ring_key == "new"
    assert bytes(ReaderKey.objects.get(inquiry=broken).wrapped_key) == bytes(112)


@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
def test_rows_that_somebody_else_holds_are_passed_over(ask: Ask, new_first_key: Any) -> None:
    held = ask("held").inquiry
    ask("free")
    new_first_key()
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM inquiries_readerkey WHERE inquiry_id = %s FOR UPDATE", [held.pk])
            assert all_of_them() == 1
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert all_of_them() == 1


# --- from before the key store ---------------------------------------------------------------------------------------


def make_old(inquiry: Any) -> None:
    """Take the share's layer off again, as the rows were before there was one."""
    share = bytes(Share.objects.get(case=inquiry.pk).share or b"")
    for row, place in [(inquiry.receipt, asking.receipt_place(inquiry)), (inquiry.reader_keys.get(), readers.place(inquiry))]:
        row.wrapped_key = unseal_bytes(bytes(row.wrapped_key), key=share, place=place)
        row.save()
    Share.objects.filter(case=inquiry.pk).delete()


def test_an_old_case_opens_before_and_after_it_gets_a_share(ask: Ask, officer: User, today: date) -> None:
    old, new = ask("old"), ask("new")
    make_old(old.inquiry)
    untouched = bytes(Receipt.objects.get(inquiry=new.inquiry).wrapped_key)

    def opens() -> bool:
        by_receipt = asking.open_with_receipt(receipts.read(old.receipt))
        return by_receipt.key == casework.open_for_official(old.inquiry, by=officer).key

    assert opens()
    assert [rewrapping.enclose_old(today=today) for _ in range(2)] == [1, 0]
    assert opens()
    assert bytes(Receipt.objects.get(inquiry=new.inquiry).wrapped_key) == untouched
    Share.objects.filter(case=old.inquiry.pk).delete()
    with pytest.raises(asking.UnableToReturn):
        opens()


def test_the_command_does_both_and_says_what_waits(ask: Ask, new_first_key: Any, settings: Any) -> None:
    make_old(ask("old").inquiry)
    new_first_key()
    said, warned = StringIO(), StringIO()
    call_command("rewrap_cases", stdout=said, stderr=warned)
    assert said.getvalue() == "1 cases got a share, 1 keys were wrapped anew.\n"
    settings.OFFICE_KEYS = {"newer": b"m" * 32}
    call_command("rewrap_cases", stdout=said, stderr=warned)
    assert "1 keys wait for a key that the ring lacks" in warned.getvalue()
