"""One connection to a mail relay, kept open for many messages, and what became of each of them.

Where the relay offers PIPELINING (RFC 2920), the content of one message and the MAIL, RCPT and DATA of the next leave in one
write, so that a message costs one round trip instead of four. The content still waits for the relay's yes, and for ours.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple, Self

from django.conf import settings


class Fate(Enum):
    """What became of one message."""

    ACCEPTED = auto()
    REFUSED = auto()  # for good, by a 5xx that concerns this message or recipient
    DEFERRED = auto()  # for now, by a 4xx
    UNSENT = auto()  # the relay or the connection failed before it had the message; the recipient has nothing to do with it
    UNKNOWN = auto()  # the connection was lost between content and answer


class Scope(Enum):
    """Whom a refusal concerns besides the message itself."""

    RECIPIENT = auto()  # nobody else
    DOMAIN = auto()  # whoever has an address there
    RELAY = auto()  # everybody, as long as this relay is used


@dataclass(frozen=True)
class Outcome:
    fate: Fate
    # An SMTP reply code, of a refusal with its status (RFC 2034), or a word of ours: never the server's own words, which quote
    # addresses and content.
    error: str = ""
    scope: Scope = Scope.RECIPIENT


class Unreachable(Exception):
    """The relay can't be reached or doesn't let us in. That says nothing about any recipient."""


class Recipient(NamedTuple):
    """Who is named to the relay: the address that hears of a failure, and the one that gets the message."""

    sender: str
    address: str


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

    @property
    def name(self) -> str:
        """What tells relays apart, without the password."""
        return f"{self.host}:{self.port}"

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


def relay_from_settings() -> Relay:
    """The first relay, which is Django's own as well."""
    return Relay(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        use_tls=settings.EMAIL_USE_TLS,
        use_ssl=settings.EMAIL_USE_SSL,
        timeout=settings.EMAIL_TIMEOUT or 20,
    )


def further_relays_from_settings() -> list[Relay]:
    """Those that take over, in their order, where the ones before can't be used."""
    return [
        Relay(
            host=each["EMAIL_HOST"],
            port=each["EMAIL_PORT"],
            user=each["EMAIL_HOST_USER"] or "",
            password=each["EMAIL_HOST_PASSWORD"] or "",
            use_tls=each.get("EMAIL_USE_TLS", False),
            use_ssl=each.get("EMAIL_USE_SSL", False),
            timeout=settings.EMAIL_TIMEOUT or 20,
        )
        for each in settings.FURTHER_RELAYS
    ]


OK, FORWARDED, GO_AHEAD, CLOSING = 250, 251, 354, 421
RSET, DATA, EMPTY_MESSAGE = b"RSET\r\n", b"DATA\r\n", b".\r\n"
LONGEST_REPLY = 8192  # bytes of one line; RFC 5321, section 4.5.3.1.5, has 512
# RFC 3463: 4.1 and 4.2 are about an address or its mailbox, 4.3 about the system that answers, which is the relay.
ENHANCED = re.compile(rb"4\.(\d{1,3})\.")
STATUS = re.compile(rb"5\.\d{1,3}\.\d{1,3}(?=\s)")  # RFC 2034, section 4
SYSTEM_FULL = b"5.3.1 "  # of a relay's whole disk, which has room again one day, unlike other refusals that begin with a 5
SCOPES = {b"1": Scope.RECIPIENT, b"2": Scope.RECIPIENT, b"3": Scope.RELAY}


class Reply(NamedTuple):
    code: int
    words: bytes = b""

    @property
    def scope(self) -> Scope:
        if self.words.startswith(SYSTEM_FULL):
            return Scope.RELAY
        if not 400 <= self.code < 500:
            return Scope.RECIPIENT
        found = ENHANCED.match(self.words)
        return SCOPES.get(found[1], Scope.DOMAIN) if found else Scope.DOMAIN


