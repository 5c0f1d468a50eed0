"""A mailbox on an IMAP server."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from mailroom.accounts import TIMEOUT, Login, Unreachable

OK = "OK"


@dataclass(frozen=True)
class Account(Login):
    PORTS: ClassVar[dict[str, int]] = {"imaps": 993, "imap": 143}
    SHAPE: ClassVar[str] = "imaps://user:password@host/folder"

    folder: str = "INBOX"

    @classmethod
    def of(cls, url: str) -> Self:
        """As any login; the folder is percent-encoded as well."""
        found = super().of(url)
        folder = unquote(urlsplit(url).path.strip("/")) or "INBOX"
        if not folder.isascii() or not folder.isprintable() or '"' in folder or "\\" in folder:
            raise ValueError("the folder's name must be plain ASCII")
        return replace(found, folder=folder)

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


class Mailbox:
    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def unread(self, *, most: int) -> list[str]:
        (found,) = _checked(self._server.uid("SEARCH", "UNSEEN UNDELETED")) or [b""]
        return [each.decode() for each in (found or b"").split() if each.isdigit()][:most]

    def read(self, uid: str, *, most: int) -> bytes:
        parts = _checked(self._server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{most}>)"))
        return next((part[1] for part in parts if isinstance(part, tuple)), b"")

    def take_out(self, uid: str) -> None:
        _checked(self._server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))

    def leave(self, uid: str) -> None:
        _checked(self._server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))

    def clear(self) -> None:
        _checked(self._server.expunge())


def _checked(answer: tuple[str, list[Any]]) -> list[Any]:
    status, parts = answer
    if status != OK:
        raise imaplib.IMAP4.error(status)
    return parts
