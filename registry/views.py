"""The firm's pages on its own entry, and the pages on which others look."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.models import Kind, Organisation
from organisations.permissions import firms_of, person, requires
from registry import gateway, lifecycle
from registry.completeness import completeness
from registry.disclosure import TEMPLATES, Purpose, Terms
from registry.forms import (
    EntryForms,
    LookForm,
    PageForm,
    SegmentSearchForm,
    StrictForm,
    TermsForm,
    contradiction,
    typed_values,
)
from registry.models import AUDIENCE_LABELS, FIELD_LABELS, LOOK_LABELS, AgreementVersion, Entry, EntryDraft, Look, lines
from registry.permissions import (
    PUBLIC,
    Capacity,
    capacities,
    may_edit_entry,
    may_edit_some_entry,
    may_open_entry,
    may_propose,
    may_sign,
)
from registry.services import agreements, entries
from registry.services.projection import evidence, own, sights

AddressForm = TypeVar("AddressForm", bound=StrictForm)
LEDGER_PAGE = 50
CHANGES_SHOWN = 10
VERSIONS_SHOWN = 20
TEMPLATE_LABELS = {
    "public-profile": gettext_lazy("Public profile"),
    "associations-only": gettext_lazy("Associations only"),
    "government-outreach-only": gettext_lazy("Government outreach only"),
    "statistics-only": gettext_lazy("Statistics only"),
}


# --- the firm's own entry -------------------------------------------------------------------------------------------


@requires(may_open_entry)
@never_cache
@require_safe
def entry(request: HttpRequest) -> HttpResponse:
    _refuse_parameters(request)
    firm = _firm(request)
    held = _entry(firm)
    measured = completeness(own(held), is_institute=firm.kind == Kind.INSTITUTE) if held else None
    context = {
        "firm": firm,
        "entry": held,
        "completeness": measured,
        "missing": [FIELD_LABELS[field] for field in measured.missing] if measured else (),
        "lines": lines(own(held), evidence(held)) if held else (),
        "confirmations": held.evidence.confirmations()[:CHANGES_SHOWN] if held else (),
        "draft": _draft(firm),
        "activities": held.activities.select_related("segment").order_by("segment__code", "role") if held else (),
        "changes": held.changes.select_related("by").order_by("-pk")[:CHANGES_SHOWN] if held else (),
        "may_edit": may_edit_entry(request.user, firm),
        "active": _active(held),
    }
    return render(request, "registry/entry.html", context)


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entry_edit(request: HttpRequest) -> HttpResponse:
    firm = _firm(request)
    if not may_edit_entry(request.user, firm):
        raise PermissionDenied
    held = _entry(firm)
    starting = {"legal_name": firm.name, "country": firm.country, "registration_number": firm.registration_number}
    draft = None if request.method == "POST" else _draft(firm)
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
    firm = _firm(request)
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
        was_there = entries.discard_draft(organisation=_firm(request), by=person(request))
    except entries.UnableToSave as error:
        raise PermissionDenied from error
    if was_there:
        messages.success(request, _("The draft is gone; your entry is as it was saved."))
    return redirect("registry:entry")


# --- the agreement --------------------------------------------------------------------------------------------------


@requires(may_open_entry)
@never_cache
@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    _refuse_parameters(request)
    return _agreement(request, _firm(request))


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    firm = _firm(request)
    if not may_propose(request.user, firm):
        raise PermissionDenied
    held = _entry_or_404(firm)
    form = TermsForm(request.POST or None, today=timezone.localdate(), terms=_starting_terms(request, held))
    if request.method == "POST" and form.is_valid() and _offer(request, held, form):
        return redirect("registry:agreement")
    context = {"firm": firm, "form": form, "starts": TEMPLATE_LABELS}
    return render(request, "registry/propose.html", context, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@require_POST
def sign(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    firm = _firm(request)
    version = get_object_or_404(AgreementVersion.objects.visible_to(request.user).with_firm(), pk=pk)
    try:
        agreements.sign(version=version, sha256=request.POST.get("sha256", ""), by=person(request), now=timezone.now())
    except agreements.UnableToAgree as error:
        raise PermissionDenied from error
    except agreements.UnableToMove:
        return _agreement(request, firm, status=409, refused=_("This version can't be signed any more."))
    except agreements.UnableToSign:
        return _agreement(request, firm, status=422, refused=_("The text has changed since you saw it. Read it again, then sign."))
    messages.success(request, _("Signed. The focal point now has to countersign; until then nobody sees anything new."))
    return redirect("registry:agreement")


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    firm = _firm(request)
    if not may_sign(request.user, firm):
        raise PermissionDenied
    held = _entry_or_404(firm)
    if request.method != "POST":
        return render(request, "registry/withdraw.html", {"firm": firm, "active": _active(held)})
    try:
        agreements.withdraw(entry=held, by=person(request), now=timezone.now())
    except agreements.NothingToWithdraw:
        messages.info(request, _("There was nothing left to withdraw: nobody sees your entry."))
    else:
        messages.success(request, _("Withdrawn. From this moment nobody sees your entry."))
    return redirect("registry:agreement")


@requires(may_open_entry)
@never_cache
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    form = _strict(PageForm(request.GET))
    held = _entry(_firm(request))
    looks = Look.objects.at(held.pk) if held else Look.objects.none()
    try:
        page = Paginator(looks, LEDGER_PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "registry/ledger.html", {"page": page, "entry": held})


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
    _refuse_parameters(request)
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


def _firm(request: HttpRequest) -> Organisation:
    return firms_of(request.user)[0]


def _entry(firm: Organisation) -> Entry | None:
    return Entry.objects.filter(organisation=firm).select_related("organisation").first()


def _draft(firm: Organisation) -> EntryDraft | None:
    return EntryDraft.objects.filter(organisation=firm).select_related("by").first()


def _entry_or_404(firm: Organisation) -> Entry:
    return get_object_or_404(Entry.objects.select_related("organisation"), organisation=firm)


def _versions(held: Entry | None) -> list[AgreementVersion]:
    """The latest versions of the entry's agreement, newest first."""
    if held is None:
        return []
    return list(AgreementVersion.objects.filter(agreement__entry=held).with_firm().order_by("-number")[:VERSIONS_SHOWN])


