"""Two entries that an official takes for one firm's."""

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
from registry.forms import LookForm, PageForm
from registry.forms.merging import MergeForm, NamesForm
from registry.models import Merge
from registry.permissions import may_countersign_any, official_capacities
from registry.services import merging

PAGE = 50


@requires(may_countersign_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Choose the other entry among those whose name the official may see, and say why."""
    said = LookForm.kept(request.session, capacities=official_capacities(request.user))
    if said is None:
        return redirect("focalpoint:registry-look")
    gate = said.gate(request.user, today=timezone.localdate())
    if gate.capacity.audience != Audience.FOCAL_POINT:
        raise PermissionDenied
    try:
        found = gate.one(ref)
    except gateway.NotDisclosed as error:
        raise Http404 from error
    if not found.legal_name:
        raise Http404
    names = NamesForm(request.GET, initial={"words": max(found.legal_name.split(), key=len)})
    if not names.is_valid():
        raise BadRequest
    words = names.cleaned_data["words"] or names.initial["words"]
    others = [listed for listed in gate.page(gateway.Question(words=words)) if listed.legal_name and listed.ref != ref]
    form = MergeForm(request.POST if request.method == "POST" else None, others=others)
    if form.is_valid() and _propose(request, gate, found, form):
        messages.success(request, _("Proposed. The firm agrees, or a second official first finds that it is one firm."))
        return redirect("focalpoint:merges")
    context = {"listed": found, "form": form, "names": names, "words": words, "others": others}
    return render(request, "focalpoint/registry/merge.html", context, status=422 if form.is_bound else 200)


def _propose(request: HttpRequest, gate: gateway.Gate, found: gateway.Listed, form: MergeForm) -> bool:
    """Propose, or say in the form why not."""
    reason = form.cleaned_data["reason"]
    try:
        other = gate.one(form.other_ref)
        this_id, other_id = (
            gate.subject(listed.ref, Field.LEGAL_NAME, fingerprint=listed.fingerprint, reason=reason) for listed in (found, other)
        )
        survivor_id, loser_id = (this_id, other_id) if form.this_stays else (other_id, this_id)
        merging.propose(loser_id=loser_id, survivor_id=survivor_id, reason=reason, by=person(request), now=timezone.now())
    except (gateway.NotDisclosed, gateway.HasChanged):
        form.add_error(None, _("One of the entries has changed since you read it. Look again."))
    except merging.UnableToMerge:
        form.add_error(None, _("These two can't be merged: one is merged already or proposed to be, or you act for the firm."))
    else:
        return True
    return False


@requires(may_countersign_any)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What is proposed and not answered, the oldest first."""
    form = PageForm(request.GET)
    if not form.is_valid():
        raise BadRequest
    try:
        page = Paginator(Merge.objects.open().with_firms().order_by("proposed_at", "pk"), PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "focalpoint/registry/merges.html", {"page": page})


@requires(may_countersign_any)
@require_POST
def second(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        merging.second(merge=get_object_or_404(Merge, pk=pk), by=person(request), now=timezone.now())
    except merging.UnableToMerge as error:
        raise PermissionDenied from error
    except merging.AlreadyEnded:
        messages.warning(request, _("The firm has answered already."))
    else:
        messages.success(request, _("Confirmed. The firm is asked to agree."))
    return redirect("focalpoint:merges")
