"""A mailbox of returned mail: read in batches, taken out after each commit; a server that dies loses and doubles nothing."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import OperationalError, transaction

from mailroom import imap, tasks
from mailroom.accounts import Unreachable
from mailroom.imap import Account
from mailroom.models import Envelope, Report, State, Suppression
from mailroom.services import returns
from mailroom.services.returns import Taken
from tests.mailroom.conftest import Write
from tests.mailroom.imap_server import Box, mailbox
from tests.mailroom.messages import Said, delivery_report, letter
from tests.processes import free_port

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = 5


@pytest.fixture
def box() -> Iterator[Box]:
    with mailbox() as box:
        yield box


@pytest.fixture(autouse=True)
def envelopes(write: Write, now: datetime, settings: Any) -> list[Envelope]:
    settings.BOUNCE_ADDRESS = "bounces@portal.example"
    letter_ = write(number=NUMBER, list_id="advisories.portal.example")
    letter_.envelopes.update(state=State.SENT, sent_at=now, next_attempt_at=None)
    return list(letter_.envelopes.order_by("address"))


@pytest.fixture
def fetch(box: Box, now: datetime) -> Callable[[], dict[Taken, int]]:
    return lambda: returns.fetch(Account.of(box.url), now=now)


def undelivered(envelope: Envelope) -> bytes:
    return delivery_report(returns.return_path(envelope.pk), Said(envelope.address))


def test_reports_are_written_down_and_taken_out_and_other_mail_stays_for_a_person(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], dict[Taken, int]]
) -> None:
    box.put(undelivered(envelopes[0]), letter("bounces@portal.example", "Hello?", From="a@firm.example"), undelivered(envelopes[1]))
    assert fetch() == {Taken.RECORDED: 2, Taken.NOTHING: 0, Taken.UNKNOWN: 0, Taken.NOT_UNDERSTOOD: 1}
    assert (set(box.mails), box.seen) == ({2}, {2})
    assert Suppression.objects.in_force().count() == 2
    assert sum(fetch().values()) == 0
    assert box.said["FETCH"] == 3


def test_a_long_run_is_cut_into_batches(
    box: Box, envelopes: list[Envelope], fetch: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returns, "BATCH", 2)
    box.put(*[undelivered(each) for each in envelopes])
    left = []
    for _ in range(3):
        fetch()
        left.append(len(box.mails))
    assert left == [3, 1, 0]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("command", "at"),
    [("LOGIN", 1), ("SELECT", 1), ("SEARCH", 1), ("FETCH", 1), ("FETCH", 3), ("STORE", 1), ("STORE", 3), ("EXPUNGE", 1)],
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
    fetch()
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
    assert (len(box.mails), box.deleted, Report.objects.count()) == (1, set(), 0)
    fetch()
    assert (box.mails, Report.objects.count()) == ({}, 1)


def test_inside_a_transaction_nothing_is_fetched(box: Box, envelopes: list[Envelope], fetch: Callable[[], object]) -> None:
    box.put(undelivered(envelopes[0]))
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        fetch()
    assert len(box.mails) == 1


def test_a_server_that_says_nothing_is_soon_left(box: Box, fetch: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "TIMEOUT", 0.3)
    box.is_mute = True
    with pytest.raises(Unreachable):
        fetch()


def test_a_server_with_a_certificate_of_its_own_making_gets_no_password(tmp_path: Path, now: datetime) -> None:
    with mailbox(tls=self_signed(tmp_path)) as box, pytest.raises(Unreachable, match="SSL"):
        returns.fetch(Account.of(box.url.replace("imap:", "imaps:")), now=now)
    assert box.said["LOGIN"] == 0


def test_the_task_reads_the_mailbox_of_the_settings_and_survives_its_absence(
    box: Box, envelopes: list[Envelope], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    box.put(undelivered(envelopes[0]))
    settings.BOUNCE_MAILBOX = None
    tasks.fetch_returns()
    assert len(box.mails) == 1
    settings.BOUNCE_MAILBOX = Account("127.0.0.1", free_port(), "bounces", "secret", is_secure=False)
    tasks.fetch_returns()
    assert "mailbox of returned mail can't be read: ConnectionRefusedError" in caplog.text
    assert "secret" not in caplog.text
    settings.BOUNCE_MAILBOX = Account.of(box.url)
    tasks.fetch_returns()
    assert (box.mails, Report.objects.count()) == ({}, 1)


def test_the_task_takes_up_what_was_refused_on_the_spot(envelopes: list[Envelope]) -> None:
    Envelope.objects.filter(pk=envelopes[0].pk).update(state=State.FAILED, sent_at=None, last_error="smtp-550 5.1.1")
    tasks.take_refusals()
    assert Suppression.objects.get().address == envelopes[0].address


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("imaps://bounces:a%40b@mail.example", Account("mail.example", 993, "bounces", "a@b")),
        (
            "imaps://b%40c:x@mail.example:1993/In/Returned%20mail",
            Account("mail.example", 1993, "b@c", "x", folder="In/Returned mail"),
        ),
        ("imap://b:x@127.0.0.1", Account("127.0.0.1", 143, "b", "x", is_secure=False)),
    ],
)
def test_an_address_names_an_account(url: str, account: Account) -> None:
    assert Account.of(url) == account


@pytest.mark.parametrize(
    "url",
    [
        "imap://b:secret@mail.example",  # in the clear
        "https://b:secret@mail.example",
        "imaps://mail.example",
        "imaps://b@mail.example",
        "imaps://b:sec/ret@mail.example",
        "imaps://b:secret@mail.example:secret",
        "imaps://b:secret@mail.example/a%22b",
        "imaps://b:secret@mail.example/a%0D%0Ab",
    ],
)
def test_what_names_none_is_refused_without_saying_the_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be|percent-encoded") as refused:
        Account.of(url)
    assert "sec" not in str(refused.value)


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    today = datetime.now(UTC)
    made = made.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    (folder / "chain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return context
