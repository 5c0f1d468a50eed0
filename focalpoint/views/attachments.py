"""Files of an advisory, at the desk: added, removed and read."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import permissions
from advisories.forms import RemoveForm
from advisories.models import Advisory
from advisories.services import attaching, editing
from advisories.transfers import hand_out
from focalpoint import crossings
from organisations.permissions import person, requires


@crossings.with_files
@requires(permissions.may_draft)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Those that it has, each with a button that removes it, and a form for more."""
    found = _editable(request, pk)
    if request.method != "POST":
        return _page(request, found, crossings.AttachForm(initial={"revision": found.revision}))
    form = crossings.AttachForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            attaching.attach(found, **form.cleaned_data, by=person(request), now=timezone.now())
            return redirect("focalpoint:advisory-files", pk=pk)
        except editing.UnableTo as error:
            form.add_error("files", str(error))
    return _page(request, found, form, status=422)


@requires(permissions.may_draft)
@require_POST
def remove(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    found, form = _editable(request, pk), RemoveForm(request.POST)
    empty = crossings.AttachForm(initial={"revision": found.revision})
    if not form.is_valid():
        return _page(request, found, empty, status=422, refused=form.why)
    try:
        attaching.remove(found, file=ref, revision=form.cleaned_data["revision"], by=person(request), now=timezone.now())
    except editing.UnableTo as error:
        return _page(request, found, empty, status=409, refused=str(error))
    return redirect("focalpoint:advisory-files", pk=pk)


@requires(permissions.may_see_desk)
@require_safe
def file(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponseBase:
    """A file of what the official sees at the desk; one that was removed for those alone who may compare revisions."""
    found = get_object_or_404(Advisory.objects.for_desk(request.user).select_related("agency"), pk=pk)
    files = found.attachments if permissions.may_compare(request.user, found) else found.attachments.standing()
    return hand_out(request, get_object_or_404(files.select_related("content"), pk=ref), is_public=False)


def _editable(request: HttpRequest, pk: uuid.UUID) -> Advisory:
    found = get_object_or_404(Advisory.objects.for_desk(request.user).for_list(), pk=pk)
    if not permissions.may_edit(request.user, found):
        raise PermissionDenied
    return found


def _page(
    request: HttpRequest, found: Advisory, form: crossings.AttachForm, *, status: int = 200, refused: str = ""
) -> HttpResponse:
    context = {"advisory": found, "form": form, "refused": refused, "most": attaching.MOST_FILES, "bytes": attaching.MOST_BYTES}
    return render(request, "focalpoint/advisories/attachments.html", context, status=status)
