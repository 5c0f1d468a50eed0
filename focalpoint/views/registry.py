"""Countersignature, and looking into the registry for a purpose and a reason."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.permissions import person, requires
from registry import gateway
from registry.disclosure import Audience, Field
from registry.forms import ConfirmForm, LookForm, PageForm, SegmentSearchForm, StrictForm
from registry.models import AgreementVersion
from registry.permissions import may_countersign, may_countersign_any, may_search_as_official, official_capacities
from registry.services import agreements as verbs
from registry.services import entries

PAGE = 50


@requires(may_countersign_any)
@never_cache
@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that firms have signed and that wait for the focal point, oldest first."""
    form = PageForm(request.GET)
    _refuse(form)
    waiting = AgreementVersion.objects.waiting_to_countersign().with_firm().order_by("signed_at", "pk")
    try:
        page = Paginator(waiting, PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "focalpoint/registry/agreements.html", {"page": page})


@requires(may_countersign_any)
@never_cache
@require_safe
def agreement(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    _refuse(StrictForm(request.GET))
    return _agreement(request, _version(pk))


@requires(may_countersign_any)
@require_POST
def countersign(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    version = _version(pk)
    try:
        verbs.countersign(version=version, sha256=request.POST.get("sha256", ""), by=person(request), now=timezone.now())
    except verbs.UnableToAgree as error:
        raise PermissionDenied from error
    except verbs.UnableToMove:
        return _agreement(request, _version(pk), status=409, refused=_why_not(_version(pk)))
    except verbs.UnableToSign:
        refused = _("The text is not the one that was shown. Read it again; if this returns, tell the administrator.")
        return _agreement(request, _version(pk), status=422, refused=refused)
    messages.success(request, _("Countersigned. The agreement is active, and each audience sees what it allows."))
    return redirect("focalpoint:agreements")


@requires(may_search_as_official)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def registry_look(request: HttpRequest) -> HttpResponse:
    """Ask the official for what and why, once for a piece of work."""
    form = LookForm(request.POST or None, capacities=official_capacities(request.user))
    if request.method == "POST" and form.is_valid():
        form.keep(request.session)
        return redirect("focalpoint:registry")
    return render(request, "focalpoint/registry/look.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(may_search_as_official)
@never_cache
@require_safe
def registry(request: HttpRequest) -> HttpResponse:
    said = LookForm.kept(request.session, capacities=official_capacities(request.user))
    if said is None:
        return redirect("focalpoint:registry-look")
    form = SegmentSearchForm(request.GET)
    context = {"form": form, "said": said.said}
    if not form.is_valid():
        return render(request, "focalpoint/registry/list.html", context, status=400 if form.has_unknown_parameters else 422)
    try:
        page = said.gate(request.user, today=timezone.localdate()).page(form.question, number=form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "focalpoint/registry/list.html", context | {"page": page})


@requires(may_search_as_official)
@never_cache
@require_safe
def registry_listed(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    _refuse(StrictForm(request.GET))
    said = LookForm.kept(request.session, capacities=official_capacities(request.user))
    if said is None:
        return redirect("focalpoint:registry-look")
    try:
        found = said.gate(request.user, today=timezone.localdate()).one(ref)
    except gateway.NotDisclosed as error:
        raise Http404 from error
    return _listed(request, found, said, ConfirmForm(listed=found))


@requires(may_countersign_any)
@never_cache
@require_POST
def registry_confirm(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Note that the official has a document or a register for a field of the entry; the firm reads it in its ledger."""
    said = LookForm.kept(request.session, capacities=official_capacities(request.user))
    if said is None:
        return redirect("focalpoint:registry-look")
    gate = said.gate(request.user, today=timezone.localdate())
    if gate.capacity.audience != Audience.FOCAL_POINT:
        raise PermissionDenied
    try:
        found = gate.one(ref)
        form = ConfirmForm(request.POST, listed=found)
        if form.is_valid() and _confirm(request, gate, ref, form):
            messages.success(request, _("Confirmed. It shows wherever this field shows, and the firm reads of it."))
            return redirect("focalpoint:registry-listed", ref=ref)
    except gateway.NotDisclosed as error:
        raise Http404 from error
    return _listed(request, found, said, form, status=422)


def _confirm(request: HttpRequest, gate: gateway.Gate, ref: uuid.UUID, form: ConfirmForm) -> bool:
    """Confirm, or say in the form why not."""
    sent = form.cleaned_data
    field = Field(sent["field"])
    try:
        entry_id = gate.subject(ref, field, fingerprint=sent["seen"], reason=sent["reason"])
        entries.confirm(
            entry_id=entry_id, field=field, level=sent["level"], reason=sent["reason"], by=person(request), now=timezone.now()
        )
    except gateway.HasChanged:
        form.add_error(None, _("The firm has changed its entry since you read it. Look again at what you confirm."))
        return False
    except entries.UnableToConfirm as error:
        raise PermissionDenied from error
    return True


def _listed(request: HttpRequest, found: gateway.Listed, said: LookForm, form: ConfirmForm, *, status: int = 200) -> HttpResponse:
    may_confirm_here = may_countersign_any(request.user) and said.is_for(Audience.FOCAL_POINT)
    context = {"listed": found, "said": said.said, "form": form, "may_confirm": may_confirm_here and found.values}
    return render(request, "focalpoint/registry/listed.html", context, status=status)


def _version(pk: uuid.UUID) -> AgreementVersion:
    """An agreement on the desk: signed, and whatever became of it since. What a firm only drafts is its own."""
    return get_object_or_404(AgreementVersion.objects.with_firm().exclude(signed_at=None), pk=pk)


def _agreement(request: HttpRequest, version: AgreementVersion, *, status: int = 200, refused: str = "") -> HttpResponse:
    context = {
        "version": version,
        "may_countersign": version.is_signed and may_countersign(request.user, version),
        "refused": refused,
    }
    return render(request, "focalpoint/registry/agreement.html", context, status=status)


def _why_not(version: AgreementVersion) -> str:
    if version.countersigned_by:
        return _("%(official)s was quicker: this agreement is already countersigned.") % {"official": version.countersigned_by}
    return _("The firm has changed or withdrawn this agreement since you opened it.")


def _refuse(form: StrictForm) -> None:
    if not form.is_valid():
        raise BadRequest(" ".join(str(error) for errors in form.errors.values() for error in errors))
