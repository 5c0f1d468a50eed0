"""Drafting and proposing an answer, and a second official's decision on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries import clock
from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.cleaning.kinds import MOST_BYTES
from inquiries.forms.casework import AnswerForm
from inquiries.forms.consulting import ReturnAnswerForm
from inquiries.forms.files import MOST_FILES
from inquiries.models import Inquiry
from inquiries.permissions import may_see_queues
from inquiries.services import approving, casework
from inquiries.services.approving import UnableToApprove, UnableToPropose
from inquiries.services.casebook import UnableToMove
from inquiries.services.lateness import UnableToMoveLate
from inquiries.services.readers import UnableToOpen
from inquiries.services.together import UnableToSend
from organisations.permissions import person, requires
from organisations.uploads import takes_files

MOST = 100
REFUSALS = (
    UnableToMove, UnableToMoveLate, UnableToApprove, UnableToPropose, UnableToSend, casework.UnableToWork, UnableToOpen,
)  # fmt: skip


@requires(may_see_queues)
@require_safe
def to_approve(request: HttpRequest) -> HttpResponse:
    """The answers that wait for this official, and the disagreements that wait for a decision."""
    context = {
        "answers": Inquiry.objects.to_approve_by(request.user).for_rows().order_by("due_on", "received_on", "reference")[:MOST],
        "disputed": Inquiry.objects.to_settle_by(request.user).for_rows().order_by("due_on", "received_on", "reference")[:MOST],
        "today": timezone.localdate(),
    }
    return render(request, "focalpoint/inquiries/to_approve.html", context)


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@requires(may_see_queues)
@require_POST
def draft(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = AnswerForm(request.POST, request.FILES, auto_id="answer_%s")
    return _call(request, pk, approving.draft, form, slot="answer_form")


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@requires(may_see_queues)
@require_POST
def propose(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    is_late = clock.must_say_why(visible(request, pk), timezone.localdate())
    form = clock.answer_form(request.POST, request.FILES, is_late=is_late)
    return _call(request, pk, approving.propose, form, slot="answer_form")


@requires(may_see_queues)
@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Nothing is typed here but why it is late, if it is; so that a refusal is one of the move."""
    inquiry = visible(request, pk)
    form = clock.approve_form(request.POST, is_late=clock.must_say_why(inquiry, timezone.localdate()))
    if not form.is_valid():
        return case_page(request, inquiry, status=422, approve_form=form)
    try:
        approving.approve(inquiry, **form.cleaned_data, by=person(request), today=timezone.localdate())
    except REFUSALS as error:
        return case_page(request, visible(request, pk), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=pk)


@requires(may_see_queues)
@require_POST
def give_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _call(request, pk, approving.give_back, ReturnAnswerForm(request.POST, auto_id="return_%s"), slot="return_form")


def _call(request: HttpRequest, pk: uuid.UUID, verb: Callable[..., object], form: forms.Form, *, slot: str) -> HttpResponse:
    """Call the verb with what the form brought; a refusal shows the page again with the reason, and what was typed."""
    inquiry = visible(request, pk)
    if form.is_valid():
        try:
            verb(inquiry, **form.cleaned_data, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except REFUSALS as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, **{slot: form})
