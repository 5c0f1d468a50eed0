"""The queues of the desk."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inquiries.filters import InquiryFilter
from inquiries.models import Inquiry
from inquiries.permissions import may_see_queues
from inquiries.querysets import QUEUES
from organisations.permissions import requires

PAGE = 50
QUEUE_LABELS = {
    "new": gettext_lazy("New"),
    "mine": gettext_lazy("Mine"),
    "due_this_week": gettext_lazy("Due this week"),
    "overdue": gettext_lazy("Overdue"),
    "waiting": gettext_lazy("Waiting for the asker"),
    "answered": gettext_lazy("Answered"),
    "all": gettext_lazy("All"),
}


@requires(may_see_queues)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    name = request.GET.get("queue", "new")
    known = name in QUEUES
    today = timezone.localdate()
    visible = Inquiry.objects.handled_by(request.user)  # not those on which an agency only gives its view
    narrowed = InquiryFilter(request.GET, queryset=visible.for_queue(), request=request)
    valid = known and narrowed.is_valid()
    rows = narrowed.qs.queue(name, user=request.user, today=today) if valid else Inquiry.objects.none()
    counts = visible.queue_counts(user=request.user, today=today)
    context = {
        "queue": name,
        "queues": [(each, QUEUE_LABELS[each], counts[each]) for each in QUEUES],
        "filter": narrowed,
        "page": Paginator(rows.order_by("due_on", "received_on", "reference"), PAGE).get_page(request.GET.get("page")),
        "today": today,
    }
    return render(request, "focalpoint/inquiries/queue.html", context, status=200 if valid else 422)
