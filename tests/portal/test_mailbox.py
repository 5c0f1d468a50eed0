"""The local mailbox of demo mode."""

import mailbox
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def box(tmp_path: Path, settings: Any) -> mailbox.Maildir:
    settings.MAILBOX = tmp_path / "mailbox"
    return mailbox.Maildir(settings.MAILBOX, create=True)


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["To"], message["Message-ID"] = subject, "office@cluster.example", "<1@portal.example>"
    message.set_content("Plain words")
    message.add_alternative("<p>Words in HTML</p><script>alert(1)</script>", subtype="html")
    return message


def test_a_mail_is_shown_with_its_headers_and_words(client: Client, db: None, box: mailbox.Maildir) -> None:
    key = box.add(letter("Advisory"))
    assert b"Advisory" in client.get("/mailbox/").content
    content = client.get(f"/mailbox/{key}/").content
    assert [words in content for words in (b"office@cluster.example", b"Message-ID", b"Plain words")] == [True] * 3


def test_the_html_version_can_run_and_fetch_nothing(client: Client, db: None, box: mailbox.Maildir) -> None:
    response = client.get(f"/mailbox/{box.add(letter('Advisory'))}/html/")
    assert b"Words in HTML" in response.content
    assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@pytest.mark.parametrize("key", ["none", "..", "%2e%2e%2fsecrets"])
def test_an_unknown_mail_is_not_found(client: Client, db: None, box: mailbox.Maildir, key: str) -> None:
    assert client.get(f"/mailbox/{key}/").status_code == 404


def test_an_empty_mailbox_says_what_to_do(client: Client, db: None, box: mailbox.Maildir) -> None:
    assert b"Nothing yet." in client.get("/mailbox/").content
