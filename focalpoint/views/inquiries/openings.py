"""Every opening of a confidential asker's identity, for auditors: who asked, who decided, when, and whether it was read.

Not who the asker is, which two gatekeepers alone open; and not the reasons, which are content: free words about a case, sealed from
everybody but gatekeepers and the asker. Openings go with their case.
"""

from __future__ import annotations

import csv

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from focalpoint.views.inquiries.figures import as_text
from inquiries.forms.gate import PeriodForm
from inquiries.models import Opening
from inquiries.permissions import may_audit_openings
from inquiries.querysets import OpeningQuerySet
from organisations.permissions import requires

PAGE = 50
# More than a gate that two people open has ever seen; a file never grows without end.
MOST_ROWS = 10_000


@requires(may_audit_openings)
@never_cache
@require_safe
def openings(request: HttpRequest) -> HttpResponse:
    form, found = _chosen(request)
    return _page(request, form, found)


@requires(may_audit_openings)
@never_cache
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The same as CSV, of the same period."""
    form, found = _chosen(request)
    if form.is_valid() and found.count() > MOST_ROWS:
        form.add_error(None, _("That is too much for one file. Choose a shorter period."))
    if not form.is_valid():
        return _page(request, form, found)
    today = timezone.localdate()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="openings-{today}.csv"'
    writer = csv.writer(response)
    writer.writerow(["reference", "asked_by", "asked_on", "decided_by", "decided_on", "state", "read_on"])
    for each in found:
        state = "lapsed" if each.has_run_out(today) else each.state
        decided_by = as_text(str(each.decided_by)) if each.decided_by else ""
        writer.writerow(
            [each.inquiry.reference, as_text(str(each.asked_by)), each.asked_on, decided_by, each.decided_on, state, each.read_on]
        )
    return response


def _chosen(request: HttpRequest) -> tuple[PeriodForm, OpeningQuerySet]:
    form = PeriodForm(request.GET)
    seen = Opening.objects.audited_by(request.user).with_people().newest_first()
    return form, form.chosen(seen) if form.is_valid() else seen.none()


def _page(request: HttpRequest, form: PeriodForm, found: OpeningQuerySet) -> HttpResponse:
    page, today = Paginator(found, PAGE).get_page(request.GET.get("page")), timezone.localdate()
    rows = [(each, each.outcome(today)) for each in page.object_list]
    context = {"form": form, "page": page, "rows": rows}
    return render(request, "focalpoint/inquiries/openings.html", context, status=200 if form.is_valid() else 422)
