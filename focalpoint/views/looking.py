"""Officials look into the registry: for a purpose and a reason, said once for a piece of work."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from focalpoint.views.delays import kept_look
from organisations.permissions import requires
from registry.looking import pages
from registry.looking.places import DESK
from registry.permissions import may_search_as_official


@requires(may_search_as_official)
@never_cache
@require_safe
def registry(request: HttpRequest) -> HttpResponse:
    room = _room(request)
    return pages.listing(request, room) if room else redirect(DESK.look)


@requires(may_search_as_official)
@never_cache
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    room = _room(request)
    return pages.compare(request, room) if room else redirect(DESK.look)


@requires(may_search_as_official)
@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    room = _room(request)
    return pages.export(request, room) if room else redirect(DESK.look)


@requires(may_search_as_official)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def searches(request: HttpRequest) -> HttpResponse:
    room = _room(request)
    return pages.searches(request, room) if room else redirect(DESK.look)


@requires(may_search_as_official)
@require_POST
def delete_search(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return pages.delete_search(request, DESK, pk)


def _room(request: HttpRequest) -> pages.Room | None:
    """None for an official who has still to say for what."""
    form = kept_look(request)
    if form is None:
        return None
    return pages.Room(form.gate(request.user, today=timezone.localdate()), form.said, DESK, "layouts/desk.html")
