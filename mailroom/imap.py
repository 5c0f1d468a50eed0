"""A mailbox on an IMAP server, from which mails are read one by one and taken out once what they say has been written down."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT = 20  # seconds for each answer
PORTS = {"imaps": 993, "imap": 143}
OK = "OK"


class Unreachable(Exception):
    """The server can't be reached, doesn't let us in or stopped answering. Says what kind of fault it was, and no more."""


@dataclass(frozen=True)
class Account:
    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    is_secure: bool = True

    @classmethod
    def of(cls, url: str) -> Account:
        """Return the account in imaps://user:password@host:port/folder; raises ValueError for what is none.

        User, password and folder are percent-encoded where they hold other characters than letters and digits. Without TLS
        (imap://) a password would travel in the clear: that is for a server on the same machine.
        """
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not (parts.hostname and parts.username and parts.password):
            raise ValueError("it must be imaps://user:password@host/folder")
        is_secure = parts.scheme == "imaps"
        if not is_secure and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("it must be imaps: a password would travel in the clear")
        folder = unquote(parts.path.strip("/")) or "INBOX"
        if not folder.isascii() or not folder.isprintable() or '"' in folder or "\\" in folder:
            raise ValueError("the folder's name must be plain ASCII")
        return cls(parts.hostname, _port(parts), unquote(parts.username), unquote(parts.password), folder, is_secure)

    @contextmanager
    def opened(self) -> Iterator[Mailbox]:
        """The mailbox, until the block ends; whatever the server does inside raises Unreachable."""
        try:
            server = self._connected()
            try:
                server.login(self.user, self.password)
                _checked(server.select(f'"{self.folder}"'))
                yield Mailbox(server)
            finally:
                with suppress(OSError, imaplib.IMAP4.error):  # a lost goodbye changes nothing
                    server.logout()
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(type(error).__name__) from error

    def _connected(self) -> imaplib.IMAP4:
        if self.is_secure:
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
        return imaplib.IMAP4(self.host, self.port, timeout=TIMEOUT)


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or PORTS[parts.scheme]
    except ValueError:  # its message quotes what may be a piece of the password
        raise ValueError("the port is no number; write special characters of the password percent-encoded") from None


class Mailbox:
    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def unread(self, *, most: int) -> list[str]:
        """The first of the mails that nobody has looked at."""
        (found,) = _checked(self._server.uid("SEARCH", "UNSEEN UNDELETED")) or [b""]
        return [each.decode() for each in (found or b"").split() if each.isdigit()][:most]

    def read(self, uid: str, *, most: int) -> bytes:
        """The first bytes of a mail, which stays unread; none of one that is there no more."""
        parts = _checked(self._server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{most}>)"))
        return next((part[1] for part in parts if isinstance(part, tuple)), b"")

    def take_out(self, uid: str) -> None:
        _checked(self._server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))

    def leave(self, uid: str) -> None:
        """Leave it for a person, and don't look at it again."""
        _checked(self._server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))

    def clear(self) -> None:
        """Have the server forget what was taken out."""
        _checked(self._server.expunge())


def _checked(answer: tuple[str, list[Any]]) -> list[Any]:
    status, parts = answer
    if status != OK:
        raise imaplib.IMAP4.error(status)
    return parts
