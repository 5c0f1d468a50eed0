"""The firm's pages on its own entry, and the pages on which others look."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import EmptyPage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from organisations.models import Organisation
from organisations.permissions import firms_of, person, requires
from registry import gateway
from registry.disclosure import Purpose
from registry.forms import (
    EntryForm,
    LookForm,
    SegmentSearchForm,
    StrictForm,
    activities_form,
)
from registry.models import AUDIENCE_LABELS, LOOK_LABELS, AgreementVersion, Entry
from registry.permissions import PUBLIC, Capacity, capacities, may_edit_entry, may_open_entry
from registry.services import entries

AddressForm = TypeVar("AddressForm", bound=StrictForm)
CHANGES_SHOWN = 10
VERSIONS_SHOWN = 20


# --- the firm's own entry -------------------------------------------------------------------------------------------


@requires(may_open_entry)
@never_cache
@require_safe
def entry(request: HttpRequest) -> HttpResponse:
    refuse_parameters(request)
    firm = firm_of(request)
    held = entry_of(firm)
    context = {
        "firm": firm,
        "entry": held,
        "activities": held.activities.select_related("segment").order_by("segment__code", "role") if held else (),
        "changes": held.changes.select_related("by").order_by("-pk")[:CHANGES_SHOWN] if held else (),
        "may_edit": may_edit_entry(request.user, firm),
        "active": active_of(held),
    }
    return render(request, "registry/entry.html", context)


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entry_edit(request: HttpRequest) -> HttpResponse:
    firm = firm_of(request)
    if not may_edit_entry(request.user, firm):
        raise PermissionDenied
    held = entry_of(firm)
    starting = {"legal_name": firm.name, "country": firm.country, "registration_number": firm.registration_number}
    form = EntryForm(request.POST or None, instance=held, initial={} if held else starting)
    formset = activities_form(request.POST or None, entry=held)
    if request.method == "POST" and form.is_valid() & formset.is_valid():
        try:
            entries.save_entry(
                organisation=firm,
                values=form.cleaned_data,
                activities=formset.activities,
                by=person(request),
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Your entry is saved."))
            return redirect("registry:entry")
    context = {"firm": firm, "form": form, "formset": formset}
    return render(request, "registry/entry_edit.html", context, status=422 if form.is_bound else 200)


# --- looking --------------------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The registry as the visitor may see it; everybody but the public says first for what."""
    gate, said = _gate(request)
    if gate is None:
        return redirect("registry:look")
    form = SegmentSearchForm(request.GET)
    context = {"form": form, "said": said, "layout": _layout(request)}
    if not form.is_valid():
        return render(request, "registry/list.html", context, status=400 if form.has_unknown_parameters else 422)
    try:
        page = gate.page(form.question, number=form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "registry/list.html", context | {"page": page})


@login_not_required
@never_cache
@require_safe
def listed(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    refuse_parameters(request)
    gate, said = _gate(request)
    if gate is None:
        return redirect("registry:look")
    try:
        found = gate.one(ref)
    except gateway.NotDisclosed as error:
        raise Http404 from error
    return render(request, "registry/listed.html", {"listed": found, "said": said, "layout": _layout(request)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """Ask for what and why; kept in the session until it is asked again or the session ends."""
    named = _named_capacities(request)
    if not named:
        return redirect("registry:list")
    form = LookForm(request.POST or None, capacities=named)
    if request.method == "POST" and form.is_valid():
        form.keep(request.session)
        return redirect("registry:list")
    return render(request, "registry/look.html", {"form": form}, status=422 if form.is_bound else 200)


# --- below the pages ------------------------------------------------------------------------------------------------


def firm_of(request: HttpRequest) -> Organisation:
    return firms_of(request.user)[0]


def entry_of(firm: Organisation) -> Entry | None:
    return Entry.objects.filter(organisation=firm).select_related("organisation").first()


def entry_or_404(firm: Organisation) -> Entry:
    return get_object_or_404(Entry.objects.select_related("organisation"), organisation=firm)


def versions_of(held: Entry | None) -> list[AgreementVersion]:
    """The latest versions of the entry's agreement, newest first."""
    if held is None:
        return []
    return list(AgreementVersion.objects.filter(agreement__entry=held).with_firm().order_by("-number")[:VERSIONS_SHOWN])


def active_of(held: Entry | None) -> AgreementVersion | None:
    return next((version for version in versions_of(held) if version.is_active), None)


def refuse_parameters(request: HttpRequest) -> None:
    strict(StrictForm(request.GET))


def strict(form: AddressForm) -> AddressForm:
    if not form.is_valid():
        raise BadRequest(" ".join(str(error) for errors in form.errors.values() for error in errors))
    return form


def _layout(request: HttpRequest) -> str:
    return "layouts/firm.html" if request.user.is_authenticated else "layouts/public.html"


def _named_capacities(request: HttpRequest) -> list[Capacity]:
    return [capacity for capacity in capacities(request.user, today=timezone.localdate()) if capacity != PUBLIC]


def _gate(request: HttpRequest) -> tuple[gateway.Gate | None, dict[str, Any]]:
    """Return leave to look and what was said for it; none to those who have still to say it."""
    today = timezone.localdate()
    named = _named_capacities(request)
    if not named:
        purpose = gateway.USUAL_PURPOSES[PUBLIC.audience]
        gate = gateway.disclosed(request.user, purpose, "", today=today, capacity=PUBLIC)
        return gate, {"capacity": AUDIENCE_LABELS[PUBLIC.audience], "purpose": LOOK_LABELS[Purpose(purpose)]}
    form = LookForm.kept(request.session, capacities=named)
    if form is None:
        return None, {}
    return form.gate(request.user, today=today), form.said
