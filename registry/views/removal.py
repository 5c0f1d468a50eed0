"""The removal of a firm's entry, and the proofs of removals."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from organisations.adapters import way_to_second_factor
from organisations.permissions import firms_of, person, requires, second_factor
from registry import signing
from registry.forms.removal import RemovalForm
from registry.models import Entry, Removal
from registry.permissions import may_open_entry, may_sign
from registry.services import removal as verbs
from registry.services.agreements import NotConfirmed
from registry.views.entries import entry_of, entry_or_404, firm_of, refuse_parameters

PROOFS_SHOWN = 50


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: HttpRequest) -> HttpResponse:
    refuse_parameters(request)
    firm = firm_of(request)
    if request.method == "POST" and not may_sign(request.user, firm):
        raise PermissionDenied
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _remove(request, entry_or_404(firm))
    context = {
        "firm": firm,
        "entry": entry_of(firm),
        "form": form,
        "may_sign": may_sign(request.user, firm),
        "removals": Removal.objects.filter(organisation=firm).order_by("-on", "pk")[:PROOFS_SHOWN],
    }
    return render(request, "registry/removal.html", context, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@never_cache
@require_safe
def proof(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The sealed proof as a file; the command `verify_removal` takes it."""
    refuse_parameters(request)
    found = get_object_or_404(Removal, pk=pk, organisation__in=firms_of(request.user))
    answer = HttpResponse(signing.as_file(found.statement), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="removal-{found.on}.json"'
    return answer


def _remove(request: HttpRequest, held: Entry) -> HttpResponse:
    try:
        verbs.remove(entry=held, by=person(request), second_factor=second_factor(request), now=timezone.now())
    except NotConfirmed:
        messages.info(request, _("Confirm that it is you with your second factor, then erase."))
        return HttpResponseRedirect(way_to_second_factor(request, back=reverse("registry:removal")))
    except verbs.NothingToRemove:
        messages.info(request, _("There was nothing left to erase."))
    else:
        messages.success(request, _("Erased. The proof is below; keep it."))
    return redirect("registry:removal")