class Connection:
    """`begin` asks whether a message may come, `finish` gives its content; None of them raises for what the relay does."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self._write = smtp.sock.sendall  # type: ignore[union-attr]  # it is connected
        self._replies: Any = smtp.file  # what smtplib itself reads from
        self._pipelines = smtp.has_extn("pipelining")
        self._asked: Recipient | None = None  # whose MAIL, RCPT and DATA have been written, and not been answered yet
        self._reset = False  # a transaction that was refused is still open
        self.is_open = True
        self.is_refused = False  # the relay said no to us, and not to a recipient
        self.is_lost = False  # the relay closed it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.is_open and self._asked is None:
            with suppress(OSError, smtplib.SMTPException):  # every message has its fate; a lost goodbye changes none
                self._smtp.quit()
        self._close()

    def send(self, *, sender: str, recipient: str, content: bytes) -> Outcome:
        """Send one message; `content` has its dots doubled and ends in the final dot."""
        return self.begin(Recipient(sender, recipient)) or self.finish(content)

    def begin(self, recipient: Recipient) -> Outcome | None:
        """Ask whether a message to this one may come; None if it may, and then `finish` or `abandon` must follow."""
        try:
            return self._begin(recipient)
        except OSError:
            return self._lost(Fate.UNSENT)

    def finish(self, content: bytes, *, following: Recipient | None = None) -> Outcome:
        """Give the content and return what became of it; `following` is for whom `begin` will be called next."""
        try:
            if self._pipelines and following:  # RFC 2920, section 3.1: content may be the first of a group
                self._write(content + b"".join(_commands(following)))
                self._asked = following
            else:
                self._write(content)
            reply = self._read()
        except OSError:
            return self._lost(Fate.UNKNOWN)
        return Outcome(Fate.ACCEPTED) if reply.code == OK else self._refusal(reply, Fate.DEFERRED)

    def abandon(self) -> None:
        """Leave a message that has begun without its content: after DATA nothing but the end of the connection does that."""
        self._close()

    def _begin(self, recipient: Recipient) -> Outcome | None:
        if self._asked not in (None, recipient):
            raise RuntimeError("another recipient was named to the relay before")
        mail, rcpt, data = _commands(recipient)
        reset, self._reset = self._reset, False
        if self._pipelines and self._asked != recipient:
            self._write((RSET if reset else b"") + mail + rcpt + data)
        self._asked = None
        if reset:
            self._ask(RSET)
        reply = self._ask(mail)
        if reply.code != OK:  # the sender or the session is refused here, so no recipient may suffer for it
            return self._turned_away(reply)
        reply = self._ask(rcpt)
        may_come = reply.code in (OK, FORWARDED)
        if may_come or self._pipelines:
            answer = self._ask(data)
            if answer.code == GO_AHEAD and not may_come:
                self._write(EMPTY_MESSAGE)  # as RFC 2920, section 3.1, has it where DATA is let through without a recipient
                self._read()
            reply = answer if may_come else reply
        if reply.code == GO_AHEAD:
            return None
        self._reset = True
        return self._refusal(reply, Fate.UNSENT)

    def _ask(self, command: bytes) -> Reply:
        """The reply to a command, which in a pipeline has been written before."""
        if not self._pipelines:
            self._write(command)
        return self._read()

    def _read(self) -> Reply:
        while True:
            line = self._replies.readline(LONGEST_REPLY)
            if not line.endswith(b"\n") or not line[:3].isdigit():
                raise ConnectionError("the relay hung up, or speaks no SMTP")
            if line[3:4] != b"-":
                return Reply(int(line[:3]), line[4:])

    def _refusal(self, reply: Reply, if_closing: Fate) -> Outcome:
        error = f"smtp-{reply.code}"
        if reply.code == CLOSING:  # RFC 5321, section 3.8: it closes the connection
            self._close()
            self.is_lost = True
            return Outcome(if_closing, error, Scope.DOMAIN)
        if reply.scope is Scope.RELAY:
            return self._turned_away(reply)
        if 500 <= reply.code < 600:
            status = STATUS.match(reply.words)
            return Outcome(Fate.REFUSED, f"{error} {status[0].decode()}" if status else error)
        return Outcome(Fate.DEFERRED, error, reply.scope)

    def _turned_away(self, reply: Reply) -> Outcome:
        self.is_refused = True
        self._close()
        return Outcome(Fate.UNSENT, f"smtp-{reply.code}", Scope.RELAY)

    def _lost(self, fate: Fate) -> Outcome:
        self._close()
        self.is_lost = True
        return Outcome(fate, "connection-lost")

    def _close(self) -> None:
        self._smtp.close()
        self.is_open = False


def _commands(to: Recipient) -> tuple[bytes, bytes, bytes]:
    return f"MAIL FROM:<{to.sender}>\r\n".encode("ascii"), f"RCPT TO:<{to.address}>\r\n".encode("ascii"), DATA
