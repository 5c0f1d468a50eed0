"""A mailbox on a POP server (RFC 1939), which knows no folders and no mark for what somebody has read.

What is left for a person is therefore remembered here, by the name that the server gives each mail (UIDL), in the cache: if that is
lost, the mail is looked at once more, and nothing else comes of it. The server forgets what was taken out when the session ends in
good order; if it doesn't, the next run reads the same mails again and changes nothing.
"""

from __future__ import annotations

import hashlib
import poplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO, ClassVar

from django.core.cache import cache

from mailroom.accounts import TIMEOUT, Login, Unreachable

LEFT_FOR = timedelta(days=30)
# Of one answer: the list of a mailbox with a hundred thousand mails, or a mail with very long lines.
MOST_BYTES = 8 * 1024 * 1024
LONGEST_LINE = 2048  # that poplib takes; RFC 5322 allows 998
LINE = 64  # characters that a line of a report has at least, when it is asked for by lines
LOOKED_UP = 500  # names in one question to the cache


class TooMuch(poplib.error_proto):
    """An answer that doesn't end."""


class Account(Login):
    PORTS: ClassVar[dict[str, int]] = {"pops": 995, "pop": 110}
    SHAPE: ClassVar[str] = "pops://user:password@host"

    @contextmanager
    def opened(self) -> Iterator[Mailbox]:
        """The mailbox, until the block ends; whatever the server does inside raises Unreachable."""
        try:
            server = self._connected()
            try:
                server.user(self.user)
                server.pass_(self.password)
                yield Mailbox(server, f"{self.user}@{self.host}")
            finally:
                server.close()
        except (OSError, poplib.error_proto) as error:
            raise Unreachable(type(error).__name__) from error

    def _connected(self) -> poplib.POP3:
        if self.is_secure:
            return poplib.POP3_SSL(self.host, self.port, context=ssl.create_default_context(), timeout=TIMEOUT)
        return poplib.POP3(self.host, self.port, timeout=TIMEOUT)


class Mailbox:
    def __init__(self, server: poplib.POP3, owner: str) -> None:
        self._server, self._owner = server, owner
        self._lines = Lines(server.file)
        server.file = self._lines  # type: ignore[assignment]  # poplib asks it for lines, and to close
        self._numbers: dict[str, int] = {}

    def unread(self, *, most: int) -> list[str]:
        self._lines.begin()
        _answer, listed, _size = self._server.uidl()
        pairs = (line.decode("latin-1").split() for line in listed)
        self._numbers = {pair[1]: int(pair[0]) for pair in pairs if len(pair) == 2 and pair[0].isdigit()}
        names, found = list(self._numbers), list[str]()
        for start in range(0, len(names), LOOKED_UP):
            keys = {name: self._key(name) for name in names[start : start + LOOKED_UP]}
            left = cache.get_many(list(keys.values()))
            found += [name for name, key in keys.items() if key not in left]
            if len(found) >= most:
                break
        return found[:most]

    def read(self, uid: str, *, most: int) -> bytes:
        self._lines.begin()
        try:
            _answer, lines, _size = self._server.top(self._numbers[uid], most // LINE)
        except TooMuch:  # the session can't go on, and must not stop here again
            self.leave(uid)
            raise
        return b"\r\n".join(lines)[:most]

    def take_out(self, uid: str) -> None:
        self._server.dele(self._numbers[uid])

    def leave(self, uid: str) -> None:
        cache.set(self._key(uid), 1, timeout=LEFT_FOR.total_seconds())

    def clear(self) -> None:
        self._server.quit()

    def _key(self, uid: str) -> str:
        return f"mailroom.pop.left:{hashlib.sha256(f'{self._owner} {uid}'.encode()).hexdigest()}"


class Lines:
    """What a server sends, with a limit on each answer, of which poplib has none; lines that it would not take are cut."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.begin()

    def begin(self) -> None:
        self._left = MOST_BYTES

    def readline(self, _size: int) -> bytes:
        line = self._piece()
        end = line
        while end and not end.endswith(b"\n"):
            end = self._piece()
        return line if line.endswith(b"\n") or not line else line[: LONGEST_LINE - 2] + b"\r\n"

    def close(self) -> None:
        self._source.close()

    def _piece(self) -> bytes:
        piece = self._source.readline(LONGEST_LINE)
        self._left -= len(piece)
        if self._left < 0:
            raise TooMuch("too much")
        return piece
