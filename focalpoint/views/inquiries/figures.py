"""What supervisors look at: backlog, load and why answers were late."""

from __future__ import annotations

import csv

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inquiries import figures as inquiry_figures
from inquiries.permissions import may_see_figures
from organisations.permissions import requires


@requires(may_see_figures)
@never_cache
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    tables = inquiry_figures.overseen(request.user, today=timezone.localdate())
    return render(request, "focalpoint/inquiries/figures.html", {"tables": tables, "today": timezone.localdate()})


@requires(may_see_figures)
@never_cache
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """One table as CSV; `table` names it."""
    today = timezone.localdate()
    found = {each.name: each for each in inquiry_figures.overseen(request.user, today=today)}
    chosen = found.get(request.GET.get("table", ""))
    if chosen is None:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{chosen.name}-{today}.csv"'
    writer = csv.writer(response)
    writer.writerow(chosen.head)
    writer.writerows([as_text(label), *numbers] for label, numbers in chosen.rows)
    return response


def as_text(label: str) -> str:
    """A name that a spreadsheet would take for a formula is marked as text."""
    return f"'{label}" if label.startswith(("=", "+", "-", "@", "\t")) else label
