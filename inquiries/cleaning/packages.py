"""Zip packages, which office files are: read with distrust, written anew without dates, comments and extra fields."""

from __future__ import annotations

import codecs
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable
from typing import Final

from inquiries.cleaning.refusals import Refused

MOST_MEMBERS: Final = 5_000
MOST_UNPACKED: Final = 200 * 1024 * 1024
# Tables of numbers pack to a fiftieth; what packs to less than this is made to burst.
_MOST_RATIO: Final = 250
_SMALL: Final = 10 * 1024 * 1024  # members up to this size may pack as they like
_ENCRYPTED: Final = 1  # flag bits
_UNSAFE: Final = re.compile(r"(?:^|/)\.\.?(?:/|$)|^/|\\|[\x00-\x1f\x7f]|^[A-Za-z]:")
_MEANT_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can have
codecs.lookup("cp437")  # of names in zips; later no table could be read


class Package:
    """The members of a zip, by name. Raises Refused for what is broken, coded, meant to burst or meant to lie elsewhere."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            raise Refused("damaged") from None
        members = self._zip.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
            raise Refused("unpacked")
        for member in members:
            _check(member)
        self.names = [member.filename for member in members if not member.is_dir()]
        if len({name.lower() for name in self.names}) != len(self.names):
            raise Refused("damaged")

    def read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError, EOFError, zlib.error):
            raise Refused("damaged") from None


def _check(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise Refused("encrypted")
    if member.file_size > _SMALL and member.file_size > _MOST_RATIO * member.compress_size:
        raise Refused("unpacked")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("damaged")
    if _UNSAFE.search(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
        raise Refused("damaged")


def packed(parts: Iterable[tuple[str, bytes]], *, stored: str = "") -> bytes:
    """Return a zip of the parts in this order; the one named `stored` is not compressed."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as package:
        for name, content in parts:
            member = zipfile.ZipInfo(name, date_time=_MEANT_DATE)
            member.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            member.create_system = 0
            package.writestr(member, content)
    return output.getvalue()
