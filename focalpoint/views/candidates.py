"""What official sources say: an inbox from which advisories are drafted."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from advisories import permissions
from advisories.forms import CandidatesForm
from advisories.models import Candidate, Source
from advisories.querysets import CandidateQuerySet
from advisories.services import candidates
from advisories.services.editing import UnableTo
from organisations.permissions import person, requires

PAGE = 25


@requires(permissions.may_see_candidates)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    form = _narrowing(request)
    rows = Candidate.objects.visible_to(request.user)
    rows = _narrowed(rows, form) if form.is_valid() else rows.none()
    context = {
        "form": form,
        "page": Paginator(rows.for_list().newest_first(), PAGE).get_page(request.GET.get("page")),
        "may_keep_sources": permissions.may_keep_sources(request.user),
        "narrowing": _query(request),
    }
    return render(request, "focalpoint/advisories/candidates.html", context, status=200 if form.is_valid() else 422)


@requires(permissions.may_see_candidates)
@require_POST
def draft(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin a draft and go on writing it."""
    try:
        made = candidates.draft(_visible(request, pk), by=person(request), now=timezone.now())
    except UnableTo as error:
        messages.error(request, str(error))
        return _back(request)
    return redirect("focalpoint:advisory-edit" if permissions.may_edit(request.user, made) else "focalpoint:advisory", pk=made.pk)


@requires(permissions.may_see_candidates)
@require_POST
def put_aside(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _visible(request, pk)
    try:
        candidates.put_aside(found, by=person(request), now=timezone.now())
        messages.success(request, _("“%(title)s” was put aside. Take it back among those put aside.") % {"title": found.title})
    except UnableTo as error:
        messages.error(request, str(error))
    return _back(request)


@requires(permissions.may_see_candidates)
@require_POST
def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _visible(request, pk)
    try:
        candidates.take_back(found, by=person(request))
        messages.success(request, _("“%(title)s” is new again.") % {"title": found.title})
    except UnableTo as error:
        messages.error(request, str(error))
    return _back(request)


def _visible(request: HttpRequest, pk: uuid.UUID) -> Candidate:
    return get_object_or_404(Candidate.objects.visible_to(request.user), pk=pk)


def _narrowing(request: HttpRequest) -> CandidatesForm:
    sources = Source.objects.with_candidates_for(request.user)
    return CandidatesForm(request.GET, sources=sources)


def _narrowed(rows: CandidateQuerySet, form: CandidatesForm) -> CandidateQuerySet:
    wanted = form.cleaned_data
    if wanted["state"] != "all":
        rows = rows.filter(state=wanted["state"])
    if wanted["source"]:
        rows = rows.filter(source=wanted["source"])
    return rows.on(wanted["segment"]) if wanted["segment"] else rows


def _query(request: HttpRequest) -> str:
    """What narrows the list and which page of it is shown, to come back to."""
    names = ("state", "source", "segment", "page")
    return urlencode({name: request.GET[name] for name in names if request.GET.get(name)})


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was; its query is in the address of the form's page, and nothing else is taken from it."""
    query = _query(request)
    return redirect(reverse("focalpoint:candidates") + (f"?{query}" if query else ""))
