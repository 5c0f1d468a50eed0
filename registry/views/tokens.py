"""Tokens for programs that look at the registry: made by who looks, bound to an audience and purposes, shown once."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from organisations.adapters import has_second_factor, way_to_second_factor
from organisations.permissions import person
from organisations.services import UnableToMakeToken, revoke_token
from registry.disclosure import Audience
from registry.forms import LookTokenForm
from registry.models import LookToken
from registry.permissions import Capacity, named_capacities
from registry.services import looking
from registry.views.entries import refuse_parameters

MOST_SHOWN = 50


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """A person's own tokens that look, and a form to make one, which shows its secret this once."""
    refuse_parameters(request)
    named = _capacities(request)
    if not has_second_factor(request):
        return _ask_second_factor(request)
    owner, today = person(request), timezone.localdate()
    form = LookTokenForm(request.POST if request.method == "POST" else None, capacities=named)
    made = None
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = looking.make_token(
                name=said["name"],
                capacity=form.chosen,
                purposes=said["purposes"],
                days=said["days"],
                form=said["once"],
                by=owner,
                today=today,
                suggests=said.get("suggests", False),
            )
        except UnableToMakeToken as error:
            form.add_error(None, str(error))
    found = LookToken.objects.of(owner)[:MOST_SHOWN]
    rows = [(bound, Capacity(Audience(bound.audience), bound.organisation) in named) for bound in found]
    context = {
        "made": made,
        "form": LookTokenForm(capacities=named) if made else form,
        "rows": rows,
        "today": today,
        "may_make": bool(named),
    }
    return render(request, "registry/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Also for who looks no more: a token that stands still can be ended for good."""
    if not has_second_factor(request):
        return _ask_second_factor(request)
    bound = get_object_or_404(LookToken.objects.of(person(request)), pk=pk)
    revoke_token(bound.token, by=person(request), today=timezone.localdate())
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": bound.token.name})
    return redirect("registry:tokens")


def _capacities(request: HttpRequest) -> list[Capacity]:
    """In which capacities the person looks; refuses who looks in none but the public's, and has no token either."""
    named = named_capacities(request.user, today=timezone.localdate())
    if not named and not LookToken.objects.of(person(request)).exists():
        raise PermissionDenied
    return named


def _ask_second_factor(request: HttpRequest) -> HttpResponse:
    """A token outlives the session that made it."""
    return redirect(way_to_second_factor(request, back=reverse("registry:tokens")))
