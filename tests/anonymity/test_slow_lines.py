"""Somebody who sends slowly, or goes away amid it, holds up nobody else; seen from outside, on the portal as it runs in earnest."""

from __future__ import annotations

import select
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

from tests.anonymity.visitors import Stage, Visitor

BOTH_PROCESSES_THREADS = 32
MOST_HELD = BOTH_PROCESSES_THREADS // 2
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000000\r\n\r\n"
    '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nwords'
)


def begin(stage: Stage, path: str = "/ask/") -> socket.socket:
    """Somebody who sends the beginning of a file, and then nothing."""
    slow = socket.create_connection(("127.0.0.1", urlsplit(stage.server.address).port or 0), timeout=5)
    slow.sendall(HEAD.format(path=path).encode())
    return slow


def leave_where_refused(slow: list[socket.socket], *, least: int) -> None:
    """Close those that are answered before their end, as the proxy does, until no more come after the least."""
    refused, patience = 0, 30 if least > 0 else 1
    while answered := select.select([one for one in slow if one.fileno() >= 0], [], [], patience)[0]:
        for one in answered:
            assert one.recv(100).startswith(b"HTTP/1.1 429 ")
            one.close()
            refused += 1
        patience = 30 if refused < least else 1


def hold_as_many_as_may_be(stage: Stage, held: ExitStack) -> None:
    """Begin until each process holds half of its threads so, and see that none holds more. Who is refused leaves.

    Which process takes a line, the kernel decides: one may be full while the other still has room.
    """
    slow, more = [], BOTH_PROCESSES_THREADS + 8
    for _ in range(40):
        slow += [held.enter_context(begin(stage)) for _ in range(more)]
        leave_where_refused(slow, least=len(slow) - MOST_HELD)
        slow = [one for one in slow if one.fileno() >= 0]
        assert len(slow) <= MOST_HELD
        if len(slow) == MOST_HELD:
            return
        more = 8
    raise AssertionError(f"only {len(slow)} are held")


def test_slow_uploads_leave_the_portal_to_everybody_else(stage: Stage) -> None:
    visitor = Visitor(stage)
    with ExitStack() as held:
        hold_as_many_as_may_be(stage, held)
        began = time.monotonic()
        assert [visitor.get(path).status for path in ("/healthz", "/ask/", "/conversation/")] == [200, 200, 200]
        assert visitor.ask().status == 200
        assert time.monotonic() - began < 5
        late = visitor.send_files("/ask/", {}, ("a.txt", bytes(100_000)))
        assert (late.status, "Send it again in a minute" in late.page) == (429, True)
    time.sleep(0.5)  # they go away amid it
    assert visitor.send_files("/ask/", visitor.get("/ask/").hidden, ("a.txt", b"words " * 20_000)).status == 422


def test_somebody_who_goes_away_amid_a_file_or_asks_for_the_head_leaves_no_line_in_the_log(stage: Stage) -> None:
    before = stage.server.log.stat().st_size
    for path in ("/ask/", "/conversation/reply/", "/api/v1/inquiries/", "/api/v1/inquiries/review/"):
        begin(stage, path).close()
    with socket.create_connection(("127.0.0.1", urlsplit(stage.server.address).port or 0), timeout=5) as asks:
        asks.sendall(b"HEAD /ask/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert asks.recv(100).startswith(b"HTTP/1.1 200")
    time.sleep(0.5)
    assert stage.server.log.read_bytes()[before:] == b""
