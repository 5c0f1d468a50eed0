"""Several cases of a queue at once: select, look at what will happen, do it, read what became of each.

The address carries the queue as it was narrowed, so that every step leads back to it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from focalpoint.views.inquiries.case import why
from focalpoint.views.inquiries.queue import new_bulk_form, queue_page
from inquiries.forms.bulk import BulkForm
from inquiries.models import Inquiry
from inquiries.permissions import may_work_on_some
from inquiries.services import bulk
from inquiries.services.bulk import Act, Assign, Outcome
from inquiries.services.handing import IsAway
from organisations.permissions import person, requires


@requires(may_work_on_some)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def selected(request: HttpRequest) -> HttpResponse:
    """What will happen to the cases selected, before it does; or the queue again with another selection."""
    if request.method != "POST":
        return _to_queue(request)
    form = new_bulk_form(request, data=request.POST)
    inquiries = _found(request, form)
    if "all" in request.POST:
        return queue_page(request, select_all=True)
    if "back" in request.POST:
        return queue_page(request, bulk_form=new_bulk_form(request, initial=form.cleaned_data))
    if not _says_what_to_whom(form):
        return queue_page(request, bulk_form=form, status=422)
    return _confirm(request, form, inquiries)


@requires(may_work_on_some)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def do(request: HttpRequest) -> HttpResponse:
    """Do it, and say of each case what became of it. Sent twice, it finds the second time that all is so already."""
    if request.method != "POST":
        return _to_queue(request)
    form, by, today = new_bulk_form(request, data=request.POST), person(request), timezone.localdate()
    inquiries = _found(request, form)
    if not _says_what_to_whom(form):
        return queue_page(request, bulk_form=form, status=422)
    act = form.act(by)
    if (absence := bulk.absence_of(act, today=today)) and not form.cleaned_data["anyway"]:
        form.add_error("anyway", str(IsAway(absence)))
    if form.errors:
        return _confirm(request, form, inquiries, status=422)
    outcomes = bulk.carry_out(act, inquiries, by=by, today=today)
    context = _context(form, act, outcomes)
    is_refused = not context["done"] and bool(context["refused"])
    return render(request, "focalpoint/inquiries/bulk/done.html", context, status=409 if is_refused else 200)


def _to_queue(request: HttpRequest) -> HttpResponse:
    query = request.GET.urlencode()
    return redirect(reverse("focalpoint:inquiries") + (f"?{query}" if query else ""))


def _found(request: HttpRequest, form: BulkForm) -> list[Inquiry]:
    """The cases that the form names, in its order; what the official may not see is no more there than what never was."""
    form.full_clean()
    keys: list[uuid.UUID] = form.cleaned_data.get("case", [])
    rows = {each.pk: each for each in Inquiry.objects.visible_to(request.user).for_rows().filter(pk__in=keys)}
    if keys and not rows:
        form.add_error("case", _("None of the inquiries selected is there any more. Select others."))
    return [rows[key] for key in keys if key in rows]


def _says_what_to_whom(form: BulkForm) -> bool:
    return not {"case", "what"} & set(form.errors)


def _confirm(request: HttpRequest, form: BulkForm, inquiries: Iterable[Inquiry], *, status: int = 200) -> HttpResponse:
    by, today = person(request), timezone.localdate()
    act = form.act(by)
    outcomes = bulk.foresee(act, inquiries, by=by)
    absence = bulk.absence_of(act, today=today)
    unanswered = [each for each in outcomes if isinstance(each.error, bulk.UnableToCloseUnanswered)]
    context = _context(form, act, [each for each in outcomes if each not in unanswered]) | {
        "number": len(outcomes),
        "gone": len(form.cleaned_data["case"]) - len(outcomes),
        "unanswered": [each.inquiry for each in unanswered],
        "absence": IsAway(absence) if absence else None,
        "asks_for_note": isinstance(act, Assign) and act.to != by,
        "asks_unanswered": unanswered or form.cleaned_data.get("unanswered"),
        "may_do": unanswered or any(each.is_done for each in outcomes),
    }
    return render(request, "focalpoint/inquiries/bulk/confirm.html", context, status=status)


def _context(form: BulkForm, act: Act, outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """The outcomes by kind, each refusal with its reason in words."""
    outcomes = list(outcomes)
    return {
        "form": form,
        "act": str(act),
        "number": len(outcomes),
        "gone": len(form.cleaned_data["case"]) - len(outcomes),
        "done": [each.inquiry for each in outcomes if each.is_done],
        "so_already": [each.inquiry for each in outcomes if each.is_so_already],
        "refused": [(each.inquiry, why(each.error)) for each in outcomes if each.is_refused and each.error],
    }
