"""The invitations that a firm was sent: it answers in a thread, and says whether it wants more of them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.permissions import person, requires
from registry.forms import PageForm
from registry.forms.outreach import ChoiceForm, MessageForm
from registry.models import Invited, NoOutreach
from registry.permissions import may_open_entry
from registry.services import outreach as verbs
from registry.views.entries import refuse_parameters, strict

PAGE = 50


@requires(may_open_entry)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    form = strict(PageForm(request.GET))
    found = Invited.objects.visible_to(request.user).select_related("outreach__agency").order_by("-outreach__sent_at", "pk")
    try:
        page = Paginator(found, PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "registry/outreach/list.html", {"page": page, "today": timezone.localdate()})


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    refuse_parameters(request)
    invited = _invited(request, pk)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            verbs.answer(invited=invited, text=form.cleaned_data["text"], by=person(request), now=timezone.now())
        except verbs.UnableToReachOut as error:
            raise PermissionDenied from error
        messages.success(request, _("Sent to the agency."))
        return redirect("registry:outreach-thread", pk)
    agency = invited.outreach.agency
    context = {
        "outreach": invited.outreach,
        "thread": invited.messages.select_related("by").order_by("pk")[: verbs.MOST_MESSAGES],
        "form": form,
        "is_stopped": NoOutreach.objects.filter(entry=invited.entry_id, agency=agency).exists(),
        "today": timezone.localdate(),
    }
    return render(request, "registry/outreach/thread.html", context, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@require_POST
def choose(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Whether the agency may invite the firm again."""
    invited, form = _invited(request, pk), ChoiceForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("Say whether you want further invitations."))
    entry, agency = invited.entry, invited.outreach.agency
    try:
        verbs.choose(entry=entry, agency=agency, wants_more=form.wants_more, by=person(request), today=timezone.localdate())
    except verbs.UnableToReachOut as error:
        raise PermissionDenied from error
    if form.wants_more:
        messages.success(request, _("The agency can invite you again."))
    else:
        messages.success(request, _("The agency can't invite you any more. It is not told."))
    return redirect("registry:outreach-thread", pk)


def _invited(request: HttpRequest, pk: uuid.UUID) -> Invited:
    """What this person's firm was sent; that others were sent it too makes no difference."""
    found = Invited.objects.visible_to(request.user).select_related("outreach__agency", "entry__organisation")
    invited = found.filter(outreach=pk).order_by("pk").first()  # one person may act for two firms that were both invited
    if invited is None:
        raise Http404
    return invited
