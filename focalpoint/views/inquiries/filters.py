"""Saved filters of the queues."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from focalpoint.views.inquiries.queue import query_of, read_query
from inquiries.forms.casework import SaveFilterForm
from inquiries.models import SavedFilter
from inquiries.permissions import may_see_queues
from inquiries.querysets import QUEUES, reading_agencies
from inquiries.services import savedfilters
from organisations.permissions import person, requires


@requires(may_see_queues)
@require_http_methods(["GET", "HEAD", "POST"])
def filters(request: HttpRequest) -> HttpResponse:
    """One's own saved filters; sent to, it keeps the one that was shown."""
    if request.method != "POST":
        return _page(request)
    form = SaveFilterForm(request.POST, agencies=reading_agencies(request.user))
    name, narrowed = read_query(request, request.POST.get("query", ""))
    if form.is_valid() and not (narrowed.is_valid() and name in QUEUES):
        form.add_error(None, _("This filter can't be kept as it is. Narrow the queue anew and save it then."))
    if form.is_valid():
        given = form.cleaned_data
        try:
            saved = savedfilters.save(
                name=given["name"], query=query_of(narrowed, name), agency=given["agency"], by=person(request)
            )
        except savedfilters.UnableToSave as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The filter “%(name)s” is kept.") % {"name": saved.name})
            return redirect(f"{reverse('focalpoint:inquiries')}?{saved.query}")
    return _page(request, form=form, status=422)


@requires(may_see_queues)
@require_POST
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    saved = get_object_or_404(SavedFilter.objects.owned_by(request.user), pk=pk)
    form = SaveFilterForm(request.POST, agencies=reading_agencies(request.user))
    if form.is_valid():
        try:
            savedfilters.change(saved, name=form.cleaned_data["name"], agency=form.cleaned_data["agency"], by=person(request))
            return redirect("focalpoint:inquiry-filters")
        except savedfilters.UnableToSave as error:
            form.add_error(None, str(error))
    return _page(request, changed=(saved, form), status=422)


@requires(may_see_queues)
@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    savedfilters.delete(get_object_or_404(SavedFilter.objects.owned_by(request.user), pk=pk), by=person(request))
    return redirect("focalpoint:inquiry-filters")


def _page(
    request: HttpRequest,
    *,
    form: SaveFilterForm | None = None,
    changed: tuple[SavedFilter, SaveFilterForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    agencies = reading_agencies(request.user)
    own = []
    for saved in SavedFilter.objects.owned_by(request.user):
        initial = {"name": saved.name, "agency": saved.agency_id}
        own.append((saved, SaveFilterForm(initial=initial, agencies=agencies, auto_id=f"filter_{saved.pk}_%s")))
    if changed:
        own = [(saved, changed[1] if saved == changed[0] else each) for saved, each in own]
    context = {"own": own, "form": form, "query": request.POST.get("query", "")}
    return render(request, "focalpoint/inquiries/filters.html", context, status=status)
