from __future__ import annotations

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from requests import RequestException

from organisations.eid.provider import EidClient, EidProvider


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A page that leads on to the eID's own; the form that asks for it is a POST, so that no other site can begin a sign-in."""
    provider = _provider(request, provider_id)
    try:
        response: HttpResponse = OAuth2LoginView.adapter_view(EidClient(request, provider_id))(request)
    except (OAuth2Error, RequestException) as error:
        return _refusal(request, provider, error)
    if not isinstance(response, HttpResponseRedirect):
        return response
    # The content policy lets a form lead to the portal only, and Chromium holds its redirects to that too; so a page goes between.
    return render(request, "socialaccount/leaving.html", {"provider": provider, "address": response.url})


@login_not_required
@never_cache
@require_GET
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the eID sends the person back to, with a code or with an error."""
    provider = _provider(request, provider_id)
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(EidClient(request, provider_id))(request)
    except (OAuth2Error, RequestException) as error:  # django-allauth catches those of the tokens, not those of the discovery
        return _refusal(request, provider, error)
    return response


def _provider(request: HttpRequest, provider_id: str) -> EidProvider:
    try:
        provider: EidProvider = EidClient(request, provider_id).get_provider()
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return provider


def _refusal(request: HttpRequest, provider: EidProvider, error: Exception) -> HttpResponse:
    page: HttpResponse = render_authentication_error(request, provider, exception=error)
    return page
