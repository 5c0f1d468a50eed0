"""Files of advisories over HTTP."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag

from advisories.models import Attachment
from organisations import downloads


def hand_out(request: HttpRequest, file: Attachment, *, is_public: bool) -> HttpResponseBase:
    """The file, to be saved. One that everybody may read can be kept, and is asked for anew each time: it may be withdrawn."""
    response = downloads.download(file.content.stream(), name=file.name, media_type=file.media_type, size=file.size)
    if not is_public:
        patch_cache_control(response, private=True, no_store=True)
        return response
    etag = quote_etag(file.sha256)
    response["ETag"] = etag
    patch_cache_control(response, public=True, no_cache=True)
    unchanged = get_conditional_response(request, etag=etag, response=response)  # type: ignore[arg-type]  # takes any response
    return unchanged or response
