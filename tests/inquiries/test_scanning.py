"""Asking a ClamAV daemon: a small server here speaks as clamd(8) says that it does."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inquiries.scanning import ScannerUnreachable, finds

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.StreamRequestHandler):
    """INSTREAM: pieces with their length before them, an empty one at the end, an answer that ends with a zero byte."""

    def handle(self) -> None:
        command = self.rfile.read(len(b"zINSTREAM\0"))
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
        server: Daemon = self.server  # type: ignore[assignment]
        server.seen.append((command, content))
        self.wfile.write(server.answer(content))


class Daemon(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(path, Clamd)
        self.answer = answer
        self.seen: list[tuple[bytes, bytes]] = []


def looks(content: bytes) -> bytes:
    return b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in content else b"stream: OK\0"


@contextmanager
def clamd(folder: Path, answer: Callable[[bytes], bytes] = looks) -> Iterator[tuple[str, Daemon]]:
    path = folder / "clamd.sock"
    with Daemon(str(path), answer) as daemon:
        threading.Thread(target=daemon.serve_forever, daemon=True).start()
        yield f"unix://{path}", daemon
        daemon.shutdown()


def test_the_whole_file_goes_over_and_the_answer_comes_back(tmp_path: Path) -> None:
    pieces = [b"a" * 300_000, b"b" * 7]
    with clamd(tmp_path) as (address, daemon):
        assert finds(pieces, address=address) == ""
        assert finds([EICAR[:20], EICAR[20:]], address=address) == "Win.Test.EICAR_HDB-1"
    assert daemon.seen == [(b"zINSTREAM\0", b"".join(pieces)), (b"zINSTREAM\0", EICAR)]


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: \0", b"nonsense" * 1000])
def test_any_other_answer_is_none(tmp_path: Path, answer: bytes) -> None:
    with clamd(tmp_path, lambda _: answer) as (address, _), pytest.raises(ScannerUnreachable):
        finds([b"words"], address=address)


@pytest.mark.parametrize("address", ["unix:///nowhere/clamd.sock", "tcp://127.0.0.1:1", "http://127.0.0.1", "nonsense"])
def test_a_daemon_that_is_not_there_is_said_to_be_unreachable(address: str) -> None:
    with pytest.raises(ScannerUnreachable):
        finds([b"words"], address=address)
