"""The local mailbox of demo mode: aiosmtpd files what the portal sends into a Maildir, and two pages show it."""

from __future__ import annotations

import mailbox
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

NEWEST = 200


@dataclass(frozen=True)
class Mail:
    key: str
    message: EmailMessage

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return part.get_content() if part else ""


def newest(folder: Path) -> list[Mail]:
    """Return the NEWEST mails, newest first."""
    box = _open(folder)
    keys = sorted(box.keys(), key=_order, reverse=True)[:NEWEST]
    return [Mail(key, _parse(box.get_bytes(key))) for key in keys]


def find(folder: Path, key: str) -> Mail | None:
    try:
        return Mail(key, _parse(_open(folder).get_bytes(key)))
    except KeyError:
        return None


def _open(folder: Path) -> mailbox.Maildir:
    return mailbox.Maildir(folder, create=True)


def _order(key: str) -> tuple[float, str]:
    """Maildir names begin with the second of delivery and, after M and Q, its parts; sort by them."""
    seconds, _, rest = key.partition(".")
    fraction, _, serial = rest.removeprefix("M").partition("P")
    return float(f"{seconds}.{fraction.zfill(6)}") if fraction.isdigit() else float(seconds), serial


def _parse(content: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(message, EmailMessage)  # noqa: S101  what the default policy makes
    return message
