"""A mailbox on a POP server that does what the portal asks of one, and dies where a test wants it to."""

from __future__ import annotations

import socketserver

from tests.mailroom.imap_server import PASSWORD, Box, Dropped, Server


class PopSession(socketserver.StreamRequestHandler):
    """Has the mails as they were when it began, and takes out at QUIT what was to be taken out (RFC 1939, section 6)."""

    server: Server

    def handle(self) -> None:
        box = self.server.box
        if box.is_mute:
            self.rfile.read(1)
            return
        self._numbers = dict(enumerate(sorted(box.mails), start=1))
        self._marked: set[int] = set()
        self._is_in = False
        self._say("+OK here")
        try:
            while line := self.rfile.readline().decode():
                self._do(box, *line.rstrip("\r\n").partition(" ")[::2])
        except (Dropped, OSError):
            pass
        finally:
            if self._is_in:
                box.lock.release()

    def _do(self, box: Box, name: str, rest: str) -> None:
        box.said[name] += 1
        at, when = box.dies_at.get(name, (0, ""))
        if at == box.said[name] and when == "before":
            raise Dropped
        answer = getattr(self, f"_{name.lower()}")(box, rest)
        if at == box.said[name]:
            raise Dropped
        self.wfile.write(answer)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _user(self, _box: Box, _rest: str) -> bytes:
        return b"+OK\r\n"

    def _pass(self, box: Box, rest: str) -> bytes:
        if rest != PASSWORD:
            return b"-ERR no\r\n"
        if not box.lock.acquire(blocking=False):
            return b"-ERR [IN-USE] another session has it\r\n"
        self._is_in = True
        return b"+OK\r\n"

    def _uidl(self, _box: Box, _rest: str) -> bytes:
        return b"+OK\r\n" + b"".join(b"%d uid-%d\r\n" % pair for pair in self._numbers.items()) + b".\r\n"

    def _top(self, box: Box, rest: str) -> bytes:
        number, most = (int(each) for each in rest.split())
        head, blank, body = box.mails[self._numbers[number]].replace(b"\n", b"\r\n").replace(b"\r\r", b"\r").partition(b"\r\n\r\n")
        lines = (head + blank + b"\r\n".join(body.split(b"\r\n")[:most])).split(b"\r\n")
        stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
        return b"+OK\r\n" + stuffed + b"\r\n.\r\n"

    def _dele(self, _box: Box, rest: str) -> bytes:
        self._marked.add(self._numbers[int(rest)])
        return b"+OK\r\n"

    def _quit(self, box: Box, _rest: str) -> bytes:
        for each in self._marked:
            del box.mails[each]
        return b"+OK\r\n"
