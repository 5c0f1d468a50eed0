"""The firm's yearly word that its entry still holds."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from organisations.permissions import person, requires
from registry.permissions import may_open_entry
from registry.services import renewal
from registry.views.entries import entry_or_404, entry_page, firm_of


@requires(may_open_entry)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    held = entry_or_404(firm_of(request))
    try:
        renewal.confirm(entry=held, seen=request.POST.get("seen", ""), by=person(request), today=timezone.localdate())
    except renewal.UnableToConfirm as error:
        raise PermissionDenied from error
    except renewal.HasChanged:
        return entry_page(request, status=409, refused=_("A colleague has changed the entry since you read it. Read it again."))
    messages.success(request, _("Confirmed. Those who may see your name see in which month you did."))
    return redirect("registry:entry")
