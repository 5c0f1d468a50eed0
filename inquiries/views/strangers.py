"""What all pages for askers have in common: no session, no account, no cookie, nothing that a browser or an error report keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inquiries.forms.once import OnceForm
from organisations.origins import guarded_without_cookie

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def for_strangers(*methods: str) -> Callable[[View], View]:
    """A page that anybody may open with one of `methods`, and that nobody needs a cookie for."""

    def decorate(view: View) -> View:
        return login_not_required(for_members(*methods)(view))

    return decorate


def for_members(*methods: str) -> Callable[[View], View]:
    """The same for those who are signed in: they walk the pages of askers, and their forms are guarded in the same way."""

    def decorate(view: View) -> View:
        for wrap in (require_http_methods(methods), sensitive_post_parameters(), never_cache, guarded_without_cookie):
            view = wrap(view)
        return view

    return decorate


def show_form(request: HttpRequest, template: str, form: OnceForm, **context: Any) -> HttpResponse:
    """The page of a form that counts once, with the status that says how it fared; one that has to wait is told how long."""
    response = render(request, template, {"form": form, **context}, status=form.status)
    if form.wait:
        response["Retry-After"] = str(form.wait.seconds)
    return response
