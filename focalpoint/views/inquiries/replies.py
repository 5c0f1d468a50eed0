"""Reusable replies of one's agencies."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inquiries.forms.replying import NewReplyForm, ReusableReplyForm
from inquiries.models import Reply
from inquiries.permissions import may_edit_reply, may_use_replies
from inquiries.services import replying
from organisations.models import User
from organisations.permissions import agencies_of, person, requires


@requires(may_use_replies)
@require_safe
def replies(request: HttpRequest) -> HttpResponse:
    user = person(request)
    rows = Reply.objects.visible_to(user).offered().select_related("agency", "segment").order_by("agency__name", "name", "pk")
    context = {"replies": [(row, may_edit_reply(user, row.agency)) for row in rows], "may_write": _may_write(user)}
    return render(request, "focalpoint/replies/list.html", context)


@requires(may_use_replies)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not _may_write(user):
        raise PermissionDenied
    agencies = [agency for agency in agencies_of(user) if may_edit_reply(user, agency)]
    form = NewReplyForm(request.POST or None, agencies=agencies, may_share=may_edit_reply(user, None))
    if request.method == "POST" and form.is_valid():
        try:
            replying.write(**_cleaned(form, "name", "text", "topic", "segment", "agency"), by=user, today=timezone.localdate())
            return redirect("focalpoint:replies")
        except replying.UnableToKeepReply as error:
            form.add_error("text", str(error))
    return _form(request, form)


@requires(may_use_replies)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user, reply = person(request), _visible(request, pk)
    if not may_edit_reply(user, reply.agency):
        raise PermissionDenied
    initial = {"name": reply.name, "text": reply.text, "topic": reply.topic, "version": reply.version}
    form = ReusableReplyForm(request.POST or None, initial=initial | {"segment": reply.segment.code if reply.segment else ""})
    if request.method == "POST" and form.is_valid():
        words = _cleaned(form, "name", "text", "topic", "segment")
        version = form.cleaned_data["version"] or 0
        try:
            replying.rewrite(reply, **words, version=version, by=user, today=timezone.localdate())
            return redirect("focalpoint:replies")
        except replying.UnableToKeepReply as error:
            form.add_error("text", str(error))
    return _form(request, form, reply=reply, versions=reply.versions.select_related("by").order_by("-number")[:20])


@requires(may_use_replies)
@require_POST
def retire(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user, reply = person(request), _visible(request, pk)
    if not may_edit_reply(user, reply.agency):
        raise PermissionDenied
    replying.retire(reply, by=user)
    return redirect("focalpoint:replies")


def _visible(request: HttpRequest, pk: uuid.UUID) -> Reply:
    rows = Reply.objects.visible_to(request.user).offered().select_related("agency", "segment")
    return get_object_or_404(rows, pk=pk)


def _may_write(user: User) -> bool:
    return may_edit_reply(user, None) or any(may_edit_reply(user, agency) for agency in agencies_of(user))


def _cleaned(form: ReusableReplyForm, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _form(request: HttpRequest, form: ReusableReplyForm, **more: object) -> HttpResponse:
    context = {"form": form, "placeholders": replying.PLACEHOLDERS.items(), **more}
    return render(request, "focalpoint/replies/form.html", context, status=422 if form.is_bound else 200)
