"""Addresses that stopped advisories: a gap that may be worth a call, and the way back for who stopped by mistake."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from advisories import permissions
from advisories.forms import LiftForm
from advisories.models import Mandate
from mailroom.models import Suppression
from mailroom.services import suppressing
from organisations.permissions import person, requires

PAGE = 50


@requires(permissions.may_see_stopped)
@never_cache
@require_safe
def stopped(request: HttpRequest) -> HttpResponse:
    return _page(request)


@requires(permissions.may_see_stopped)
@require_POST
def lift(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let mail go to an address again, with a reason that stays in the history."""
    found = get_object_or_404(Suppression.objects.in_force(), pk=pk)
    form = LiftForm(request.POST, auto_id=f"lift_{found.pk}_%s")
    if not form.is_valid():
        return _page(request, refused={found.pk: form}, status=422)
    suppressing.lift(found, because=form.cleaned_data["because"], by=str(person(request)), now=timezone.now())
    messages.success(request, _("From the next one on, advisories go to this address again."))
    return redirect("focalpoint:stopped")


def _page(request: HttpRequest, *, refused: dict[uuid.UUID, LiftForm] | None = None, status: int = 200) -> HttpResponse:
    page = Paginator(Suppression.objects.in_force().newest_first(), PAGE).get_page(request.GET.get("page"))
    rows = [(each, (refused or {}).get(each.pk) or LiftForm(auto_id=f"lift_{each.pk}_%s")) for each in page]
    relays = Mandate.objects.to_relay().in_force(timezone.localdate())
    # Whose associations are asked to relay: of them the desk must know.
    mandated = {address.lower() for address in relays.values_list("address", flat=True)}
    context = {"page": page, "rows": [(each, form, each.address.lower() in mandated) for each, form in rows]}
    return render(request, "focalpoint/advisories/stopped.html", context, status=status)
