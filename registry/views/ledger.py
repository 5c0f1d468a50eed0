"""The firm's ledger: every look at its entry."""

from __future__ import annotations

from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from organisations.permissions import requires
from registry.forms import PageForm
from registry.models import Look
from registry.permissions import may_open_entry
from registry.views.entries import entry_of, firm_of, strict

LEDGER_PAGE = 50


@requires(may_open_entry)
@never_cache
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    form = strict(PageForm(request.GET))
    held = entry_of(firm_of(request))
    looks = Look.objects.at(held.pk) if held else Look.objects.none()
    try:
        page = Paginator(looks, LEDGER_PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "registry/ledger.html", {"page": page, "entry": held})
