"""A mailbox of returned mail on a POP server: nothing is lost or doubled, and what is left for a person is remembered here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError

from mailroom import pop, tasks
from mailroom.accounts import Unreachable
from mailroom.models import Envelope, Report, State, Suppression
from mailroom.pop import Account
from mailroom.services import returns
from mailroom.services.returns import Taken
from tests.mailroom.conftest import Write
from tests.mailroom.imap_server import Box, mailbox
from tests.mailroom.messages import Said, delivery_report, letter
from tests.mailroom.pop_server import PopSession
from tests.mailroom.test_imap import self_signed

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = 5


@pytest.fixture
def box() -> Iterator[Box]:
    cache.clear()
    with mailbox(PopSession) as box:
        yield box


@pytest.fixture(autouse=True)
def envelopes(write: Write, now: datetime, settings: Any) -> list[Envelope]:
    settings.BOUNCE_ADDRESS = "bounces@portal.example"
    written = write(number=NUMBER, list_id="advisories.portal.example")
    written.envelopes.update(state=State.SENT, sent_at=now, next_attempt_at=None)
    return list(written.envelopes.order_by("address"))


@pytest.fixture
def fetch(box: Box, now: datetime) -> Callable[[], dict[Taken, int]]:
    return lambda: returns.fetch(Account.of(box.pop_url), now=now)


def undelivered(envelope: Envelope) -> bytes:
    return delivery_report(returns.return_path(envelope.pk), Said(envelope.address))


def a_persons_mail() -> bytes:
    return letter("bounces@portal.example", "Hello?", From="a@firm.example")


def test_reports_are_written_down_and_taken_out_and_other_mail_stays_for_a_person(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], dict[Taken, int]]
) -> None:
    box.put(undelivered(envelopes[0]), a_persons_mail(), undelivered(envelopes[1]))
    assert fetch() == {Taken.RECORDED: 2, Taken.NOTHING: 0, Taken.UNKNOWN: 0, Taken.NOT_UNDERSTOOD: 1}
    assert set(box.mails) == {2}
    assert Suppression.objects.in_force().count() == 2
    assert sum(fetch().values()) == 0
    assert box.said["TOP"] == 3


def test_what_is_left_blocks_no_report_behind_it_and_is_only_read_again_where_the_cache_is_lost(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], dict[Taken, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returns, "BATCH", 2)
    monkeypatch.setattr(pop, "LOOKED_UP", 2)
    box.put(*[a_persons_mail() for _ in range(3)], undelivered(envelopes[0]))
    assert [fetch()[Taken.RECORDED] for _ in range(2)] == [0, 1]
    cache.clear()
    assert fetch()[Taken.NOT_UNDERSTOOD] == 2
    assert (set(box.mails), Report.objects.count()) == ({1, 2, 3}, 1)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("command", "at"),
    [("USER", 1), ("PASS", 1), ("UIDL", 1), ("TOP", 1), ("TOP", 3), ("DELE", 1), ("DELE", 3), ("QUIT", 1)],
)
def test_a_server_that_dies_loses_nothing_and_doubles_nothing(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], dict[Taken, int]], command: str, at: int, when: str
) -> None:
    box.put(*[undelivered(each) for each in envelopes])
    box.dies_at[command] = (at, when)
    with pytest.raises(Unreachable):
        fetch()
    box.dies_at.clear()
    first = Report.objects.count()
    again = fetch()
    assert first + again[Taken.RECORDED] == NUMBER
    assert Report.objects.count() == Suppression.objects.in_force().count() == NUMBER
    assert box.mails == {}


def test_a_mail_is_not_taken_out_where_its_report_could_not_be_written(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put(undelivered(envelopes[0]))

    def away(*_arguments: object, **_more: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(returns, "suppress", away)
        with pytest.raises(OperationalError):
            fetch()
    assert (len(box.mails), box.said["DELE"], Report.objects.count()) == (1, 0, 0)
    fetch()
    assert (box.mails, Report.objects.count()) == ({}, 1)


def test_two_at_once_count_each_report_once(box: Box, envelopes: list[Envelope], fetch: Callable[[], object]) -> None:
    """The server lets one in; the other one hears that the mailbox is in use, and comes again."""
    box.put(undelivered(envelopes[0]))
    refused: list[Unreachable] = []

    def second() -> None:
        try:
            fetch()
        except Unreachable as error:
            refused.append(error)

    with Account.of(box.pop_url).opened() as first:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        first.clear()
    assert [str(each) for each in refused] == ["error_proto"]
    fetch()
    assert (box.mails, Report.objects.count()) == ({}, 1)


def test_a_wrong_password_is_a_fault_in_one_word(box: Box, now: datetime) -> None:
    with pytest.raises(Unreachable, match=r"^error_proto$"):
        returns.fetch(Account("127.0.0.1", box.port, "bounces", "wrong", is_secure=False), now=now)
    assert box.said["UIDL"] == 0


def test_a_mail_of_hostile_size_ends_a_run_once_and_hides_no_report(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], dict[Taken, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pop, "MOST_BYTES", 20_000)
    box.put(b"Subject: long\r\n\r\n" + b"x" * 50_000, undelivered(envelopes[0]))
    with pytest.raises(Unreachable, match="TooMuch"):
        fetch()
    assert fetch()[Taken.RECORDED] == 1
    assert set(box.mails) == {1}


def test_a_line_that_no_mail_may_have_hides_no_report(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], dict[Taken, int]]
) -> None:
    box.put(b"X-Long: " + b"x" * 10_000 + b"\r\n" + undelivered(envelopes[0]))
    assert fetch()[Taken.RECORDED] == 1


def test_a_server_that_says_nothing_is_soon_left(box: Box, fetch: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop, "TIMEOUT", 0.3)
    box.is_mute = True
    with pytest.raises(Unreachable):
        fetch()


def test_a_server_with_a_certificate_of_its_own_making_gets_no_password(tmp_path: Path, now: datetime) -> None:
    with mailbox(PopSession, tls=self_signed(tmp_path)) as box, pytest.raises(Unreachable, match="SSL"):
        returns.fetch(Account.of(box.pop_url.replace("pop:", "pops:")), now=now)
    assert box.said["USER"] == 0


def test_the_task_reads_the_mailbox_of_the_settings(box: Box, envelopes: list[Envelope], settings: Any) -> None:
    box.put(undelivered(envelopes[0]))
    settings.BOUNCE_MAILBOX = Account.of(box.pop_url)
    tasks.fetch_returns()
    assert (box.mails, Report.objects.count()) == ({}, 1)


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("pops://bounces:a%40b@mail.example", Account("mail.example", 995, "bounces", "a@b")),
        ("pops://b%40c:x@mail.example:1995", Account("mail.example", 1995, "b@c", "x")),
        ("pop://b:x@127.0.0.1", Account("127.0.0.1", 110, "b", "x", is_secure=False)),
    ],
)
def test_an_address_names_an_account(url: str, account: Account) -> None:
    assert Account.of(url) == account


@pytest.mark.parametrize(
    "url",
    ["pop://b:secret@mail.example", "pops://mail.example", "pops://b:sec/ret@mail.example", "pops://b:secret@mail.example:secret"],
)
def test_what_names_none_is_refused_without_saying_the_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be|percent-encoded") as refused:
        Account.of(url)
    assert "sec" not in str(refused.value)
