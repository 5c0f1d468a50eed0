"""Official registers held against the entries: a table, its columns, a dry run, and what is applied."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from organisations.permissions import person, requires
from organisations.uploads import takes_files
from registry import doorbell, gateway, sheets
from registry.disclosure import Field
from registry.forms import PageForm
from registry.forms.registers import FAULTS, MappingForm, RegisterForm
from registry.models import FIELD_LABELS, ImportState, RegisterImport
from registry.permissions import may_import
from registry.services import registers

PAGE = 25
COUNTS = {
    "lines": gettext_lazy("Lines in the table"),
    "sound": gettext_lazy("Lines without a fault"),
    "entries": gettext_lazy("Entries that they fit"),
    "confirmed": gettext_lazy("Fields confirmed"),
    "differing": gettext_lazy("Fields in which the register says otherwise"),
    "ambiguous": gettext_lazy("Lines that fit more than one entry, or an entry again; left out"),
}


@takes_files(most=1, each=sheets.MOST_BYTES)
@requires(may_import)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The latest imports, and a form for a new table."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RegisterForm(*sent, today=timezone.localdate(), initial={"country": settings.COUNTRY})
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("register", "extract_on", "country")}
        found = registers.upload(text=form.cleaned_data["table"], by=person(request), today=timezone.localdate(), **said)
        return redirect("focalpoint:import", pk=found.pk)
    paging = PageForm(request.GET)
    if not paging.is_valid():
        raise BadRequest
    imports = RegisterImport.objects.select_related("by").defer("content", "result").order_by("-made_on", "pk")
    try:
        page = Paginator(imports, PAGE).page(paging.number)
    except EmptyPage as error:
        raise Http404 from error
    context = {"form": form, "page": page}
    return render(request, "focalpoint/registry/imports.html", context, status=422 if form.is_bound else 200)


@requires(may_import)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far an import has come, what came of the dry run, and the columns."""
    found = get_object_or_404(RegisterImport.objects.select_related("by"), pk=pk)
    form = None
    if found.content and not found.is_under_way:
        sent = request.POST if request.method == "POST" else None
        form = MappingForm(sent, columns=sheets.header(found.content), initial=found.mapping)
        if form.is_valid() and _check(request, found, form):
            return redirect("focalpoint:import", pk=pk)
    context = {"found": found, "form": form, **_told(found)}
    if request.headers.get("HX-Request"):
        return render(request, "focalpoint/registry/import_progress.html", context)
    return render(request, "focalpoint/registry/import.html", context, status=422 if form and form.is_bound else 200)


@requires(may_import)
@require_POST
def apply(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(RegisterImport, pk=pk)
    try:
        _begin(registers.apply(found=found, by=person(request)))
    except registers.UnableToImport:
        messages.warning(request, _("This import is not in a state in which it can be applied; a colleague may have been quicker."))
    return redirect("focalpoint:import", pk=pk)


def _check(request: HttpRequest, found: RegisterImport, form: MappingForm) -> bool:
    try:
        _begin(registers.check(found=found, mapping=form.mapping, by=person(request)))
    except sheets.UnableToReadTable as error:
        form.add_error(None, FAULTS[str(error)])
        return False
    except registers.UnableToImport:
        messages.warning(request, _("This import is under way or over; a colleague may have been quicker."))
    return True


def _begin(found: RegisterImport) -> None:
    if found.total <= registers.AT_ONCE:
        registers.run(found.pk, checking=gateway.checking, today=timezone.localdate(), now=timezone.now())
    else:
        doorbell.work_on_import(found.pk)


def _told(found: RegisterImport) -> dict[str, object]:
    result = found.result or {"counts": {}, "faults": [], "more": 0}
    return {
        "counts": [(label, result["counts"].get(name, 0)) for name, label in COUNTS.items()] if found.result else [],
        "faults": [(number, _fault(kind, about)) for number, kind, about in result["faults"]],
        "more": result["more"],
        "may_apply": found.state == ImportState.CHECKED and bool(found.content),
    }


def _fault(kind: str, about: str) -> str:
    if kind == "value":
        return _("%(field)s does not hold by its own rule.") % {"field": FIELD_LABELS[Field(about)]}
    if kind == "double":
        return _("The same number stands in line %(lines)s too: both are left out.") % {"lines": about}
    if kind == "alike":
        return _("Nearly the same name as in line %(line)s, with other numbers. Both are used.") % {"line": about}
    return _("No number by which a firm is known.")
