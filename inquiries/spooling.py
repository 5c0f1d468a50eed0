"""Files on their way through the portal: sealed piece by piece in a temporary file that has no name.

A file as it was sent may say who sent it. So what waits on the disk is sealed with a key that only this process's memory holds, and
the file itself is gone with the process, however that ends.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, TYPE_CHECKING
from uuid import UUID

from nacl import bindings

from inquiries.sealing import KEY_BYTES, NONCE_BYTES, Place, new_case_key, seal_bytes, unseal_bytes

if TYPE_CHECKING:
    from typing_extensions import Buffer

PIECE_BYTES = 256 * 1024
_SEALED_BYTES = NONCE_BYTES + PIECE_BYTES + bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES
_NOBODY = UUID(int=0)
# What all files on their way in this process may take on the disk together.
MOST_ON_THE_WAY = 2 * 1024**3


class NoRoom(Exception):
    """Too much is on its way already, or the disk is full; a minute later there may be room."""


class _Meter:
    """How much is on its way in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = 0

    def take(self, size: int) -> None:
        with self._lock:
            if self._taken + size > MOST_ON_THE_WAY:
                raise NoRoom
            self._taken += size

    def give_back(self, size: int) -> None:
        with self._lock:
            self._taken -= size


_meter = _Meter()


class Spool:
    """A file of unknown length: written once from its beginning to its end, then read as often as needed."""

    def __init__(self, folder: Path | str | None = None) -> None:
        """Raises NoRoom."""
        self._file: IO[bytes] | None = None
        self._key = new_case_key()
        self._rest = bytearray()
        self._pieces = 0
        self._taken = 0
        self.size = 0
        try:
            self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  closed by close()
        except OSError as error:
            raise NoRoom from error

    def write(self, data: bytes) -> None:
        """Add to the end; raises NoRoom."""
        self._rest += data
        self.size += len(data)
        while len(self._rest) >= PIECE_BYTES:
            self._put(bytes(self._rest[:PIECE_BYTES]))
            del self._rest[:PIECE_BYTES]

    def finish(self) -> Spool:
        """Say that all is written."""
        if self._rest:
            self._put(bytes(self._rest))
            self._rest.clear()
        return self

    def pieces(self) -> Iterator[bytes]:
        """The content, in pieces of PIECE_BYTES; the last one may be shorter."""
        assert self._file  # noqa: S101  it is not closed
        for number in range(self._pieces):
            self._file.seek(number * _SEALED_BYTES)
            yield unseal_bytes(self._file.read(_SEALED_BYTES), key=self._key, place=_place(number))

    def reader(self) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self.pieces()), PIECE_BYTES)

    def close(self) -> None:
        """Drop it, key and content; twice does no more."""
        _meter.give_back(self._taken)
        self._taken = 0
        self._key = bytes(KEY_BYTES)
        if self._file:
            self._file.close()

    def __del__(self) -> None:
        self.close()

    def _put(self, piece: bytes) -> None:
        assert self._file  # noqa: S101  it is not closed
        _meter.take(_SEALED_BYTES)
        self._taken += _SEALED_BYTES
        try:
            self._file.write(seal_bytes(piece, key=self._key, place=_place(self._pieces)))
        except OSError as error:
            raise NoRoom from error
        self._pieces += 1


class _Reader(io.RawIOBase):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        self._rest = self._rest or next(self._pieces, b"")
        room = memoryview(buffer)
        taken = self._rest[: len(room)]
        room[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def _place(number: int) -> Place:
    return Place(f"spool {number}", _NOBODY, _NOBODY)
