"""Consulting other agencies, from both sides."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries import lifecycle
from inquiries.forms.consulting import ConsultForm, SettleForm, ViewForm
from inquiries.models import Consultation
from inquiries.permissions import may_see_queues
from inquiries.services import casework, consulting
from inquiries.services.casebook import UnableToMove
from inquiries.services.consulting import UnableToConsult
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires

PAGE = 50
QUEUES = {lifecycle.ASKED: gettext_lazy("View awaited"), lifecycle.GIVEN: gettext_lazy("View given")}
REFUSALS = (UnableToMove, UnableToConsult, casework.UnableToWork, UnableToOpen)


@requires(may_see_queues)
@never_cache
@require_safe
def consultations(request: HttpRequest) -> HttpResponse:
    """What the official's agencies are asked, those due first on top."""
    name = request.GET.get("queue", lifecycle.ASKED)
    ours = Consultation.objects.asked_of(request.user)
    rows = ours.filter(state=name) if name in QUEUES else ours.none()
    rows = rows.defer("sealed_question", "sealed_view").select_related("agency", "inquiry", "asked_by", "given_by")
    context = {
        "queue": name,
        "queues": QUEUES.items(),
        "page": Paginator(rows.order_by("due_on", "asked_on", "pk"), PAGE).get_page(request.GET.get("page")),
        "today": timezone.localdate(),
    }
    return render(request, "focalpoint/inquiries/consultations.html", context, status=200 if name in QUEUES else 422)


@requires(may_see_queues)
@require_POST
def ask(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    form = ConsultForm(request.POST, but=inquiry.agency, auto_id="consult_%s")
    if form.is_valid():
        try:
            consulting.ask(inquiry, **form.cleaned_data, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except REFUSALS as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, consult_form=form)


@requires(may_see_queues)
@require_POST
def settle(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    form = SettleForm(request.POST, auto_id="settle_%s")
    if form.is_valid():
        try:
            consulting.settle(inquiry, **form.cleaned_data, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except REFUSALS as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, settle_form=form)


@requires(may_see_queues)
@require_POST
def give_view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    consultation = _visible(request, pk)
    form = ViewForm(request.POST, auto_id=f"view_{consultation.number}_%s")
    if form.is_valid():
        try:
            consulting.give_view(consultation, **form.cleaned_data, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=consultation.inquiry_id)
        except REFUSALS as error:
            form.add_error(None, why(error))
    inquiry = visible(request, consultation.inquiry_id)
    return case_page(request, inquiry, status=422, view_form=form, view_form_of=consultation.pk)


@requires(may_see_queues)
@require_POST
def end(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    consultation = _visible(request, pk)
    try:
        consulting.end(consultation, by=person(request), today=timezone.localdate())
    except REFUSALS as error:
        return case_page(request, visible(request, consultation.inquiry_id), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=consultation.inquiry_id)


def _visible(request: HttpRequest, pk: uuid.UUID) -> Consultation:
    return get_object_or_404(Consultation.objects.visible_to(request.user).select_related("inquiry", "agency"), pk=pk)
