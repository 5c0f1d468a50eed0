"""Addresses that get no advisories, because their reader stopped them or because mail comes back.

A gap that may be worth a call, and the way back for who stopped by mistake or has mended the mailbox.
"""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from advisories import permissions
from advisories.forms import LiftForm
from advisories.models import Mandate
from mailroom.models import Reason, Suppression
from mailroom.services import suppressing
from organisations.permissions import person, requires

PAGE = 50
QUEUES = {"all": gettext_lazy("All"), **dict(Reason.choices)}


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
    name = request.GET.get("queue", "all")
    found = Suppression.objects.in_force()
    if name != "all":
        found = found.filter(reason=name) if name in QUEUES else found.none()
        status = status if name in QUEUES else 422
    page = Paginator(found.newest_first(), PAGE).get_page(request.GET.get("page"))
    rows = [(each, (refused or {}).get(each.pk) or LiftForm(auto_id=f"lift_{each.pk}_%s")) for each in page]
    relays = Mandate.objects.to_relay().in_force(timezone.localdate())
    # Whose associations are asked to relay: of them the desk must know.
    mandated = {address.lower() for address in relays.values_list("address", flat=True)}
    context = {
        "queue": name,
        "queues": QUEUES.items(),
        "page": page,
        "rows": [(each, form, each.address.lower() in mandated) for each, form in rows],
    }
    return render(request, "focalpoint/advisories/stopped.html", context, status=status)
