"""The firm's answer where an official register says otherwise."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from organisations.permissions import person, requires
from registry.models import Correction
from registry.permissions import may_edit_some_entry
from registry.services import registers
from registry.views.entries import entry_page, firm_of


@requires(may_edit_some_entry)
@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        registers.take_over(correction=_correction(request, pk), by=person(request), now=timezone.now())
    except registers.UnableToCorrect as error:
        raise PermissionDenied from error
    except ValidationError as error:
        return entry_page(request, status=422, refused=" ".join(error.messages))
    messages.success(request, _("Taken over into your entry."))
    return redirect("registry:entry")


@requires(may_edit_some_entry)
@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        registers.dismiss(correction=_correction(request, pk), by=person(request))
    except registers.UnableToCorrect as error:
        raise PermissionDenied from error
    messages.success(request, _("Your entry stays as it is. The same is not proposed again."))
    return redirect("registry:entry")


def _correction(request: HttpRequest, pk: int) -> Correction:
    return get_object_or_404(Correction, pk=pk, entry__organisation=firm_of(request))
