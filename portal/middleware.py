from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse


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
