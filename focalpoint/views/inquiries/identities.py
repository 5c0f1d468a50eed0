"""Who asks: the gatekeepers' page for confidential askers, and the look at a named one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries.case import case_page, visible
from inquiries import lifecycle
from inquiries.forms.gate import OpeningForm, RefusalForm
from inquiries.models import NamedAsker, Opening
from inquiries.permissions import may_keep_the_gate, may_see_queues
from inquiries.services import casework
from inquiries.services import identities as gate
from inquiries.services.readers import KeysUnreachable, UnableToOpen
from organisations.permissions import person, requires

PAGE = 30
# The oldest come first, and make room as they are decided or run out.
MOST = 50


@requires(may_keep_the_gate)
@never_cache
@require_safe
def identities(request: HttpRequest) -> HttpResponse:
    return _page(request)


@requires(may_keep_the_gate)
@sensitive_post_parameters()
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    form = OpeningForm(request.POST, user=person(request), today=timezone.localdate())
    if form.is_valid():
        inquiry, reason = form.cleaned_data["reference"], form.cleaned_data["reason"]
        try:
            gate.ask(inquiry, reason=reason, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:identities")
        except (gate.UnableToPass, UnableToOpen) as error:
            form.add_error(None, _why(error))
    return _page(request, form=form, status=422)


@requires(may_keep_the_gate)
@require_POST
def agree(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _decide(request, lambda: gate.grant(_opening(request, pk), by=person(request), today=timezone.localdate()))


@requires(may_keep_the_gate)
@sensitive_post_parameters()
@require_POST
def refuse(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    opening, form = _opening(request, pk), RefusalForm(request.POST)
    if not form.is_valid():
        return _page(request, refusal=(opening, form), status=422)
    reason = form.cleaned_data["reason"]
    return _decide(request, lambda: gate.refuse(opening, reason=reason, by=person(request), today=timezone.localdate()))


@requires(may_keep_the_gate)
@never_cache
@require_POST
def read(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The one page that shows who asks confidentially. Sent again, it shows nothing any more."""
    opening = _opening(request, pk)
    try:
        who = gate.read(opening, by=person(request), today=timezone.localdate())
    except (gate.UnableToPass, UnableToOpen) as error:
        return _page(request, refused=_why(error), status=409)
    return render(request, "focalpoint/inquiries/identities/identity.html", {"who": who, "reference": opening.inquiry.reference})


@requires(may_see_queues)
@never_cache
@require_POST
def reveal(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The case page with the named asker on it; the look is noted before it is granted."""
    inquiry = visible(request, pk)
    known = NamedAsker.objects.known_to(request.user).select_related("inquiry", "organisation", "user")
    asker = casework.reveal(get_object_or_404(known, pk=pk), by=person(request), today=timezone.localdate())
    return case_page(request, inquiry, revealed=asker)


def _opening(request: HttpRequest, pk: uuid.UUID) -> Opening:
    return get_object_or_404(Opening.objects.visible_to(request.user).with_case(), pk=pk)


def _decide(request: HttpRequest, verb: Callable[[], Opening]) -> HttpResponse:
    try:
        verb()
    except (gate.UnableToPass, UnableToOpen) as error:
        return _page(request, refused=_why(error), status=409)
    return redirect("focalpoint:identities")


def _page(
    request: HttpRequest,
    *,
    form: OpeningForm | None = None,
    refusal: tuple[Opening, RefusalForm] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    user, today = person(request), timezone.localdate()
    seen = Opening.objects.visible_to(user).with_case()
    page = Paginator(seen.exclude(state=lifecycle.ASKED).newest_first(), PAGE).get_page(request.GET.get("page"))
    waiting = list(seen.waiting().oldest_first()[:MOST])
    readable = list(seen.readable_by(user, today=today).oldest_first()[:MOST])
    refused, steps = _steps([*waiting, *readable, *page.object_list], refused)
    decidable = set(seen.decidable_by(user).filter(pk__in=[each.pk for each in waiting]).values_list("pk", flat=True))
    context = {
        "waiting": [(step, _refusal_form(step.opening, refusal), step.opening.pk in decidable) for step in steps[: len(waiting)]],
        "ran_out": seen.ran_out_for(user, today=today).select_related("inquiry").newest_first()[:MOST],
        "readable": steps[len(waiting) : len(waiting) + len(readable)],
        "history": steps[len(waiting) + len(readable) :],
        "page": page,
        "form": form or OpeningForm(user=user, today=today, initial={"reference": request.GET.get("reference", "")[:40]}),
        "refused": refused,
    }
    return render(request, "focalpoint/inquiries/identities.html", context, status=status)


def _steps(openings: Iterable[Opening], refused: str) -> tuple[str, list[gate.Step]]:
    """Openings with their words, or none and why, where the key store does not answer."""
    try:
        return refused, gate.steps(openings, today=timezone.localdate())
    except KeysUnreachable as error:
        return _why(error), []


def _refusal_form(opening: Opening, refusal: tuple[Opening, RefusalForm] | None) -> forms.Form:
    if refusal and refusal[0] == opening:
        return refusal[1]
    return RefusalForm(auto_id=f"refusal_{opening.pk}_%s")


def _why(error: Exception) -> str:
    if isinstance(error, KeysUnreachable):
        return _("The key store does not answer, so nothing can be opened or noted. Nothing is lost: try again in a minute.")
    if isinstance(error, UnableToOpen):
        return _("No key of the office opens it. Nothing was noted: ask the administrator to restore the missing key.")
    return _("That step is not open to you: somebody took it, its time is over, or you have worked on the case. Look at it anew.")
