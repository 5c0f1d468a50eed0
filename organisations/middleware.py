from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from organisations.adapters import has_second_factor, way_to_second_factor
from organisations.permissions import is_official

# Where an official without a second factor may still go: to get one, to sign out, and to see that the portal is alive.
OPEN_PREFIXES = ("/account/", "/healthz", "/readyz", "/static/", "/language/")


class SecondFactorMiddleware:
    """Officials act with a second factor always: without one in this session, every page leads to the one that adds or asks it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(OPEN_PREFIXES) and is_official(request.user) and not has_second_factor(request):
            return HttpResponseRedirect(way_to_second_factor(request, back=request.path))
        return self.get_response(request)
