from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from focalpoint import crossings
from organisations.permissions import is_official, requires


@requires(is_official)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The first page of the day: what is new, due, overdue, waiting and being sent; each number leads to its list."""
    return render(request, "focalpoint/desk.html", {"tiles": crossings.dashboard(request.user, now=timezone.now())})
