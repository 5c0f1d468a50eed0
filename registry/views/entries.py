"""The firm's pages on its own entry, and the pages on which others look."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_stubs_ext import StrPromise

from organisations.models import Kind, Organisation
from organisations.permissions import firms_of, person, requires
from registry import gateway
from registry.completeness import completeness
from registry.disclosure import Field, Purpose
from registry.forms import (
    EntryForms,
    LookForm,
    StrictForm,
    typed_values,
)
from registry.looking import pages
from registry.looking.places import PAGES
from registry.models import (
    AUDIENCE_LABELS,
    FIELD_LABELS,
    LOOK_LABELS,
    AgreementVersion,
    Correction,
    CorrectionState,
    Delay,
    Entry,
    EntryDraft,
    Merge,
    lines,
)
from registry.permissions import PUBLIC, may_edit_entry, may_edit_some_entry, may_open_entry, may_sign, named_capacities
from registry.querysets import DelayQuerySet
from registry.services import entries
from registry.services.projection import evidence, own
from registry.services.renewal import fingerprint

AddressForm = TypeVar("AddressForm", bound=StrictForm)
CHANGES_SHOWN = 10
ASKED_BEFORE = timedelta(days=30)  # as the first letter does
VERSIONS_SHOWN = 20


# --- the firm's own entry -------------------------------------------------------------------------------------------


@requires(may_open_entry)
@never_cache
@require_safe
def entry(request: HttpRequest) -> HttpResponse:
    refuse_parameters(request)
    return entry_page(request)


def entry_page(request: HttpRequest, *, status: int = 200, refused: str = "") -> HttpResponse:
    firm = firm_of(request)
    held = entry_of(firm)
    measured = completeness(own(held), is_institute=firm.kind == Kind.INSTITUTE) if held else None
    context = {
        "firm": firm,
        "entry": held,
        "completeness": measured,
        "missing": [FIELD_LABELS[field] for field in measured.missing] if measured else (),
        "lines": lines(own(held), evidence(held)) if held else (),
        "confirmations": held.evidence.confirmations()[:CHANGES_SHOWN] if held else (),
        "draft": draft_of(firm),
        "activities": held.activities.select_related("segment").order_by("segment__code", "role") if held else (),
        "changes": held.changes.select_related("by").order_by("-pk")[:CHANGES_SHOWN] if held else (),
        "may_edit": may_edit_entry(request.user, firm),
        "active": active_of(held),
        "refused": refused,
        "merges": Merge.objects.open().read_by_firm(request.user).with_firms().order_by("pk")[:CHANGES_SHOWN],
        "may_sign": may_sign(request.user, firm),
        "corrections": _corrections(held),
        "seen": fingerprint(held) if held else "",
        "is_due": held is not None and held.due_on - ASKED_BEFORE <= timezone.localdate(),
    }
    return render(request, "registry/entry.html", context, status=status)


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entry_edit(request: HttpRequest) -> HttpResponse:
    firm = firm_of(request)
    if not may_edit_entry(request.user, firm):
        raise PermissionDenied
    held = entry_of(firm)
    if held and held.is_merged:
        return redirect("registry:entry")
    starting = {"legal_name": firm.name, "country": firm.country, "registration_number": firm.registration_number}
    draft = None if request.method == "POST" else draft_of(firm)
    if draft:
        form = EntryForms.of_draft(draft, kind=firm.kind, entry=held)
    else:
        form = EntryForms.of(request.POST or None, kind=firm.kind, entry=held, initial={} if held else starting)
    if request.method == "POST" and form.is_valid():
        try:
            entries.save_entry(
                organisation=firm,
                values=form.values,
                activities=form.activities.activities,
                memberships=form.entry.cleaned_data["memberships"],
                by=person(request),
                now=timezone.now(),
            )
        except ValidationError as error:
            form.entry.add_error(None, error)
        else:
            messages.success(request, _("Your entry is saved."))
            return redirect("registry:entry")
    context = {"firm": firm, "form": form, "draft": draft}
    return render(request, "registry/entry_edit.html", context, status=422 if form.is_bound else 200)


@requires(may_edit_some_entry)
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Keep what is typed for later. Scripts ask for no page: after a pause in typing they send the form and read the status."""
    firm = firm_of(request)
    try:
        entries.keep_draft(organisation=firm, typed=typed_values(request.POST), by=person(request), now=timezone.now())
    except entries.UnableToSave as error:
        raise PermissionDenied from error
    except entries.UnableToKeep as error:
        raise BadRequest(_("This is longer than an entry can be; nothing of it was kept.")) from error
    if request.headers.get("X-Draft") == "pause":
        return HttpResponse(status=204)
    messages.success(request, _("Kept for later. Nobody outside your firm sees it before you save the entry."))
    return redirect("registry:entry")


