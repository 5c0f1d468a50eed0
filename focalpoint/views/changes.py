"""What has changed between two revisions of an advisory."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from advisories import permissions
from advisories.forms import RevisionsForm
from advisories.models import Advisory
from advisories.services import comparing
from organisations.permissions import person, requires


@requires(permissions.may_see_desk)
@never_cache
@require_safe
def changes(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """From what this person last decided on, or else the revision before, to the words as they stand; or between any two."""
    found = get_object_or_404(Advisory.objects.for_desk(request.user).select_related("agency"), pk=pk)
    if not permissions.may_compare(request.user, found):
        raise PermissionDenied
    seen = comparing.last_seen(found, by=person(request))
    usual = {"before": seen or max(found.revision - 1, 1), "after": found.revision}
    form = RevisionsForm({key: request.GET.get(key, value) for key, value in usual.items()}, advisory=found)
    changed = comparing.changes(*form.chosen) if form.is_valid() else []
    context = {"advisory": found, "form": form, "changes": changed, "seen": seen}
    return render(request, "focalpoint/advisories/changes.html", context, status=200 if form.is_valid() else 422)
