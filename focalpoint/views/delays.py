"""Delays of the ledger: asked for by one official, decided by another, listed for both and for the auditor."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.permissions import person, requires
from registry.disclosure import Audience, Purpose
from registry.forms import DelayForm, LookForm, PageForm
from registry.models import Delay
from registry.permissions import (
    delaying_capacities,
    may_ask_delay,
    may_decide_delay,
    may_decide_delays,
    may_read_delays,
    official_capacities,
)
from registry.querysets import DelayQuerySet
from registry.services import delays as verbs

PAGE = 50


@requires(may_read_delays)
@never_cache
@require_safe
def delays(request: HttpRequest) -> HttpResponse:
    """Every delay there ever was, newest first, with what it has put off."""
    return _page(request)


@requires(may_ask_delay)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    form = DelayForm(request.POST if request.method == "POST" else None, capacities=delaying_capacities(request.user))
    if form.is_valid():
        said = form.cleaned_data
        try:
            verbs.ask(
                audience=Audience(said["audience"]),
                purpose=Purpose(said["purpose"]),
                reason=said["reason"],
                until=said["until"],
                by=person(request),
                today=timezone.localdate(),
            )
        except verbs.UnableToDelay as error:
            raise PermissionDenied from error
        except verbs.TooLong:
            form.add_error("until", _("Choose a day from today on, at most 180 days away."))
        else:
            messages.success(request, _("A second official decides. Until then every look is told at once."))
            return redirect("focalpoint:delays")
    return render(request, "focalpoint/registry/delay_ask.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(may_decide_delays)
@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _decide(request, pk, verbs.approve, done=_("Approved. Whoever asked for it can choose it before looking."))


@requires(may_decide_delays)
@require_POST
def refuse(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _decide(request, pk, verbs.refuse, done=_("Refused. Looks are told at once, as always."))


def usable_delays(request: HttpRequest) -> DelayQuerySet:
    """Those that this official may choose for a look today."""
    return Delay.objects.usable_by(request.user, today=timezone.localdate())


def kept_look(request: HttpRequest) -> LookForm | None:
    """What the official said for a piece of work; None to those who have still to say it, or whose delay is over."""
    return LookForm.kept(request.session, capacities=official_capacities(request.user), delays=usable_delays(request))


def _decide(request: HttpRequest, pk: uuid.UUID, verb: Callable[..., Delay], *, done: str) -> HttpResponse:
    delay = get_object_or_404(Delay.objects.with_people(), pk=pk)
    try:
        verb(delay=delay, by=person(request), today=timezone.localdate())
    except verbs.UnableToDelay as error:
        raise PermissionDenied from error
    except verbs.AlreadyDecided as error:
        return _page(request, status=409, refused=_why_not(error.delay))
    messages.success(request, done)
    return redirect("focalpoint:delays")


def _why_not(delay: Delay) -> str:
    if delay.decided_by:
        return _("%(official)s was quicker: this is decided already.") % {"official": delay.decided_by}
    return _("The last day is over; there is nothing left to decide.")


def _page(request: HttpRequest, *, status: int = 200, refused: str = "") -> HttpResponse:
    form, today = PageForm(request.GET), timezone.localdate()
    if not form.is_valid():
        raise BadRequest(" ".join(str(error) for errors in form.errors.values() for error in errors))
    try:
        page = Paginator(Delay.objects.with_people().with_looks().order_by("-asked_on", "-pk"), PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    context = {
        "page": page,
        "rows": [(delay, may_decide_delay(request.user, delay)) for delay in page],
        "running": Delay.objects.running(today=today).count(),
        "may_ask": may_ask_delay(request.user),
        "refused": refused,
        "today": today,
    }
    return render(request, "focalpoint/registry/delays.html", context, status=status)
