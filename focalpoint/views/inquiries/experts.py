"""Asking an outside expert: the letter with the link goes by mail, the code is shown here once."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.consulting import ExpertForm
from inquiries.models import ExpertRequest
from inquiries.permissions import may_see_queues
from inquiries.services import casework, experts
from inquiries.services.casebook import UnableToMove
from inquiries.services.experts import Sent, UnableToAsk
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires

REFUSALS = (UnableToMove, UnableToAsk, casework.UnableToWork, UnableToOpen)


@requires(may_see_queues)
@never_cache
@sensitive_post_parameters()
@require_POST
def ask(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    form = ExpertForm(request.POST, auto_id="expert_%s")
    if form.is_valid():
        words = {name: form.cleaned_data[name] for name in ("name", "address", "label", "excerpt", "days")}
        try:
            sent = experts.ask(inquiry, **words, form=form.cleaned_data["once"], by=person(request), today=timezone.localdate())
            return _code(request, sent)
        except REFUSALS as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, expert_form=form)


@requires(may_see_queues)
@never_cache
@require_POST
def renew(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    asked = _visible(request, pk)
    try:
        return _code(request, experts.renew(asked, by=person(request), today=timezone.localdate()))
    except REFUSALS as error:
        return case_page(request, visible(request, asked.inquiry_id), status=409, refused=why(error))


@requires(may_see_queues)
@require_POST
def end(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    asked = _visible(request, pk)
    try:
        experts.end(asked, by=person(request), today=timezone.localdate())
    except REFUSALS as error:
        return case_page(request, visible(request, asked.inquiry_id), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=asked.inquiry_id)


def _code(request: HttpRequest, sent: Sent) -> HttpResponse:
    """Post the letter, now that the row is safe, and show the code: in this page and nowhere else, no message and no session."""
    context = {"sent": sent, "inquiry": sent.asked.inquiry, "is_posted": experts.post(sent)}
    return render(request, "focalpoint/inquiries/expert_code.html", context)


def _visible(request: HttpRequest, pk: uuid.UUID) -> ExpertRequest:
    return get_object_or_404(ExpertRequest.objects.visible_to(request.user).select_related("inquiry"), pk=pk)
