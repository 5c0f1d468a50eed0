"""The key store by itself: what is put in comes out until it is destroyed, and nothing brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections, transaction

from keystore import services as keystore
from keystore.models import Share

pytestmark = pytest.mark.django_db(databases=["keys"])


@contextmanager
def keys_unreachable() -> Iterator[None]:
    """The key store as it is when its server does not answer: nobody listens where it should be."""
    connection = connections["keys"]
    usual = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


def test_a_share_comes_back_until_it_is_destroyed(today: date) -> None:
    case, other = uuid4(), uuid4()
    share, others = keystore.deposit(case, today=today), keystore.deposit(other, today=today)
    assert len(share) == keystore.SHARE_BYTES
    assert keystore.shares_of([case, other]) == {case: share, other: others}
    keystore.destroy(case, today=today)
    assert keystore.shares_of([case, other]) == {other: others}


def test_a_share_is_made_once_and_a_destroyed_one_never_again(today: date) -> None:
    case = uuid4()
    assert keystore.deposit(case, today=today) == keystore.deposit(case, today=today)
    for _ in range(2):
        keystore.destroy(case, today=today)
    assert keystore.deposit(case, today=today) == b""
    assert keystore.share_of(case) is None


def test_a_case_without_a_share_gets_a_tombstone(today: date) -> None:
    case = uuid4()
    keystore.destroy(case, today=today)
    assert Share.objects.destroyed().get().case == case


def test_tombstones_outlast_every_backup_and_go(today: date) -> None:
    keystore.destroy(uuid4(), today=today)
    assert keystore.forget_old_tombstones(today=today + keystore.TOMBSTONES_LAST) == 0
    assert keystore.forget_old_tombstones(today=today + keystore.TOMBSTONES_LAST + timedelta(days=1)) == 1


@pytest.mark.parametrize(("share", "destroyed"), [(None, None), (b"s" * 32, date(2026, 11, 23))])
def test_a_share_is_there_or_destroyed_never_both(today: date, share: bytes | None, destroyed: date | None) -> None:
    with pytest.raises(IntegrityError, match="share_is_there_or_destroyed"), transaction.atomic(using="keys"):
        Share.objects.create(case=uuid4(), share=share, made_on=today, destroyed_on=destroyed)


@pytest.mark.django_db(transaction=True, databases=["keys"])
def test_a_key_store_that_does_not_answer_is_said_in_one_word() -> None:
    with keys_unreachable(), pytest.raises(keystore.UnableToReachKeys):
        keystore.share_of(uuid4())
    keystore.is_usable()