@requires(may_edit_some_entry)
@require_POST
def discard_draft(request: HttpRequest) -> HttpResponse:
    try:
        was_there = entries.discard_draft(organisation=firm_of(request), by=person(request))
    except entries.UnableToSave as error:
        raise PermissionDenied from error
    if was_there:
        messages.success(request, _("The draft is gone; your entry is as it was saved."))
    return redirect("registry:entry")


# --- looking --------------------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The registry as the visitor may see it; everybody but the public says first for what."""
    room = room_of(request)
    return pages.listing(request, room) if room else redirect("registry:look")


@login_not_required
@never_cache
@require_safe
def listed(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    refuse_parameters(request)
    room = room_of(request)
    if room is None:
        return redirect("registry:look")
    try:
        found = room.gate.one(ref)
    except gateway.NotDisclosed as error:
        raise Http404 from error
    may_meet = room.gate.own_entry is not None and room.gate.purpose == Purpose.MATCHMAKING
    return render(request, "registry/listed.html", room.context | {"listed": found, "may_meet": may_meet})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """Ask for what and why; kept in the session until it is asked again or the session ends."""
    named = named_capacities(request.user, today=timezone.localdate())
    if not named:
        return redirect("registry:list")
    form = LookForm(request.POST or None, capacities=named, delays=_delays(request))
    if request.method == "POST" and form.is_valid():
        form.keep(request.session)
        return redirect("registry:list")
    return render(request, "registry/look.html", {"form": form}, status=422 if form.is_bound else 200)


# --- below the pages ------------------------------------------------------------------------------------------------


def firm_of(request: HttpRequest) -> Organisation:
    return firms_of(request.user)[0]


def entry_of(firm: Organisation) -> Entry | None:
    return Entry.objects.filter(organisation=firm).select_related("organisation", "merged_into__organisation").first()


def draft_of(firm: Organisation) -> EntryDraft | None:
    return EntryDraft.objects.filter(organisation=firm).select_related("by").first()


def entry_or_404(firm: Organisation) -> Entry:
    return get_object_or_404(Entry.objects.select_related("organisation"), organisation=firm)


def versions_of(held: Entry | None) -> list[AgreementVersion]:
    """The latest versions of the entry's agreement, newest first."""
    if held is None:
        return []
    return list(AgreementVersion.objects.filter(agreement__entry=held).with_firm().order_by("-number")[:VERSIONS_SHOWN])


def _corrections(held: Entry | None) -> list[tuple[StrPromise, Correction]]:
    """What registers say otherwise and nobody has answered."""
    found = held.corrections.filter(state=CorrectionState.OPEN).order_by("pk")[:CHANGES_SHOWN] if held else ()
    return [(FIELD_LABELS[Field(correction.field)], correction) for correction in found]


def active_of(held: Entry | None) -> AgreementVersion | None:
    return next((version for version in versions_of(held) if version.is_active), None)


def refuse_parameters(request: HttpRequest) -> None:
    strict(StrictForm(request.GET))


def strict(form: AddressForm) -> AddressForm:
    if not form.is_valid():
        raise BadRequest(" ".join(str(error) for errors in form.errors.values() for error in errors))
    return form


def _delays(request: HttpRequest) -> DelayQuerySet:
    return Delay.objects.usable_by(request.user, today=timezone.localdate())


def room_of(request: HttpRequest) -> pages.Room | None:
    """Where the visitor looks and with what leave; None for those who have still to say for what."""
    today = timezone.localdate()
    layout = "layouts/firm.html" if request.user.is_authenticated else "layouts/public.html"
    named = named_capacities(request.user, today=today)
    if not named:
        purpose = gateway.USUAL_PURPOSES[PUBLIC.audience]
        gate = gateway.disclosed(request.user, purpose, "", today=today, capacity=PUBLIC)
        said = {"capacity": AUDIENCE_LABELS[PUBLIC.audience], "purpose": LOOK_LABELS[Purpose(purpose)]}
        return pages.Room(gate, said, PAGES, layout)
    form = LookForm.kept(request.session, capacities=named, delays=_delays(request))
    return pages.Room(form.gate(request.user, today=today), form.said, PAGES, layout) if form else None
