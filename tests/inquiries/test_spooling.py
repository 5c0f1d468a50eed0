"""Files on their way: sealed on the disk, gone with the process, and never more than the disk can take."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inquiries import spooling
from inquiries.sealing import CannotOpen
from inquiries.spooling import PIECE_BYTES, NoRoom, Spool

WORDS = b"the drawings of Taevarada"


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
@pytest.mark.parametrize("written", [1000, PIECE_BYTES, 2 * PIECE_BYTES + 7])
def test_what_went_in_comes_out(size: int, written: int) -> None:
    content = os.urandom(size)
    spool = Spool()
    for start in range(0, size, written):
        spool.write(content[start : start + written])
    spool.finish()
    assert (b"".join(spool.pieces()), spool.size) == (content, size)
    assert [len(piece) for piece in spool.pieces()][:-1] == [PIECE_BYTES] * max(0, -(-size // PIECE_BYTES) - 1)
    assert (spool.reader().read(), spool.reader().read(10)) == (content, content[:10])


def on_the_disk(spool: Spool) -> bytes:
    file = spool._file
    assert file
    file.seek(0)
    return file.read()


def test_the_disk_holds_no_words_and_the_folder_no_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(WORDS * 20_000)
    spool.finish()
    assert list(tmp_path.iterdir()) == []
    assert len(on_the_disk(spool)) > len(WORDS) * 20_000
    assert WORDS not in on_the_disk(spool)


def test_the_search_would_find_words_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "seal_bytes", lambda content, **_: bytes(40) + content)
    spool = Spool(tmp_path)
    spool.write(WORDS)
    assert WORDS in on_the_disk(spool.finish())


def test_pieces_changed_on_the_disk_are_not_read() -> None:
    spool = Spool()
    spool.write(WORDS)
    spool.finish()
    assert spool._file
    spool._file.seek(30)
    (byte,) = spool._file.read(1)
    spool._file.seek(30)
    spool._file.write(bytes([byte ^ 1]))
    with pytest.raises(CannotOpen):
        list(spool.pieces())


def test_what_is_on_its_way_has_a_limit_and_gives_its_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "MOST_ON_THE_WAY", 3 * PIECE_BYTES)
    first, second = Spool(), Spool()
    first.write(bytes(2 * PIECE_BYTES))
    with pytest.raises(NoRoom):
        second.write(bytes(2 * PIECE_BYTES))
    first.close()
    first.close()
    second.close()
    third = Spool()
    third.write(bytes(2 * PIECE_BYTES))
    third.close()


def test_a_full_disk_is_no_room() -> None:
    full = Path("/dev/full")
    spool = Spool()
    assert spool._file
    spool._file.close()
    spool._file = full.open("r+b", buffering=0)
    with pytest.raises(NoRoom):
        spool.write(bytes(PIECE_BYTES))


def test_a_folder_that_is_not_there_is_no_room(tmp_path: Path) -> None:
    with pytest.raises(NoRoom):
        Spool(tmp_path / "gone")
