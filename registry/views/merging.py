"""The firm's word on whether two entries are its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from organisations.permissions import person, requires
from registry.models import Merge
from registry.permissions import may_sign_any
from registry.services import merging
from registry.views.entries import entry_page


@requires(may_sign_any)
@require_POST
def agree(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _end(
        request, pk, merging.agree, _("Merged. Only the entry that stays is seen from now on; the ledgers are read as one.")
    )


@requires(may_sign_any)
@require_POST
def decline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _end(request, pk, merging.decline, _("Refused. Both entries stay as they are."))


def _end(request: HttpRequest, pk: uuid.UUID, verb: Callable[..., Merge], done: str) -> HttpResponse:
    merge = get_object_or_404(Merge.objects.read_by_firm(request.user), pk=pk)
    try:
        verb(merge=merge, by=person(request), now=timezone.now())
    except merging.UnableToMerge as error:
        raise PermissionDenied from error
    except merging.AlreadyEnded:
        return entry_page(request, status=409, refused=_("Somebody has answered this proposal already."))
    messages.success(request, done)
    return redirect("registry:entry")
