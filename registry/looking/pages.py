"""The pages of looking, for the desk and for the registry's own pages, which differ in who comes in and in their frame."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import EmptyPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from organisations.models import User
from organisations.permissions import person
from registry import gateway
from registry.disclosure import Field
from registry.looking.exports import UnableToExport, Wanted
from registry.looking.exports import export as write_export
from registry.looking.facets import facets, region_map, switches
from registry.looking.forms import CompareForm, ExportForm, PageSearchForm, SaveSearchForm
from registry.looking.places import Places
from registry.models import FIELD_LABELS, Line, SavedSearch
from registry.permissions import PUBLIC, suits_suggesting
from registry.services import searches as verbs


@dataclass(frozen=True)
class Room:
    """Where one looks and with what leave; `said` is that in words, and `layout` the frame of the pages."""

    gate: gateway.Gate
    said: Mapping[str, Any]
    places: Places
    layout: str

    @property
    def context(self) -> dict[str, Any]:
        return {"said": self.said, "places": self.places, "layout": self.layout}

    def suggests(self, entries: Collection[gateway.Listed]) -> bool:
        """Whether from here one can suggest that these meet: two of them, as the focal point sees them for matchmaking."""
        is_there = bool(self.places.suggest) and suits_suggesting(self.gate.capacity, [self.gate.purpose])
        return is_there and len(entries) == 2

    @property
    def is_public(self) -> bool:
        return self.gate.capacity == PUBLIC


def listing(request: HttpRequest, room: Room) -> HttpResponse:
    """What was found, which is in the ledger before this returns."""
    form = PageSearchForm(request.GET)
    if not form.is_valid():
        return _refused(request, room, form)
    try:
        answer = room.gate.found(form.question, number=form.number)
    except EmptyPage as error:
        raise Http404 from error
    context = {
        "form": form,
        "page": answer.page,
        "facets": facets(form, answer.counts),
        "switches": switches(form),
        "shown_as": form.shown_as,
        "map": region_map(form, answer.counts) if form.shown_as == "map" else None,
        "query": form.said.urlencode(),
        "asked": [(name, value) for name, value in form.said.items() if name != "view"],
        "is_public": room.is_public,
        "most_exported": room.gate.most_exported,
    }
    return render(request, room.places.template, room.context | context)


@dataclass(frozen=True)
class Compared:
    """One field, and what each entry says in it; None where it shows nothing."""

    label: Any
    lines: list[Line | None]


def compare(request: HttpRequest, room: Room) -> HttpResponse:
    form = CompareForm(request.GET)
    context = room.context | {"form": form, "back": form.back}
    if not form.is_valid():
        return render(request, "registry/looking/compare.html", context, status=400 if form.has_unknown_parameters else 422)
    try:
        entries = room.gate.several(form.cleaned_data["entry"])
    except gateway.NotDisclosed as error:
        raise Http404 from error
    by_field = [listed.by_field for listed in entries]
    rows = [
        Compared(FIELD_LABELS[field], [lines.get(field) for lines in by_field])
        for field in Field
        if any(field in lines for lines in by_field)
    ]
    return render(
        request,
        "registry/looking/compare.html",
        context | {"entries": entries, "rows": rows, "may_suggest": room.suggests(entries)},
    )


def export(request: HttpRequest, room: Room) -> HttpResponse:
    """A file of all that a search finds. A person sends a form; the public has no form to forge, and no cookie for one."""
    if (request.method == "GET") != room.is_public:
        return HttpResponseNotAllowed(["GET" if room.is_public else "POST"])
    asked = (request.GET if room.is_public else request.POST).copy()
    asked.pop("csrfmiddlewaretoken", None)
    form = ExportForm(asked)
    if not form.is_valid():
        return _refused(request, room, form)
    wanted = Wanted(form.question, form.cleaned_data["format"], str(room.said["capacity"]), str(room.said["purpose"]))
    try:
        return write_export(room.gate, wanted)
    except UnableToExport as error:
        form.add_error(None, str(error))
        return _refused(request, room, form)


def searches(request: HttpRequest, room: Room) -> HttpResponse:
    """The person's saved searches in this capacity; by POST one more."""
    by = person(request)
    form = SaveSearchForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        try:
            verbs.save(name=form.cleaned_data["name"], query=form.cleaned_data["query"], capacity=room.gate.capacity, by=by)
        except verbs.UnableToSave as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. It asks again each time you open it, and each time it is in the ledger."))
            return redirect(room.places.searches)
    context = room.context | {"form": form, "searches": _searches_of(by, room)}
    return render(request, "registry/looking/searches.html", context, status=422 if form else 200)


def delete_search(request: HttpRequest, places: Places, pk: uuid.UUID) -> HttpResponse:
    if not verbs.delete(search=pk, by=person(request)):
        raise Http404
    messages.success(request, _("Deleted."))
    return redirect(places.searches)


def _searches_of(by: User, room: Room) -> list[SavedSearch]:
    capacity = room.gate.capacity
    return list(SavedSearch.objects.of(by, audience=capacity.audience, organisation=capacity.organisation))


def _refused(request: HttpRequest, room: Room, form: PageSearchForm) -> HttpResponse:
    status = 400 if form.has_unknown_parameters else 422
    return render(request, room.places.template, room.context | {"form": form}, status=status)
