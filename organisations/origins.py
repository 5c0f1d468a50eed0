"""Whether a form was sent from the portal's own pages, asked of the browser where no cookie can tell.

Every browser of the last years says with each request where it came from (Fetch Metadata, W3C; the Origin header, RFC 6454). What
carries neither header is no browser, and whoever doesn't use somebody's browser can't forge in their name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

View = TypeVar("View", bound=Callable[..., HttpResponse])
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def is_from_own_pages(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")  # none: typed in, or sent again by reloading
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def guarded_without_cookie(view: View) -> View:
    """Refuse what another site has a browser send, without the cookie that Django's own guard needs (docs/decisions/0011)."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in SAFE_METHODS and not is_from_own_pages(request):
            return render(request, "403_forged.html", status=403)
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]
