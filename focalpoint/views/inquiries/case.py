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

from focalpoint import crossings
from focalpoint.views.inquiries import clock, panels, panes
from inquiries import lifecycle
from inquiries.cleaning.kinds import MOST_BYTES
from inquiries.forms.casework import QuestionForm, RouteForm
from inquiries.forms.files import MOST_FILES
from inquiries.models import Inquiry
from inquiries.permissions import agencies_to_publish_for, may_route, may_see_queues, may_work
from inquiries.sealing import CannotOpen
from inquiries.services import casework, lateness, thread
from inquiries.services.casebook import UnableToMove
from inquiries.services.dismissing import UnableToAnswerYet
from inquiries.services.lateness import UnableToMoveLate
from inquiries.services.proposals import UnableToPropose
from inquiries.services.readers import KeysUnreachable, UnableToOpen
from inquiries.services.routing import UnableToRoute
from inquiries.services.together import UnableToSend
from organisations.models import Organisation, User
from organisations.permissions import person, requires
from organisations.uploads import takes_files


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
def apply_rules(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _move(request, pk, casework.apply_rules)


@requires(may_see_queues)
@require_POST
def route(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    form = RouteForm(request.POST, auto_id="route_%s")
    if form.is_valid():
        try:
            casework.route(inquiry, agency=form.cleaned_data["agency"], by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except (UnableToMove, casework.UnableToWork, UnableToOpen) as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, route_form=form)


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@requires(may_see_queues)
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    is_late = clock.must_say_why(visible(request, pk), timezone.localdate())
    form = clock.answer_form(request.POST, request.FILES, is_late=is_late)
    return _write(request, pk, form, casework.answer, slot="answer")


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@requires(may_see_queues)
@require_POST
def ask_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = QuestionForm(request.POST, request.FILES, auto_id="question_%s")
    return _write(request, pk, form, casework.ask_back, slot="question")


def visible(request: HttpRequest, pk: uuid.UUID) -> Inquiry:
    found = Inquiry.objects.visible_to(request.user).with_routing().defer(None).with_what_there_is().with_desk_segments()
    return get_object_or_404(found, pk=pk)


def _move(request: HttpRequest, pk: uuid.UUID, verb: Callable[..., Inquiry]) -> HttpResponse:
    inquiry = visible(request, pk)
    try:
        verb(inquiry, by=person(request), today=timezone.localdate())
    except (UnableToMove, UnableToRoute, UnableToOpen, casework.UnableToWork) as error:
        return case_page(request, visible(request, pk), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=pk)


def _write(request: HttpRequest, pk: uuid.UUID, form: forms.Form, verb: Callable[..., object], *, slot: str) -> HttpResponse:
    inquiry = visible(request, pk)
    if form.is_valid():
        try:
            verb(inquiry, **form.cleaned_data, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except (UnableToMove, UnableToMoveLate, UnableToPropose, UnableToSend, casework.UnableToWork, UnableToOpen) as error:
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
    if isinstance(error, UnableToRoute):
        return _("No rule holds for this inquiry, so it stays where it is. Hand it over by hand, or set codes and flags first.")
    if isinstance(error, UnableToSend):
        return str(error)
    if isinstance(error, KeysUnreachable):
        return _(
            "The key store does not answer, so no inquiry can be opened or written in. Nothing is lost: try again in a minute."
        )
    if isinstance(error, UnableToOpen):
        return _("No key of the office opens this inquiry. Nothing is lost: ask the administrator to restore the missing key.")
    return clock.why_not(error) or str(error) or _("You may not work on this inquiry.")


def case_page(request: HttpRequest, inquiry: Inquiry, *, status: int = 200, **extra: object) -> HttpResponse:
    """The case page: thread, work, facts."""
    user, today = person(request), timezone.localdate()
    panes.with_parts(inquiry)
    moves = _moves(request, inquiry)
    events = list(inquiry.events.all())
    narrowed_to = request.GET.get("history", "all")
    is_late = clock.must_say_why(inquiry, today)
    agencies = list(Organisation.objects.agencies().that_read_inquiries().order_by("name", "pk"))
    clocked = clock.context(inquiry, user, today, is_late=is_late)
    opened = _opened(inquiry, user, is_late=is_late, was_late=clocked["standing"].was_late, agencies=agencies)
    note_draft = str(opened.get("note_draft", ""))
    beside = panes.context(inquiry, by=user, moves=moves, today=today, note_draft=note_draft)
    linked = [other.reference for _link, other, _is_merged in beside["relations"]]
    context = {
        "inquiry": inquiry,
        "today": today,
        "events": panes.history(events, narrowed_to, by=user, known=linked),
        "history": narrowed_to,
        "history_groups": panes.HISTORY_LABELS.items(),
        "moves": moves,
        "may_publish": not inquiry.objects_to_publication and agencies_to_publish_for(request.user, inquiry),
        "answer_form": clock.answer_form(is_late=is_late),
        "question_form": QuestionForm(auto_id="question_%s"),
        "route_form": RouteForm(initial={"agency": inquiry.agency_id}, agencies=agencies, auto_id="route_%s")
        if "route" in moves
        else None,
        **clocked,
        **beside,
        "about": crossings.advisory_of(user, inquiry),
        "readers": panes.readers(inquiry, events),
        **opened,
        **extra,
    }
    return render(request, "focalpoint/inquiries/case.html", context, status=status)


def _moves(request: HttpRequest, inquiry: Inquiry) -> frozenset[str]:
    """The moves that the state allows and this official may make."""
    if not may_work(request.user, inquiry):
        return frozenset()
    return lifecycle.moves_from(inquiry.state) - (frozenset() if may_route(request.user, inquiry) else {"route", "apply-rules"})


def _opened(inquiry: Inquiry, user: User, *, is_late: bool, was_late: bool, agencies: list[Organisation]) -> dict[str, object]:
    try:
        opened = casework.open_for_official(inquiry, by=user)
        conversation = thread.read(opened)  # first: what is hidden is looked for in its messages
        drafts = panes.words(opened, by=user)
        latest = conversation.lines[-1].position if conversation.lines else 0
        proposed = panels.proposed(opened, user, latest=latest, is_late=is_late)
        answer = {**proposed["answer_initial"], **({"text": drafts["drafts"]["answer"]} if "answer" in drafts["drafts"] else {})}
        breaches = lateness.explained(opened) if was_late else []
        return {
            "thread": conversation,
            "breaches": breaches,
            "unsaid": next((each.breach for each in breaches if each.breach.is_unsaid), None),
            **panels.consult(opened, user, agencies=agencies),
            **proposed,
            **drafts,
            "answer_form": clock.answer_form(initial=answer, is_late=is_late, has_files=proposed["has_files"]),
        }
    except (UnableToOpen, CannotOpen) as error:
        return {"thread": None, "sealed": why(UnableToOpen() if isinstance(error, CannotOpen) else error)}
