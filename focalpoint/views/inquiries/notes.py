"""Notes to colleagues, and the mentions of oneself."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries import panes
from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.noting import NoteForm
from inquiries.models import Mention
from inquiries.permissions import may_see_queues
from inquiries.services import noting
from inquiries.services.casework import UnableToWork
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires

PAGE = 50


@requires(may_see_queues)
@require_POST
def keep(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry, today = visible(request, pk), timezone.localdate()
    form = NoteForm(request.POST, colleagues=panes.colleagues(inquiry, today=today), auto_id="note_%s")
    if form.is_valid():
        try:
            noting.note(
                inquiry,
                text=form.cleaned_data["text"],
                for_all_readers=form.cleaned_data["readers"] == "all",
                mentions=form.cleaned_data["mentions"],
                by=person(request),
                today=today,
            )
            return redirect(f"{reverse('focalpoint:inquiry', args=[pk])}#notes")
        except noting.UnableToNote as error:
            form.add_error("text", str(error))
        except (UnableToWork, UnableToOpen) as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, note_form=form)


@requires(may_see_queues)
@never_cache
@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """Where colleagues have called one, the unseen ones first."""
    rows = Mention.objects.visible_to(request.user).select_related("note__inquiry", "note__author")
    page = Paginator(rows.order_by("-seen_on", "-note__written_on", "pk"), PAGE).get_page(request.GET.get("page"))
    return render(request, "focalpoint/inquiries/mentions.html", {"page": page})


@requires(may_see_queues)
@require_POST
def see(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    rows = Mention.objects.visible_to(request.user).select_related("note")
    mention = get_object_or_404(rows, pk=pk)
    noting.see(mention, by=person(request), today=timezone.localdate())
    return redirect(f"{reverse('focalpoint:inquiry', args=[mention.note.inquiry_id])}#notes")
