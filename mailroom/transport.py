"""One connection to the mail relay, kept open for many messages, and what became of each of them."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self


class Fate(Enum):
    """What became of one message."""

    ACCEPTED = auto()
    REFUSED = auto()  # for good, by a 5xx that concerns this message or recipient
    DEFERRED = auto()  # for now, by a 4xx
    UNSENT = auto()  # the connection was lost before the content went; the recipient has nothing to do with it
    UNKNOWN = auto()  # the connection was lost between content and answer


@dataclass(frozen=True)
class Outcome:
    fate: Fate
    # An SMTP reply code, of a refusal with its status (RFC 2034), or a word of ours: never the server's own words, which quote
    # addresses and content.
    error: str = ""


class Unreachable(Exception):
    """The relay can't be reached or doesn't let us in. That says nothing about any recipient."""


@dataclass(frozen=True)
class Relay:
    """Where mail goes; `timeout` in seconds for each word of the conversation."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False
    timeout: float = 20

    def connect(self) -> Connection:
        """Return an open connection; raises Unreachable."""
        try:
            return Connection(self._opened())
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(type(error).__name__) from error

    def _opened(self) -> smtplib.SMTP:
        smtp: smtplib.SMTP
        if self.use_ssl:
            smtp = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=ssl.create_default_context())
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if self.use_tls:
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo_or_helo_if_needed()
            if self.user:
                smtp.login(self.user, self.password)
        except (OSError, smtplib.SMTPException):
            smtp.close()
            raise
        return smtp


OK, GO_AHEAD, CLOSING = 250, 354, 421
STATUS = re.compile(rb"5\.\d{1,3}\.\d{1,3}(?= |$)")  # RFC 2034, section 4


class Connection:
    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self.is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.is_open:
            with suppress(OSError, smtplib.SMTPException):  # every message has its fate; a lost goodbye changes none
                self._smtp.quit()
        self._smtp.close()

    def send(self, *, sender: str, recipient: str, content: bytes) -> Outcome:
        """Send one message; `content` has its dots doubled and ends in the final dot. Never raises for what the relay does."""
        try:
            refusal = self._ask(sender, recipient)
        except (OSError, smtplib.SMTPException):
            return self._lost(Fate.UNSENT)
        if refusal:
            return refusal
        try:
            self._smtp.send(content)
            code, words = self._smtp.getreply()
        except (OSError, smtplib.SMTPException):
            return self._lost(Fate.UNKNOWN)
        if code == OK:
            return Outcome(Fate.ACCEPTED)
        if code == CLOSING:
            self._close()
        return _refusal(code, words)

    def _ask(self, sender: str, recipient: str) -> Outcome | None:
        """Go through MAIL, RCPT and DATA; return the refusal if there is one."""
        code, _words = self._smtp.docmd("MAIL", f"FROM:<{sender}>")
        if code != OK:
            # It is the sender or the session that is refused here, so no recipient may suffer for it.
            self._close()
            return Outcome(Fate.UNSENT, f"smtp-{code}")
        code, words = self._smtp.docmd("RCPT", f"TO:<{recipient}>")
        if code in (OK, 251):
            code, words = self._smtp.docmd("DATA")
            if code == GO_AHEAD:
                return None
        if code == CLOSING:
            self._close()
            return Outcome(Fate.UNSENT, f"smtp-{code}")
        self._smtp.rset()
        return _refusal(code, words)

    def _lost(self, fate: Fate) -> Outcome:
        self._close()
        return Outcome(fate, "connection-lost")

    def _close(self) -> None:
        self._smtp.close()
        self.is_open = False


def _refusal(code: int, words: bytes) -> Outcome:
    if not 500 <= code < 600:
        return Outcome(Fate.DEFERRED, f"smtp-{code}")
    status = STATUS.match(words)
    return Outcome(Fate.REFUSED, f"smtp-{code} {status[0].decode()}" if status else f"smtp-{code}")
