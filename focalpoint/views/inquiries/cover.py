"""Handing a case to a colleague, and standing in for one who is away."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from focalpoint.views.inquiries import panes
from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.noting import AbsenceForm, HandOverForm
from inquiries.models import Absence, Inquiry
from inquiries.permissions import may_read, may_see_queues
from inquiries.querysets import colleagues_of
from inquiries.services import handing, noting
from inquiries.services.casebook import UnableToMove
from inquiries.services.casework import UnableToWork
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires


@requires(may_see_queues)
@require_POST
def hand_over(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry, today = visible(request, pk), timezone.localdate()
    form = HandOverForm(request.POST, colleagues=panes.colleagues(inquiry, today=today), auto_id="hand_%s")
    if form.is_valid():
        try:
            return _handed(request, handing.hand_over(inquiry, **form.cleaned_data, by=person(request), today=today))
        except handing.IsAway as error:
            form.offer_anyway()
            form.add_error("to", str(error))
        except handing.UnableToHand as error:
            form.add_error("to", str(error))
        except noting.UnableToNote as error:
            form.add_error("note", str(error))
        except (UnableToMove, UnableToWork, UnableToOpen) as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, hand_over_form=form)


def _handed(request: HttpRequest, inquiry: Inquiry) -> HttpResponse:
    """Back to the case; to the queue where it has left the reach of whoever handed it over."""
    if may_read(request.user, inquiry):
        return redirect("focalpoint:inquiry", pk=inquiry.pk)
    words = _("%(reference)s has been handed to %(name)s. Your agency does not read it any more.")
    messages.success(request, words % {"reference": inquiry.reference, "name": inquiry.officer})
    return redirect("focalpoint:inquiries")


@requires(may_see_queues)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: HttpRequest) -> HttpResponse:
    """Own days away, and whom one stands in for."""
    user, today = person(request), timezone.localdate()
    form = AbsenceForm(request.POST or None, colleagues=colleagues_of(user))
    if request.method == "POST" and form.is_valid():
        try:
            handing.go_away(**form.cleaned_data, by=user, today=today)
            return redirect("focalpoint:away")
        except handing.UnableToHand as error:
            form.add_error(None, str(error))
    coming = Absence.objects.not_over(today).select_related("user", "cover")
    context = {"form": form, "own": coming.filter(user=user), "covered": coming.filter(cover=user), "today": today}
    return render(request, "focalpoint/inquiries/away.html", context, status=422 if form.is_bound else 200)


@requires(may_see_queues)
@require_POST
def back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user = person(request)
    handing.come_back(get_object_or_404(Absence, pk=pk, user=user), by=user)
    return redirect("focalpoint:away")
