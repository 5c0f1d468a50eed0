"""Hiding a passage, showing it again, taking it out for good."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.redacting import RedactForm
from inquiries.permissions import may_see_queues, may_take_out
from inquiries.services import publishing, redacting
from inquiries.services.casework import UnableToWork
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires


@requires(may_see_queues)
@require_POST
def redact(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry, user = visible(request, pk), person(request)
    form = RedactForm(request.POST, may_take_out=may_take_out(user, inquiry), auto_id="redact_%s")
    if form.is_valid():
        try:
            left = redacting.redact(inquiry, **form.cleaned_data, by=user, today=timezone.localdate())
            for publication, title in publishing.titles(left).items():
                messages.warning(
                    request,
                    _("The answer for everybody “%(title)s” (%(key)s) still holds the passage: change or withdraw it.")
                    % {"title": title, "key": str(publication)[:8]},
                )
            return redirect("focalpoint:inquiry", pk=pk)
        except redacting.UnableToChoose as error:
            form.offer(error.places, typed=request.POST)
            form.add_error("places", str(error))
        except redacting.UnableToRedact as error:
            form.add_error("passage", str(error))
        except (UnableToWork, UnableToOpen) as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, redact_form=form)


@requires(may_see_queues)
@require_POST
def take_out(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    return _change(request, pk, ref, redacting.take_out)


@requires(may_see_queues)
@require_POST
def show_again(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    return _change(request, pk, ref, redacting.show_again)


def _change(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID, verb: Callable[..., object]) -> HttpResponse:
    inquiry = visible(request, pk)
    redaction = get_object_or_404(inquiry.redactions.select_related("inquiry"), pk=ref)
    try:
        verb(redaction, by=person(request), today=timezone.localdate())
    except redacting.UnableToRedact as error:
        return case_page(request, visible(request, pk), status=409, refused=str(error))
    except (UnableToWork, UnableToOpen) as error:
        return case_page(request, visible(request, pk), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=pk)
