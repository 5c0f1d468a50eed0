"""Files that are handed out: saved and not shown, so that no browser runs in the portal's name what is in one."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header


def download(pieces: Iterable[bytes], *, name: str, media_type: str, size: int) -> StreamingHttpResponse:
    """A response of `size` bytes, sent a piece at a time. Whether it may be kept, and by whom, its view says."""
    response = StreamingHttpResponse(pieces, content_type=media_type)
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