def _active(held: Entry | None) -> AgreementVersion | None:
    return next((version for version in _versions(held) if version.is_active), None)


def _agreement(request: HttpRequest, firm: Organisation, *, status: int = 200, refused: str = "") -> HttpResponse:
    held = _entry(firm)
    versions = _versions(held)
    pending = next((version for version in versions if version.state in lifecycle.PENDING_STATES), None)
    active = next((version for version in versions if version.is_active), None)
    shown = pending or active
    context = {
        "firm": firm,
        "entry": held,
        "versions": versions,
        "pending": pending,
        "active": active,
        "shown": shown,
        "sights": sights(held, shown.terms) if held and shown else [],
        "may_propose": may_propose(request.user, firm),
        "may_sign": may_sign(request.user, firm),
        "refused": refused,
    }
    return render(request, "registry/agreement.html", context, status=status)


def _starting_terms(request: HttpRequest, held: Entry) -> Terms | None:
    """The terms with which the table starts: a template by name, or what was proposed last."""
    unknown = set(request.GET) - {"start"}
    start = request.GET.get("start")
    if unknown or (start is not None and start not in TEMPLATES):
        raise BadRequest(_("There is no such agreement to start from."))
    if start:
        return TEMPLATES[start]
    return next((version.terms for version in _versions(held)), None)


def _offer(request: HttpRequest, held: Entry, form: TermsForm) -> bool:
    said = form.cleaned_data
    try:
        agreements.offer(
            entry=held,
            terms=said["terms"],
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
            by=person(request),
            now=timezone.now(),
        )
    except agreements.UnableToOffer as error:
        for (audience, _purpose), telling in error.contradictions:
            form.add_error(None, contradiction(audience, telling))
        return False
    messages.success(request, _("Proposed. Look at what each audience would see; a signatory can then sign."))
    return True


def _refuse_parameters(request: HttpRequest) -> None:
    _strict(StrictForm(request.GET))


def _strict(form: AddressForm) -> AddressForm:
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
