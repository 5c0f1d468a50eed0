"""The listener to which the relay hands returned mail: it takes none for others, and says "later" rather than lose a report."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mailroom.management.commands import bounces
from mailroom.models import Envelope, Report, State, Suppression
from mailroom.services import returns
from tests.mailroom.conftest import Write
from tests.mailroom.messages import Said, delivery_report, letter
from tests.processes import environment, free_port, running

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "bounces@portal.example"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("listener")


@pytest.fixture
def envelope(write: Write, settings: Any) -> Envelope:
    settings.BOUNCE_ADDRESS = ADDRESS
    letter_ = write("gone@firm.example", list_id="advisories.portal.example")
    # The listener has the clock of this machine, and what left too long ago is not believed.
    letter_.envelopes.update(state=State.SENT, sent_at=timezone.now(), next_attempt_at=None)
    return letter_.envelopes.get()


def listening(folder: Path, **changes: str) -> Any:
    port = free_port()
    env = environment(BOUNCE_ADDRESS=ADDRESS, **changes)
    return port, running(["django", "bounces", "--listen", f"127.0.0.1:{port}"], log=folder / "log", env=env)


def client(port: int, folder: Path) -> smtplib.SMTP:
    ends = time.monotonic() + 30
    while True:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return smtplib.SMTP("127.0.0.1", port, timeout=20)
        assert time.monotonic() < ends, (folder / "log").read_text()
        time.sleep(0.1)


@pytest.fixture
def listener(folder: Path, db: None) -> Iterator[smtplib.SMTP]:
    port, process = listening(folder)
    with process, client(port, folder) as smtp:
        yield smtp


def hand_over(smtp: smtplib.SMTP, to: str, content: bytes) -> tuple[int, bytes]:
    smtp.ehlo_or_helo_if_needed()
    smtp.rset()
    smtp.docmd("MAIL", "FROM:<>")
    code, words = smtp.docmd("RCPT", f"TO:<{to}>")
    return smtp.data(content) if code == 250 else (code, words)


def test_a_report_that_was_taken_is_written_down(listener: smtplib.SMTP, envelope: Envelope, folder: Path) -> None:
    path = returns.return_path(envelope.pk)
    report = delivery_report("somebody@portal.example", Said(envelope.address))
    assert [hand_over(listener, to, report)[0] for to in (path.upper(), path)] == [250, 250]
    assert (Report.objects.get().kind, Suppression.objects.get().status) == ("hard", "5.1.1")
    log = (folder / "log").read_text().lower()
    assert [word for word in ("portal.example", "firm.example", "127.0.0.1") if word in log] == []


def test_what_is_no_report_is_taken_and_forgotten_and_other_addresses_are_refused(
    listener: smtplib.SMTP, envelope: Envelope
) -> None:
    path = returns.return_path(envelope.pk)
    assert hand_over(listener, path, letter(path, "I am away.", From="a@firm.example"))[0] == 250
    assert hand_over(listener, ADDRESS, b"\xff\x00" * 100_000)[0] == 250
    assert hand_over(listener, "somebody@portal.example", b"x")[0] == 550
    assert hand_over(listener, "bounces@elsewhere.example", b"x")[0] == 550
    assert hand_over(listener, ADDRESS, b"a line\r\n" * (bounces.LARGEST // 8 + 1))[0] == 552
    assert not Report.objects.exists()


def test_while_the_database_is_away_a_report_stays_with_the_relay(envelope: Envelope, folder: Path) -> None:
    port, process = listening(folder, DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    path = returns.return_path(envelope.pk)
    with process, client(port, folder) as smtp:
        assert hand_over(smtp, path, delivery_report(path, Said(envelope.address)))[0] == 451
    assert envelope.address not in (folder / "log").read_text()


@pytest.mark.parametrize(("address", "listen"), [("", "127.0.0.1:2525"), (ADDRESS, "2525"), (ADDRESS, "127.0.0.1:smtp")])
def test_without_an_address_it_does_not_start(settings: Any, address: str, listen: str) -> None:
    settings.BOUNCE_ADDRESS = address
    with pytest.raises(CommandError, match=r"BOUNCE_ADDRESS|--listen"):
        call_command("bounces", listen=listen)
