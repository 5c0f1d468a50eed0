"""Which official feeds are read, and how that goes."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import permissions
from advisories.forms import SourceForm
from advisories.forms.sources import SUGGESTED
from advisories.models import Source
from advisories.services import sources
from advisories.services.editing import UnableTo
from organisations.permissions import person, requires

PAGE = 50


@requires(permissions.may_keep_sources)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    rows = Source.objects.kept_by(request.user).select_related("agency").in_order()
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "are_read": settings.SOURCES_ARE_READ,
        "may_see_candidates": permissions.may_see_candidates(request.user),
    }
    return render(request, "focalpoint/advisories/sources.html", context)


@requires(permissions.may_keep_sources)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sources.add(words=form.words, by=person(request), now=timezone.now())
            return redirect("focalpoint:sources")
        except UnableTo as error:
            form.add_error(None, str(error))
    return _form(request, form)


@requires(permissions.may_keep_sources)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _kept(request, pk)
    form = SourceForm(request.POST or None, source=found)
    if request.method == "POST" and form.is_valid():
        try:
            sources.change(found, words=form.words, by=person(request), now=timezone.now())
            return redirect("focalpoint:sources")
        except UnableTo as error:
            form.add_error(None, str(error))
    return _form(request, form, found)


@requires(permissions.may_keep_sources)
@require_POST
def read(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have it read; by the clock, because a page must not wait for somebody else's server."""
    try:
        sources.read_soon(_kept(request, pk), by=person(request), now=timezone.now())
        messages.success(request, _("It is read within five minutes."))
    except UnableTo as error:
        messages.error(request, str(error))
    return redirect("focalpoint:sources")


def _kept(request: HttpRequest, pk: uuid.UUID) -> Source:
    return get_object_or_404(Source.objects.kept_by(request.user).select_related("agency"), pk=pk)


def _form(request: HttpRequest, form: SourceForm, source: Source | None = None) -> HttpResponse:
    taken = set(Source.objects.values_list("url", flat=True))
    suggested = [] if source else [(name, url) for name, url in SUGGESTED if url not in taken]
    context = {"form": form, "source": source, "suggested": suggested}
    return render(request, "focalpoint/advisories/source.html", context, status=422 if form.is_bound else 200)
