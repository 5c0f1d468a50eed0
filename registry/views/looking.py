"""Beyond the list: entries side by side, files of what was found, and searches kept under a name."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.looking import pages
from registry.looking.places import PAGES
from registry.views.entries import room_of


@login_not_required
@never_cache
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    room = room_of(request)
    return pages.compare(request, room) if room else redirect(PAGES.look)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    room = room_of(request)
    return pages.export(request, room) if room else redirect(PAGES.look)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def searches(request: HttpRequest) -> HttpResponse:
    room = room_of(request)
    return pages.searches(request, room) if room else redirect(PAGES.look)


@require_POST
def delete_search(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return pages.delete_search(request, PAGES, pk)
