from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from threading import BoundedSemaphore

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

# In bytes. The proxy sends no body on before it has read so much of it (deploy/Caddyfile), so a smaller one never holds a thread.
LARGE = 64 * 1024
PAGES = {HTTPStatus.LENGTH_REQUIRED: "411.html", HTTPStatus.TOO_MANY_REQUESTS: "429_large.html"}


class OnionLocationMiddleware:
    """Tells Tor Browser that a page is also at the onion service; not used where there is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.ONION_ADDRESS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = request.method == "GET" and response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and request.is_secure() and request.get_host() != settings.ONION_ADDRESS:
            response["Onion-Location"] = f"http://{settings.ONION_ADDRESS}{request.get_full_path()}"
        return response


class LargeBodiesMiddleware:
    """Lets so many large bodies into this process at once: slow lines and files being looked at leave threads for everybody else.

    One too many is refused before any of it is read; so is one of unknown length, of which Django would read nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._places = BoundedSemaphore(settings.LARGE_BODIES_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length", "")
        if not length and "Transfer-Encoding" in request.headers:
            return _refused(request, HTTPStatus.LENGTH_REQUIRED, _("Say with Content-Length how long the body is."))
        if not length.isdecimal() or int(length) < LARGE:
            return self.get_response(request)
        if not self._places.acquire(blocking=False):
            response = _refused(request, HTTPStatus.TOO_MANY_REQUESTS, _("Much is on its way just now. Send it again in a minute."))
            response["Retry-After"] = "60"
            return response
        try:
            return self.get_response(request)
        finally:
            self._places.release()


def _refused(request: HttpRequest, status: HTTPStatus, why: str) -> HttpResponse:
    if not request.path.startswith("/api/"):
        return render(request, PAGES[status], status=status)
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": why}
    return JsonResponse(problem, status=status, content_type="application/problem+json")
