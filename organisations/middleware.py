from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from organisations.adapters import has_second_factor, way_to_second_factor
from organisations.permissions import needs_second_factor

# Where whoever lacks the second factor they need may still go: to get one, to sign out, and to see that the portal is alive.
OPEN_PREFIXES = ("/account/", "/healthz", "/readyz", "/static/", "/language/")


class SecondFactorMiddleware:
    """Officials and partners act with a second factor always: without one, every page leads to the one that adds or asks it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(OPEN_PREFIXES) and needs_second_factor(request.user) and not has_second_factor(request):
            return HttpResponseRedirect(way_to_second_factor(request, back=request.path))
        return self.get_response(request)


class RefusedFormMiddleware:
    """The account's pages are django-allauth's, which answers 200 to a form that it refuses; here that is 422, as on every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        if request.method == "POST" and response.status_code == HTTPStatus.OK:
            forms = (response.context_data or {}).values()
            if any(isinstance(form, BaseForm) and form.errors for form in forms):
                response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response
