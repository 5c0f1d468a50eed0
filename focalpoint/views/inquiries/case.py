"""The case page: thread, work, facts."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries import panels
from inquiries import lifecycle
from inquiries.forms.casework import AnswerForm, QuestionForm, RouteForm, TitleForm
from inquiries.models import Inquiry
from inquiries.permissions import agencies_to_publish_for, may_route, may_see_queues, may_work
from inquiries.sealing import CannotOpen
from inquiries.services import casework, thread
from inquiries.services.casebook import UnableToMove
from inquiries.services.dismissing import UnableToAnswerYet
from inquiries.services.proposals import UnableToPropose
from inquiries.services.readers import KeysUnreachable, UnableToOpen
from organisations.models import User
from organisations.permissions import person, requires


@requires(may_see_queues)
@never_cache
@require_safe
def case(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return case_page(request, visible(request, pk))


@requires(may_see_queues)
@require_POST
def take(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _move(request, pk, casework.take)


@requires(may_see_queues)
@require_POST
def close(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _move(request, pk, casework.close)


@requires(may_see_queues)
@require_POST
def route(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    form = RouteForm(request.POST)
    if form.is_valid():
        try:
            casework.route(inquiry, agency=form.cleaned_data["agency"], by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except (UnableToMove, casework.UnableToWork, UnableToOpen) as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, route_form=form)


@requires(may_see_queues)
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _write(request, pk, AnswerForm(request.POST), casework.answer, slot="answer")


@requires(may_see_queues)
@require_POST
def ask_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _write(request, pk, QuestionForm(request.POST), casework.ask_back, slot="question")


@requires(may_see_queues)
@require_POST
def title(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    form = TitleForm(request.POST)
    if form.is_valid():
        try:
            casework.set_title(inquiry, title=form.cleaned_data["title"], by=person(request))
            return redirect("focalpoint:inquiry", pk=pk)
        except casework.UnableToWork as error:
            form.add_error(None, why(error))
    return case_page(request, inquiry, status=422, title_form=form)


def visible(request: HttpRequest, pk: uuid.UUID) -> Inquiry:
    return get_object_or_404(Inquiry.objects.visible_to(request.user).for_queue(), pk=pk)


def _move(request: HttpRequest, pk: uuid.UUID, verb: Callable[..., Inquiry]) -> HttpResponse:
    inquiry = visible(request, pk)
    try:
        verb(inquiry, by=person(request), today=timezone.localdate())
    except (UnableToMove, casework.UnableToWork) as error:
        return case_page(request, visible(request, pk), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=pk)


def _write(request: HttpRequest, pk: uuid.UUID, form: forms.Form, verb: Callable[..., object], *, slot: str) -> HttpResponse:
    inquiry = visible(request, pk)
    if form.is_valid():
        try:
            verb(inquiry, **form.cleaned_data, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except (UnableToMove, UnableToPropose, casework.UnableToWork, UnableToOpen) as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, **{f"{slot}_form": form})


def why(error: Exception) -> str:
    """Say in words why a verb was refused and what to do about it."""
    if isinstance(error, UnableToAnswerYet):
        return _("An agency objects. A supervisor or an approver has to settle the disagreement before an answer can go.")
    if isinstance(error, UnableToMove):
        return _("That is not possible while the inquiry is “%(state)s”. Somebody may have moved it: look at it anew.") % {
            "state": error.inquiry.get_state_display()
        }
    if isinstance(error, KeysUnreachable):
        return _(
            "The key store does not answer, so no inquiry can be opened or written in. Nothing is lost: try again in a minute."
        )
    if isinstance(error, UnableToOpen):
        return _("No key of the office opens this inquiry. Nothing is lost: ask the administrator to restore the missing key.")
    return str(error) or _("You may not work on this inquiry.")


def case_page(request: HttpRequest, inquiry: Inquiry, *, status: int = 200, **extra: object) -> HttpResponse:
    """The case page: thread, work, facts."""
    context = {
        "inquiry": inquiry,
        "today": timezone.localdate(),
        "events": inquiry.events.select_related("official").order_by("position"),
        "moves": _moves(request, inquiry),
        "may_publish": not inquiry.objects_to_publication and agencies_to_publish_for(request.user, inquiry),
        "answer_form": AnswerForm(auto_id="answer_%s"),
        "question_form": QuestionForm(auto_id="question_%s"),
        "route_form": RouteForm(initial={"agency": inquiry.agency_id}, auto_id="route_%s"),
        "title_form": TitleForm(initial={"title": inquiry.title}, auto_id="title_%s"),
        **_opened(inquiry, person(request)),
        **extra,
    }
    return render(request, "focalpoint/inquiries/case.html", context, status=status)


def _moves(request: HttpRequest, inquiry: Inquiry) -> frozenset[str]:
    """The moves that the state allows and this official may make."""
    if not may_work(request.user, inquiry):
        return frozenset()
    return lifecycle.moves_from(inquiry.state) - (frozenset() if may_route(request.user, inquiry) else {"route"})


def _opened(inquiry: Inquiry, user: User) -> dict[str, object]:
    try:
        opened = casework.open_for_official(inquiry, by=user)
        return {"thread": thread.read(opened), **panels.consult(opened, user), **panels.proposed(opened, user)}
    except (UnableToOpen, CannotOpen) as error:
        return {"thread": None, "sealed": why(UnableToOpen() if isinstance(error, CannotOpen) else error)}
