"""Opening the registry to partners: to whom, as whom, until when and why; what was opened and closed stays on the page."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from organisations.permissions import person, requires
from registry.disclosure import Audience
from registry.forms import PageForm
from registry.forms.partners import OpeningForm
from registry.models import PartnerOpening
from registry.permissions import may_open_to_partners
from registry.services import partners as verbs

PAGE = 50


@requires(may_open_to_partners)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Every opening there ever was, newest first, and a form for one more."""
    form = OpeningForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (made := _open(request, form)):
        messages.success(request, _("%(name)s looks until the last day.") % {"name": made.organisation.name})
        return redirect("focalpoint:partners")
    paging = PageForm(request.GET)
    if not paging.is_valid():
        raise BadRequest
    openings = PartnerOpening.objects.with_people().order_by("-opened_on", "pk")
    try:
        page = Paginator(openings, PAGE).page(paging.number)
    except EmptyPage as error:
        raise Http404 from error
    today = timezone.localdate()
    context = {"form": form, "page": page, "rows": [(each, each.is_open(today)) for each in page]}
    return render(request, "focalpoint/registry/partners.html", context, status=422 if form.is_bound else 200)


@requires(may_open_to_partners)
@require_POST
def close(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    opening = get_object_or_404(PartnerOpening.objects.with_people(), pk=pk)
    try:
        verbs.close(opening=opening, by=person(request), today=timezone.localdate())
    except verbs.UnableToOpen as error:
        raise PermissionDenied from error
    messages.success(request, _("Closed. From now on neither its people nor their programs look."))
    return redirect("focalpoint:partners")


def _open(request: HttpRequest, form: OpeningForm) -> PartnerOpening | None:
    """Open, or say in the form why not."""
    said = form.cleaned_data | {"audience": Audience(form.cleaned_data["audience"])}
    try:
        return verbs.open_to(**said, by=person(request), today=timezone.localdate())
    except verbs.UnableToOpen as error:
        raise PermissionDenied from error
    except verbs.WrongDay:
        form.add_error("until", _("Choose a day from today on, at most two years away."))
    except verbs.IsOpen:
        form.add_error("audience", _("It looks as this already. Close that first, below."))
    except ValidationError as error:
        form.add_error(None, error)
    return None
