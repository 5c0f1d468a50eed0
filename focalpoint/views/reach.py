"""How far an advisory has come: its mail, what organisations say of it, and how often what was passed on was opened."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from advisories import figures, permissions
from advisories.models import Advisory
from organisations.permissions import requires


@requires(permissions.may_see_desk)
@never_cache
@require_safe
def reach(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Advisory.objects.for_desk(request.user), pk=pk)
    if found.is_unpublished:
        raise Http404
    today = timezone.localdate()
    context = {
        "advisory": found,
        "totals": figures.progress(found),
        "reach": figures.reach(found),
        "segments": figures.members_by_segment(found, today=today),
        "relays": figures.relays(found, today=today),
        "may_see_recipients": permissions.works_for(request.user, found),
    }
    return render(request, "focalpoint/advisories/reach_page.html", context)
