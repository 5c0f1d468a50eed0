from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from focalpoint import crossings
from inquiries.models import Inquiry
from organisations.permissions import is_official, requires

NEXT = 10


@requires(is_official)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The first page of the day: what is new, due, overdue, waiting and being sent; each number leads to its list."""
    owed = Inquiry.objects.handled_by(request.user).open().for_rows().order_by("due_on", "received_on", "reference")
    context = {
        "tiles": crossings.dashboard(request.user, now=timezone.now()),
        "inquiries": owed[:NEXT],
        "today": timezone.localdate(),
    }
    return render(request, "focalpoint/desk.html", context)
