"""Asking a ClamAV daemon about a file, by its INSTREAM command (clamd(8)): the file goes over in pieces and is kept nowhere."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import closing
from urllib.parse import urlsplit

TIMEOUT = 30  # seconds, for each step of the exchange
LONGEST_ANSWER = 4096


class ScannerUnreachable(Exception):
    """The daemon does not answer, or not as clamd does."""


def finds(pieces: Iterable[bytes], *, address: str) -> str:
    """Return the name of what the daemon finds in a file, or nothing. Raises ScannerUnreachable.

    `address` is tcp://host:port or unix:///path of its socket.
    """
    try:
        with closing(_connected(address)) as connection:
            connection.sendall(b"zINSTREAM\0")
            for piece in pieces:
                connection.sendall(len(piece).to_bytes(4, "big") + piece)
            connection.sendall(bytes(4))
            answer = _answer(connection)
    except (OSError, ValueError) as error:
        raise ScannerUnreachable from error
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerUnreachable


def _connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "tcp":
        return socket.create_connection((parts.hostname or "", parts.port or 3310), timeout=TIMEOUT)
    if parts.scheme != "unix":
        raise ValueError
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT)
    try:
        connection.connect(parts.path)
    except OSError:
        connection.close()
        raise
    return connection


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        more = connection.recv(LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0").decode("ascii", "replace")
