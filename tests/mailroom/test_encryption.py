"""Copies to addresses that have a certificate, as they arrive at a real mail server."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mailroom import mime, sealing
from mailroom.models import Certificate, Letter
from mailroom.services import Closed, UnableToPost, certificates
from mailroom.services.delivery import Run, deliver, new_worker
from mailroom.services.returns import return_path
from tests.certificates import YEAR, Owner, owner
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)
MARI, OTHER = "Mari@firm.example", "other@firm.example"
# What must not be on the wire, in any form in which a mail could carry it.
WORDS = {"subject": "TLP:AMBER Cameras õ to Ruritania", "text": "Reseller Zenda.\n.A dot.\n" + mime.COPY_MARK}
CLOSED = Closed("TLP:AMBER Advisory from the focal point", "The certificate has ended. " + mime.COPY_MARK)


def enter(mari: Owner, now: datetime, address: str = MARI) -> None:
    certificates.enter(sealing.read(mari.der), address=address, now=now)


def run(sink: Sink, now: datetime) -> Run:
    return deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)


def wire(sink: Sink, address: str) -> bytes:
    (found,) = [content for to, content in sink.received if to == address]
    return found


@pytest.fixture
def secret(write: Write) -> Letter:
    """A letter with something to hide, to one with a certificate and one without."""
    html = f"<p>Reseller Zenda. {mime.COPY_MARK}</p>"
    more: dict[str, Any] = {"list_id": "advisories.portal.example", "stop_address": "https://portal.example/stop/"}
    return write(MARI, OTHER, html=html, closed=CLOSED, **WORDS, **more)


def test_one_copy_is_encrypted_and_the_other_in_the_clear(secret: Letter, sink: Sink, now: datetime, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@portal.example"
    mari = owner(now, MARI)
    enter(mari, now)
    assert run(sink, now).sent == 2
    mine, clear = secret.envelopes.get(address=MARI), secret.envelopes.get(address=OTHER)
    assert (mine.cover, clear.cover) == ("encrypted", "")
    (plain,) = sink.messages(OTHER)
    assert plain.get_content_type() == "multipart/alternative"
    assert "Zenda" in wire(sink, OTHER).decode()

    sent = wire(sink, MARI)
    for word in (b"Zenda", b"Cameras", b"Ruritania", b"multipart"):
        assert word not in sent
    (outside,) = sink.messages(MARI)
    assert sink.senders[MARI] == return_path(mine.pk) != "bounces@portal.example"
    structure = {"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
    assert {name: str(outside[name]) for name in set(outside.keys()) - structure} == {
        "Message-ID": mine.message_id,
        "To": MARI,
        "From": settings.DEFAULT_FROM_EMAIL,
        "Subject": CLOSED.subject,
        "Date": "Mon, 23 Nov 2026 09:30:00 +0000",
        "Auto-Submitted": "auto-generated",
        "List-Id": "<advisories.portal.example>",
        "List-Unsubscribe": f"<https://portal.example/stop/{mine.token}/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": f"{secret.pk.hex}::advisories:focalpoint",
    }
    assert outside.get_content_type() == "application/pkcs7-mime"
    assert (outside.get_param("smime-type"), outside.get_filename()) == ("enveloped-data", "smime.p7m")

    inside = mari.opens(sent)
    assert inside["Subject"] == WORDS["subject"]
    text, html = inside.iter_parts()
    assert text.get_content().splitlines() == ["Reseller Zenda.", ".A dot.", mine.token]
    assert html.get_content().strip() == f"<p>Reseller Zenda. {mine.token}</p>"


def test_inside_stands_what_a_program_needs_to_protect_the_headers(secret: Letter, sink: Sink, now: datetime) -> None:
    """RFC 9788, section 5.2: all fields inside, and of those outside how they stand there."""
    mari = owner(now)
    enter(mari, now)
    run(sink, now)
    (outside,) = sink.messages(MARI)
    inside = mari.opens(wire(sink, MARI))
    assert inside.get_param("hp") == "cipher"
    structure = ("mime-version", "content-")
    said = [(name, str(value)) for name, value in outside.items() if not name.lower().startswith(structure)]
    assert [tuple(str(field).split(": ", 1)) for field in inside.get_all("HP-Outer")] == said
    assert {name: str(inside[name]) for name, _value in said} == dict(said) | {"Subject": WORDS["subject"]}


def test_an_ended_certificate_gets_no_content(secret: Letter, sink: Sink, now: datetime) -> None:
    enter(owner(now), now)
    run(sink, now + YEAR)
    (mail,) = sink.messages(MARI)
    mine = secret.envelopes.get(address=MARI)
    assert (mail["Subject"], mail["Message-ID"], mine.cover) == (CLOSED.subject, mine.message_id, "closed")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_payload(decode=True) == f"The certificate has ended. {mine.token}\r\n".encode()
    assert "Zenda" in wire(sink, OTHER).decode()


def test_one_that_cant_be_used_after_all_gets_no_content(
    secret: Letter, sink: Sink, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    enter(owner(now), now)
    Certificate.objects.update(der=b"broken")
    with caplog.at_level(logging.ERROR):
        run(sink, now)
    assert sink.messages(MARI)[0]["Subject"] == CLOSED.subject
    assert b"Zenda" not in wire(sink, MARI)
    assert secret.envelopes.get(address=MARI).cover == "closed"
    assert MARI not in caplog.text


def test_a_copy_that_is_sent_again_has_the_same_message_id(secret: Letter, sink: Sink, now: datetime) -> None:
    mari = owner(now)
    enter(mari, now)
    sink.drops.add(MARI)  # taken, but nobody says so
    run(sink, now)
    run(sink, now + timedelta(hours=1))
    first, second = sink.messages(MARI)
    assert first["Message-ID"] == second["Message-ID"] == secret.envelopes.get(address=MARI).message_id
    texts = {str(mari.opens(content)) for address, content in sink.received if address == MARI}
    assert len(texts) == 1


def test_what_was_entered_while_a_copy_waited_holds_for_it(secret: Letter, sink: Sink, now: datetime) -> None:
    sink.at_rcpt[MARI] = ["450 4.2.0 later"]
    run(sink, now)
    mari = owner(now)
    enter(mari, now)
    run(sink, now + timedelta(hours=1))
    assert mari.opens(wire(sink, MARI))["Subject"] == WORDS["subject"]


def test_a_letter_with_nothing_to_hide_goes_in_the_clear(write: Write, sink: Sink, now: datetime) -> None:
    letter = write(MARI)
    enter(owner(now), now)
    run(sink, now)
    assert b"Some words." in wire(sink, MARI)
    assert letter.envelopes.get().cover == ""


def test_after_removal_it_goes_in_the_clear(secret: Letter, sink: Sink, now: datetime) -> None:
    enter(owner(now), now)
    certificates.remove(address=MARI.upper())
    run(sink, now)
    assert b"Zenda" in wire(sink, MARI)


def test_an_address_has_one_certificate_in_whatever_case_it_is_written(now: datetime) -> None:
    enter(owner(now), now)
    enter(owner(now), now, MARI.upper())
    assert Certificate.objects.get().address == MARI.lower()
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.update(address=MARI)


@pytest.mark.parametrize("closed", [Closed("a\nBcc: x@y.example", "b"), Closed("a" * 251, "b"), Closed("a", "b\0")])
def test_what_stands_outside_is_as_plain_as_a_subject(write: Write, closed: Closed) -> None:
    with pytest.raises(UnableToPost):
        write(MARI, closed=closed)


@pytest.mark.parametrize("halves", [{"closed_subject": "a"}, {"closed_text": "b"}])
def test_the_database_wants_both_or_neither(write: Write, halves: dict[str, str]) -> None:
    letter = write(MARI)
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(**halves)
