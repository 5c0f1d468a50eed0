"""Invitations to firms: written, counted, read over, sent, and answered in threads. No page shows an address that no cell shows."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailroom import figures
from organisations.permissions import person, requires
from registry import emails, gateway
from registry.disclosure import Audience, Field, Purpose
from registry.forms import PageForm, StrictForm
from registry.forms.outreach import MessageForm, OutreachForm, RevisionForm, question_of
from registry.models import Invited, Outreach
from registry.permissions import Capacity, may_approve_outreach, may_reach_out, may_send_outreach, outreach_capacities
from registry.services import outreach as verbs

Row = TypeVar("Row", Outreach, Invited)
PAGE = 50
NAMED = frozenset({Field.LEGAL_NAME, Field.CONTACT_EMAIL})


@requires(may_reach_out)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    found = _visible(request).order_by("-written_at", "pk")
    return render(request, "focalpoint/outreach/list.html", {"page": _page(request, found)})


@requires(may_reach_out)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    _refuse_parameters(request)
    form = _form(request)
    if form.is_valid():
        made = verbs.draft(content=form.content, capacity=form.capacity_chosen, by=person(request), now=timezone.now())
        return redirect("focalpoint:outreach-one", made.pk)
    return render(request, "focalpoint/outreach/form.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(may_reach_out)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    _refuse_parameters(request)
    found = _outreach(request, pk)
    if found.is_sent:
        raise Http404
    form = _form(request, found)
    if form.is_valid():
        try:
            revision = form.cleaned_data["revision"] or 0
            verbs.revise(outreach=found, content=form.content, revision=revision, by=person(request), now=timezone.now())
        except verbs.HasChanged:
            form.add_error(None, _("Somebody changed or sent it after you opened it. Copy what you wrote and open it anew."))
        else:
            return redirect("focalpoint:outreach-one", pk)
    context = {"form": form, "outreach": found}
    return render(request, "focalpoint/outreach/form.html", context, status=422 if form.is_bound else 200)


@requires(may_reach_out)
@never_cache
@require_safe
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Before it is sent the count and the mail; afterwards how far the mail has come, and who answered."""
    return _one(request, _outreach(request, pk))


