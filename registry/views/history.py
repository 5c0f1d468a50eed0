"""The history of an entry, which nobody outside its firm reads."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import EmptyPage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from organisations.permissions import person, requires
from registry.forms import PageForm
from registry.models import EntryChange
from registry.permissions import may_edit_entry, may_open_entry
from registry.services import history as verbs
from registry.views.entries import entry_or_404, firm_of, strict


@requires(may_open_entry)
@never_cache
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """What changed, from what to what, by whom and when; and what was confirmed."""
    form = strict(PageForm(request.GET))
    held = entry_or_404(firm_of(request))
    try:
        page = verbs.page(held, number=form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "registry/history.html", {"page": page, "may_edit": may_edit_entry(request.user, held.organisation)})


@requires(may_open_entry)
@require_POST
def forget(request: HttpRequest, change: int) -> HttpResponse:
    held = entry_or_404(firm_of(request))
    found = get_object_or_404(EntryChange.objects.select_related("entry__organisation").filter(entry=held), pk=change)
    try:
        verbs.forget(change=found, by=person(request))
    except verbs.UnableToForget as error:
        raise PermissionDenied from error
    messages.success(request, _("Forgotten. Who changed which fields, and when, stays."))
    return redirect("registry:history")
