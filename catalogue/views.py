from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalogue.forms import ControlSearchForm
from catalogue.models import ControlEntry, ControlList, Segment
from catalogue.parsing import code_typed
from catalogue.tree import branch

PAGE_SIZE = 25


@login_not_required
@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    return render(request, "catalogue/segments.html", {"areas": Segment.objects.areas().with_neighbours()})


@login_not_required
@require_safe
def segment(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Segment.objects.current().with_neighbours(), code=code)
    controls = ControlEntry.objects.current().entries().of_segment(found).in_order()
    return render(request, "catalogue/segment.html", {"segment": found, "controls": controls})


@login_not_required
@require_safe
def controls(request: HttpRequest) -> HttpResponse:
    form = ControlSearchForm(request.GET)
    context: dict[str, Any] = {"form": form, "control_list": ControlList.objects.current().first()}
    if form.is_valid():
        try:
            context["page"] = Paginator(form.results(), PAGE_SIZE).page(form.cleaned_data["page"] or 1)
        except EmptyPage:
            form.add_error(None, _("There is no such page of results. Go to the first one."))
    return render(request, "catalogue/controls.html", context, status=200 if form.is_valid() else 422)


@login_not_required
@require_safe
def control(request: HttpRequest, code: str) -> HttpResponse:
    code = code_typed(code)
    rows = list(ControlEntry.objects.current().filter(entry_code=code[:5]).in_order())
    found = branch(rows, code)
    if found is None:
        raise Http404
    return render(request, "catalogue/control.html", {"branch": found, "control_list": rows[0].control_list})