@requires(may_reach_out)
@require_POST
def send(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send it, or have a second official asked; a second official who sends what waits agrees by it."""
    found, revision = _outreach(request, pk), _revision(request)
    gate = _gate(request, found)
    addressing = partial(_addressed, gate, found)
    try:
        sent = verbs.send(outreach=found, revision=revision, addressing=addressing, by=person(request), now=timezone.now())
    except verbs.UnableToReachOut as error:
        raise PermissionDenied from error
    except verbs.HasChanged:
        return _one(request, _outreach(request, pk), refused=_has_changed(), status=409)
    except verbs.NobodyToWriteTo:
        refused = _("There is nobody to write to: no entry that is concerned shows you an address.")
        return _one(request, _outreach(request, pk), refused=refused, status=422)
    except gateway.TooMany:
        return _one(request, found, status=422)
    if sent.is_sent:
        messages.success(request, _("The invitation is on its way. Answers come into threads on this page."))
    else:
        most = {"most": Outreach.ALONE}
        messages.success(request, _("It goes to more than %(most)s entries: a second official reads it and sends it.") % most)
    return redirect("focalpoint:outreach-one", pk)


@requires(may_reach_out)
@require_POST
def discard(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take away what is not sent."""
    found, revision = _outreach(request, pk), _revision(request)
    try:
        verbs.discard(outreach=found, revision=revision, by=person(request))
    except verbs.UnableToReachOut as error:
        raise PermissionDenied from error
    except verbs.HasChanged:
        return _one(request, _outreach(request, pk), refused=_has_changed(), status=409)
    messages.success(request, _("Discarded. Nothing was sent."))
    return redirect("focalpoint:outreach")


@requires(may_reach_out)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """What a firm that was invited and the agency wrote to each other. Its name is shown while the agency's cell shows it."""
    _refuse_parameters(request)
    found = _outreach(request, pk)
    invited = get_object_or_404(Invited.objects.answered(), pk=number, outreach=found)
    listed = _gate(request, found).known([invited.entry_id], fields=NAMED).get(invited.entry_id)
    if request.method == "POST" and listed is None:
        raise PermissionDenied
    form = MessageForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            verbs.write(invited=invited, text=form.cleaned_data["text"], by=person(request), now=timezone.now())
        except verbs.UnableToReachOut as error:
            raise PermissionDenied from error
        messages.success(request, _("Sent. The firm is told that there is something to read."))
        return redirect("focalpoint:outreach-thread", pk, number)
    context = {
        "outreach": found,
        "listed": listed,
        "thread": invited.messages.order_by("pk")[: verbs.MOST_MESSAGES],
        "form": form,
    }
    return render(request, "focalpoint/outreach/thread.html", context, status=422 if form.is_bound else 200)


def _one(request: HttpRequest, found: Outreach, *, refused: str = "", status: int = 200) -> HttpResponse:
    context = {
        "outreach": found,
        "refused": refused,
        "mail": emails.outreach(found),
        "may_approve": may_approve_outreach(request.user, found),
        "alone": Outreach.ALONE,
        "fewest": gateway.FEWEST_TOLD,
    }
    gate = _gate(request, found)
    if found.is_sent:
        page = _page(request, found.invited.answered())
        named = gate.known([invited.entry_id for invited in page], fields=NAMED) if page.object_list else {}
        context |= {
            "page": page,
            "threads": [(invited, named.get(invited.entry_id)) for invited in page],
            "totals": figures.totals(found.source),
        }
    else:
        _refuse_parameters(request)
        context["discard_form"] = RevisionForm(initial={"revision": found.revision}, auto_id=False)
        try:
            context["reach"] = gate.reach(question_of(found), without=verbs.stopped(found.agency))
        except gateway.TooMany:
            context["refused"] = _("That is more than %(most)s entries. Narrow it down.") % {"most": gateway.MOST_WRITTEN_TO}
    return render(request, "focalpoint/outreach/one.html", context, status=status)


def _revision(request: HttpRequest) -> int:
    form = RevisionForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("Say which words are meant: open the invitation and press its button."))
    revision: int = form.cleaned_data["revision"]
    return revision


def _has_changed() -> str:
    return _("Somebody changed or sent it after you read it. Read it again.")


def _addressed(gate: gateway.Gate, found: Outreach, without: set[uuid.UUID]) -> gateway.Addressed:
    return gate.addressed(question_of(found), without=without)


def _gate(request: HttpRequest, found: Outreach) -> gateway.Gate:
    capacity = Capacity(Audience(found.audience), found.agency)
    try:
        return gateway.disclosed(request.user, Purpose.OUTREACH, found.subject, today=timezone.localdate(), capacity=capacity)
    except gateway.UnableToLook as error:
        raise PermissionDenied from error


def _form(request: HttpRequest, found: Outreach | None = None) -> OutreachForm:
    capacities = [
        capacity for capacity in outreach_capacities(request.user) if found is None or capacity.audience == found.audience
    ]
    return OutreachForm(
        request.POST if request.method == "POST" else None,
        capacities=capacities,
        today=timezone.localdate(),
        initial=OutreachForm.initial_of(found) if found else None,
    )


def _visible(request: HttpRequest) -> QuerySet[Outreach]:
    agencies = {capacity.organisation for capacity in outreach_capacities(request.user) if capacity.organisation}
    return Outreach.objects.of_agencies(agencies)


def _outreach(request: HttpRequest, pk: uuid.UUID) -> Outreach:
    found = get_object_or_404(_visible(request), pk=pk)
    if not may_send_outreach(request.user, found):
        raise Http404
    return found


def _page(request: HttpRequest, found: QuerySet[Row]) -> Page[Row]:
    form = PageForm(request.GET)
    if not form.is_valid():
        raise BadRequest
    try:
        return Paginator(found, PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error


def _refuse_parameters(request: HttpRequest) -> None:
    if not StrictForm(request.GET).is_valid():
        raise BadRequest
