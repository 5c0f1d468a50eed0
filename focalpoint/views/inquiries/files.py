"""Files of a conversation: download, hide, show again, take out for good."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.withholding import WithholdForm
from inquiries.permissions import may_handle, may_see_queues
from inquiries.sealing import CannotOpen
from inquiries.services import attachments, casework, thread, withholding
from inquiries.services.readers import UnableToOpen
from inquiries.transfers import download
from organisations.permissions import person, requires


@requires(may_see_queues)
@require_safe
def file(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponseBase:
    """Download a file; one of an answer that has not gone yet for those only who handle the case."""
    inquiry, user = visible(request, pk), person(request)
    try:
        opened = casework.open_for_official(inquiry, by=user)
        return download(thread.file(opened, ref, with_proposed=may_handle(user, inquiry)))
    except attachments.UnableToFind as error:
        raise Http404 from error
    except (UnableToOpen, casework.UnableToWork) as error:
        return case_page(request, inquiry, status=409, refused=why(error))
    except CannotOpen:
        refused = _("The file can't be opened: it is not as it was stored. Tell the administrator.")
        return case_page(request, inquiry, status=409, refused=refused)


@requires(may_see_queues)
@require_POST
def withhold(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    form = WithholdForm(request.POST)
    if not form.is_valid():
        refused = " ".join(str(error) for errors in form.errors.values() for error in errors)
        typed = {"hiding": ref, "hiding_why": form["reason"].value() or ""}
        return case_page(request, visible(request, pk), status=422, refused=refused, **typed)
    return _do(request, pk, withholding.withhold, file=ref, **form.cleaned_data)


@requires(may_see_queues)
@require_POST
def show_again(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    return _do(request, pk, withholding.show_again, file=ref)


@requires(may_see_queues)
@require_POST
def take_out(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    return _do(request, pk, withholding.take_out, file=ref)


def _do(request: HttpRequest, pk: uuid.UUID, verb: Callable[..., object], **said: object) -> HttpResponse:
    inquiry = visible(request, pk)
    try:
        verb(inquiry, **said, by=person(request), today=timezone.localdate())
    except withholding.UnableToWithhold as error:
        return case_page(request, visible(request, pk), status=409, refused=str(error))
    except (casework.UnableToWork, UnableToOpen) as error:
        return case_page(request, visible(request, pk), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=pk)
