"""Files over HTTP. Only addresses that say so take any, and what they take is sealed before it touches the disk.

The parser asks the handler below for every file of every request; it looks at the view that the address leads to. A view that
says nothing gets none, so that no page can be made to fill the disk.
"""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, StreamingHttpResponse

from inquiries.services.attachments import File
from inquiries.spooling import NoRoom, Spool
from organisations import downloads


class SealedUpload(UploadedFile[bytes]):
    """A file that was sent, or what has come of it; closed with its request.

    `lost` says why its content was not taken: "too-big", "too-many" or "no-room".
    """

    def __init__(self, spool: Spool | None, *, name: str, content_type: str, size: int, lost: str = "") -> None:
        super().__init__(file=spool.reader() if spool else BytesIO(), name=name, content_type=content_type, size=size)
        self.spool = spool
        self.lost = lost

    def close(self) -> None:
        if self.spool:
            self.spool.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # Django's own names the file, and reports of errors list those that came


class SealedUploadHandler(FileUploadHandler):
    """Keeps what a view takes sealed (spooling.py), and lets everything else pass by unread."""

    chunk_size = 256 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._count = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        match = self.request.resolver_match if self.request else None
        taken = getattr(match.func, "takes_files", None) if match else None
        if taken is None or self._count > taken.most:
            raise SkipFile
        self._count += 1
        self._each = taken.each
        self._lost = "too-many" if self._count > taken.most else ""
        self._spool: Spool | None = None
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  the handler's signature
        self._size += len(raw_data)
        if self._size > self._each:
            self._lose("too-big")
        if not self._lost:
            try:
                self._spool = self._spool or Spool(settings.FILE_UPLOAD_TEMP_DIR)
                self._spool.write(raw_data)
            except NoRoom:
                self._lose("no-room")

    def file_complete(self, file_size: int) -> SealedUpload:
        if not self._lost:
            try:
                self._spool = self._spool or Spool(settings.FILE_UPLOAD_TEMP_DIR)  # an empty file has had no chunk
                self._spool.finish()
            except NoRoom:
                self._lose("no-room")
        return SealedUpload(
            self._spool, name=self.file_name or "", content_type=self.content_type or "", size=file_size, lost=self._lost
        )

    def upload_interrupted(self) -> None:
        """Half a file is none."""
        if spool := getattr(self, "_spool", None):
            spool.close()

    def _lose(self, why: str) -> None:
        self._lost = self._lost or why
        if self._spool:
            self._spool.close()
        self._spool = None


def download(file: File) -> StreamingHttpResponse:
    """A file of a conversation, opened a piece at a time; no browser shows it in the portal's name. Raises CannotOpen."""
    pieces = file.pieces()
    first = next(pieces, b"")  # before anything is promised
    response = downloads.download(chain([first], pieces), name=file.name, media_type=file.kind.media_type, size=file.size)
    response["Cache-Control"] = "no-store"
    return response
