"""Keeping what an official has begun to write, by a button or while they type."""

from __future__ import annotations

import uuid

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.casework import AnswerForm, QuestionForm
from inquiries.forms.noting import NoteForm
from inquiries.models import DraftKind, Reply
from inquiries.permissions import may_see_queues
from inquiries.services import drafting, replying
from inquiries.services.casework import UnableToWork
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires

# The form in which a draft of each kind is written, by the name it has on the page.
FORMS: dict[str, tuple[str, type[forms.Form]]] = {
    DraftKind.ANSWER: ("answer", AnswerForm),
    DraftKind.QUESTION: ("question", QuestionForm),
    DraftKind.NOTE: ("note", NoteForm),
}


@requires(may_see_queues)
@require_POST
def keep(request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponse:
    """Keep the draft; a page that saves while somebody types gets 204, or 422 where it can't be kept."""
    return _keep(request, pk, kind, reply=None)


@requires(may_see_queues)
@require_POST
def insert(request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponse:
    """Keep what is typed with a reusable reply below it, so that nothing is lost whatever it is inserted into."""
    replies = Reply.objects.visible_to(request.user).offered().select_related("agency")
    chosen = request.POST.get("reply", "")
    return _keep(request, pk, kind, reply=get_object_or_404(replies, pk=chosen) if _is_uuid(chosen) else None)


def _keep(request: HttpRequest, pk: uuid.UUID, kind: str, *, reply: Reply | None) -> HttpResponse:
    inquiry, user = visible(request, pk), person(request)
    if kind not in FORMS:
        raise Http404
    slot, form_class = FORMS[kind]
    data = request.POST.copy()
    if reply:
        data["text"] = f"{data.get('text', '').rstrip()}\n\n{replying.filled(reply, inquiry=inquiry, by=user)}".lstrip()
    form = form_class(data, auto_id=f"{slot}_%s")
    by_script = request.headers.get("X-Requested-With") == "keep-draft"
    form.fields["text"].required = False
    if "text" not in form.errors:
        try:
            drafting.keep(inquiry, kind=kind, text=form.cleaned_data["text"], by=user, today=timezone.localdate())
            return HttpResponse(status=204) if by_script else redirect(f"{reverse('focalpoint:inquiry', args=[pk])}#{slot}")
        except (UnableToWork, UnableToOpen) as error:
            form.add_error(None, why(error))
    return HttpResponse(status=422) if by_script else case_page(request, inquiry, status=422, **{f"{slot}_form": form})


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
