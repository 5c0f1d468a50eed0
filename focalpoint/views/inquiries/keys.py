"""How far the case keys have come under the ring's first key, for administrators. Counts only; nothing is opened here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from inquiries import doorbell
from inquiries.permissions import may_keep_keys
from inquiries.services import rewrapping
from organisations.permissions import requires


@requires(may_keep_keys)
@never_cache
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    template = "focalpoint/inquiries/keys/progress.html" if request.headers.get("HX-Request") else "focalpoint/inquiries/keys.html"
    return render(request, template, {"progress": rewrapping.progress()})


@requires(may_keep_keys)
@require_POST
def rewrap(request: HttpRequest) -> HttpResponse:
    try:
        doorbell.rewrap_keys()
    except doorbell.UnableToRing:
        messages.warning(request, _("The queue can't be reached just now. The keys are wrapped anew tonight by themselves."))
    return redirect("focalpoint:keys")
