"""Whom a draft would reach and whom it would miss, before anybody approves it."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from advisories import permissions
from advisories.models import Advisory
from advisories.services import foreseeing
from organisations.models import Organisation
from organisations.permissions import requires

PAGE = 50


@requires(permissions.may_see_desk)
@never_cache
@require_safe
def audience(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Counts of both, and the names of those whom it would miss for one reason."""
    drafts = Advisory.objects.drafts_visible_to(request.user).select_related("corrects").prefetch_related("segments")
    found = get_object_or_404(drafts, pk=pk)
    today = timezone.localdate()
    foresight = foreseeing.foresee(found, today=today)
    name = request.GET.get("gap") or next((gap.value for gap, number in foresight.gaps if number), "")
    known = {gap.value: gap for gap in foreseeing.gaps_of(found)}
    gap = known.get(name)
    rows = foreseeing.missed(found, gap, today=today) if gap else Organisation.objects.none()
    context = {
        "advisory": found,
        "foresight": foresight,
        "gap": gap,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
    }
    is_refused = bool(name) and gap is None
    return render(request, "focalpoint/advisories/audience.html", context, status=422 if is_refused else 200)
