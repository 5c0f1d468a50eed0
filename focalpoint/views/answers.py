"""Answers for everybody: drafting from a case, checking, approval, correction, withdrawal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inquiries import lifecycle
from inquiries.forms.publishing import (
    ApprovePublicationForm,
    DraftForm,
    PublicationForm,
    ReturnPublicationForm,
    WithdrawPublicationForm,
)
from inquiries.forms.review import KIND_WORDS
from inquiries.models import Inquiry, Publication
from inquiries.permissions import (
    agencies_to_publish_for,
    may_edit_publication,
    may_see_publications,
    may_see_queues,
    publication_moves,
)
from inquiries.services import publishing
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires

PAGE = 50
QUEUES = {
    "all": gettext_lazy("All"),
    lifecycle.DRAFT: gettext_lazy("Drafts"),
    lifecycle.IN_REVIEW: gettext_lazy("Waiting for approval"),
    lifecycle.APPROVED: gettext_lazy("Approved, not out yet"),
    lifecycle.PUBLISHED: gettext_lazy("Published"),
    lifecycle.WITHDRAWN: gettext_lazy("Withdrawn"),
}


@requires(may_see_publications)
@never_cache
@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    name = request.GET.get("queue", "all")
    visible = Publication.objects.visible_to(request.user).select_related("agency", "author")
    rows = visible if name == "all" else visible.filter(state=name) if name in QUEUES else visible.none()
    page = Paginator(rows.order_by("-drafted_on", "pk"), PAGE).get_page(request.GET.get("page"))
    titles = publishing.titles(page)
    rows_shown = [(each, titles.get(each.pk, "")) for each in page]
    context = {"queue": name, "queues": QUEUES.items(), "page": page, "rows": rows_shown}
    return render(request, "focalpoint/answers/list.html", context, status=200 if name in QUEUES else 422)


@requires(may_see_queues)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin an answer for everybody, beside the conversation it is drawn from."""
    user = person(request)
    inquiry = get_object_or_404(Inquiry.objects.visible_to(user).with_routing(), pk=pk)
    agencies = agencies_to_publish_for(user, inquiry)
    if not agencies:
        raise PermissionDenied
    initial = {"topic": inquiry.topic, "segments": [segment.code for segment in inquiry.segments.all()]}
    form = DraftForm(request.POST or None, agencies=agencies, segments=inquiry.segments.all(), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = publishing.draft(
                inquiry,
                words=form.words,
                about=form.about,
                agency=form.cleaned_data["agency"],
                by=user,
                today=timezone.localdate(),
            )
            return redirect("focalpoint:answer", pk=made.pk)
        except publishing.UnableToPublish as error:
            form.add_error(None, str(error))
    context = {"form": form, "inquiry": inquiry, "thread": publishing.source(inquiry, by=user)}
    return render(request, "focalpoint/answers/form.html", context, status=422 if form.is_bound else 200)


@requires(may_see_publications)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user, found = person(request), _visible(request, pk)
    if not may_edit_publication(user, found):
        raise PermissionDenied
    form = PublicationForm(request.POST or None, is_out=found.is_out, segments=found.segments.all(), initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            publishing.revise(
                found,
                words=form.words,
                about=form.about,
                note=form.cleaned_data.get("note", ""),
                revision=form.cleaned_data["revision"] or 0,
                by=user,
                today=timezone.localdate(),
            )
            return redirect("focalpoint:answer", pk=pk)
        except publishing.UnableToPublish as error:
            form.add_error(None, str(error))
    context = {"form": form, "answer": found, "thread": publishing.source(found.inquiry, by=user)}
    return render(request, "focalpoint/answers/form.html", context, status=422 if form.is_bound else 200)


@requires(may_see_publications)
@never_cache
@require_safe
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, _visible(request, pk))


@requires(may_see_publications)
@require_POST
def submit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _move(request, pk, publishing.submit)


@requires(may_see_publications)
@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = ApprovePublicationForm(request.POST)
    return _move(request, pk, publishing.approve, form, slot="approve_form", today=timezone.localdate())


@requires(may_see_publications)
@require_POST
def give_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _move(request, pk, publishing.give_back, ReturnPublicationForm(request.POST, auto_id="note_%s"), slot="return_form")


@requires(may_see_publications)
@require_POST
def withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = WithdrawPublicationForm(request.POST, auto_id="withdraw_%s")
    return _move(request, pk, publishing.withdraw, form, slot="withdraw_form", today=timezone.localdate())


@requires(may_see_publications)
@require_POST
def discard(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _visible(request, pk)
    try:
        publishing.discard(found, by=person(request))
    except publishing.UnableToPublish as error:
        return _page(request, found, status=409, refused=str(error))
    return redirect("focalpoint:answers")


def _visible(request: HttpRequest, pk: uuid.UUID) -> Publication:
    rows = Publication.objects.visible_to(request.user).select_related("agency", "author", "inquiry")
    return get_object_or_404(rows.prefetch_related("segments"), pk=pk)


def _initial(found: Publication) -> dict[str, Any]:
    words = publishing.words_of(found)
    return {
        "title": words.title,
        "question": words.question,
        "answer": words.answer,
        "topic": found.topic,
        "codes": found.codes,
        "segments": [segment.code for segment in found.segments.all()],
        "revision": found.revision,
    }


def _move(
    request: HttpRequest,
    pk: uuid.UUID,
    verb: Callable[..., Publication],
    form: forms.Form | None = None,
    *,
    slot: str = "",
    **more: object,
) -> HttpResponse:
    """Call the verb with what the form brought; a refusal shows the page again with the reason, and what was typed."""
    found = _visible(request, pk)
    if form and not form.is_valid():
        return _page(request, found, status=422, **{slot: form})
    try:
        verb(found, by=person(request), **(form.cleaned_data if form else {}), **more)
    except publishing.UnableToPublish as error:
        return _page(request, _visible(request, pk), status=409, refused=str(error))
    return redirect("focalpoint:answer", pk=pk)


def _page(request: HttpRequest, found: Publication, *, status: int = 200, **extra: object) -> HttpResponse:
    user = person(request)
    conversation = publishing.source(found.inquiry, by=user)
    context: dict[str, object] = {
        "answer": found,
        "inquiry": found.inquiry if conversation else None,
        "revisions": found.revisions.select_related("by", "approver").order_by("-number")[:20],
        "moves": publication_moves(user, found),
        "approve_form": ApprovePublicationForm(initial={"revision": found.revision}),
        "return_form": ReturnPublicationForm(auto_id="note_%s"),
        "withdraw_form": WithdrawPublicationForm(auto_id="withdraw_%s"),
    }
    try:
        words = publishing.words_of(found)
        context |= {"words": words, "echoes": publishing.echoes(words, conversation) if conversation else []}
        context["clues"] = [(KIND_WORDS[clue.trace.kind], clue.trace.text) for clue in publishing.clues(words)]
    except UnableToOpen:
        context["sealed"] = _(
            "No key of the office opens this draft. Nothing is lost: ask the administrator to restore the missing key."
        )
    return render(request, "focalpoint/answers/answer.html", context | extra, status=status)
