"""Introductions: a listed firm asks to meet another, which answers; each is named to the other once both have said yes."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.permissions import firms_of, person, requires
from registry import gateway
from registry.forms import PageForm
from registry.forms.introductions import IntroductionForm, YesOrNoForm
from registry.forms.outreach import MessageForm
from registry.looking.meetings import Seen, field_of, gate_of, seen
from registry.looking.suggesting import seen as suggestion_seen
from registry.models import Introduction, Suggestion
from registry.permissions import may_open_entry
from registry.services import introducing as verbs
from registry.services import suggesting
from registry.services.projection import own
from registry.views.entries import entry_or_404, firm_of, refuse_parameters, strict

PAGE = 50


@requires(may_open_entry)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    form, firm, today = strict(PageForm(request.GET)), firm_of(request), timezone.localdate()
    found = Introduction.objects.of(firm).order_by("-asked_on", "pk")
    try:
        page = Paginator(found, PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    rows = [
        (each, each.asker.organisation_id == firm.pk, each.can_be_answered(today), each.waits_for_asker(today)) for each in page
    ]
    context = {"page": page, "rows": rows, "suggested": suggesting.standing(firm, today)}
    return render(request, "registry/introductions/list.html", context)


@requires(may_open_entry)
@never_cache
@require_safe
def suggested(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What an official thinks that the firm should know of, and what the firm may see of it; the ordinary asking is a page away."""
    refuse_parameters(request)
    firm, found = firm_of(request), _suggestion(request, pk)
    other = suggestion_seen(request.user, found, firm, today=timezone.localdate())
    return render(request, "registry/introductions/suggested.html", {"suggestion": found, "other": other})


@requires(may_open_entry)
@require_POST
def decline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        suggesting.decline(suggestion=_suggestion(request, pk), by=person(request), today=timezone.localdate())
    except suggesting.UnableToSuggest as error:
        raise PermissionDenied from error
    except suggesting.HasEnded:
        messages.warning(request, _("It has ended already."))
    else:
        messages.success(request, _("You said no, thank you. Nobody is told."))
    return redirect("registry:introductions")


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Ask to be introduced to an entry, after reading what it will see."""
    refuse_parameters(request)
    firm = firm_of(request)
    held = entry_or_404(firm)
    try:
        meeting = gate_of(request.user, firm, today=timezone.localdate()).meeting(ref)
    except (gateway.UnableToLook, gateway.NotDisclosed) as error:
        raise Http404 from error
    form = IntroductionForm(request.POST if request.method == "POST" else None, own=own(held))
    if form.is_valid() and meeting.mine and (made := _ask(request, form, meeting)):
        messages.success(request, _("Asked. If the other says yes, each of you is told who the other is."))
        return redirect("registry:introduction", made.pk)
    context = {"meeting": meeting, "form": form}
    return render(request, "registry/introductions/ask.html", context, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    refuse_parameters(request)
    found = _seen(request, pk)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data["text"]
        try:
            verbs.write(
                introduction=found.introduction, text=said, by=person(request), today=timezone.localdate(), now=timezone.now()
            )
        except (verbs.UnableToIntroduce, verbs.HasEnded) as error:
            raise PermissionDenied from error
        messages.success(request, _("Sent."))
        return redirect("registry:introduction", pk)
    return _page(request, found, form, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form, found = YesOrNoForm(request.POST), _introduction(request, pk)
    if not form.is_valid():
        raise BadRequest(_("Say yes or no."))
    try:
        verbs.answer(introduction=found, says_yes=form.says_yes, by=person(request), today=timezone.localdate(), now=timezone.now())
    except verbs.UnableToIntroduce as error:
        raise PermissionDenied from error
    except verbs.HasEnded:
        messages.warning(request, _("It can't be answered any more."))
    else:
        yes, no = _("You are introduced: each of you now sees who the other is."), _("You said no. The other is not told.")
        messages.success(request, yes if form.says_yes else no)
    return redirect("registry:introduction", pk)


@requires(may_open_entry)
@require_POST
def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        verbs.take_back(introduction=_introduction(request, pk), by=person(request), today=timezone.localdate())
    except verbs.UnableToIntroduce as error:
        raise PermissionDenied from error
    except verbs.HasEnded:
        messages.warning(request, _("It is too late to take it back."))
    else:
        messages.success(request, _("Taken back."))
    return redirect("registry:introduction", pk)


def _ask(request: HttpRequest, form: IntroductionForm, meeting: gateway.Meeting) -> Introduction | None:
    """Ask, or say in the form why not."""
    said = form.cleaned_data["words"].replace("\r\n", "\n")
    asker = entry_or_404(firm_of(request))
    try:
        return verbs.ask(
            asker=asker,
            asked_id=meeting.entry_id,
            words=said,
            field=field_of(meeting),
            by=person(request),
            today=timezone.localdate(),
            now=timezone.now(),
        )
    except verbs.UnableToIntroduce:
        form.add_error(None, _("You can't be introduced: this is your own entry, or one of the two is not shown any more."))
    except verbs.TooSoon:
        form.add_error(None, _("The same two can be introduced once a year."))
    except verbs.TooMany:
        form.add_error(
            None, _("You wait for %(most)s answers. Ask again when one has come or run out.") % {"most": verbs.MOST_OPEN}
        )
    return None


def _page(request: HttpRequest, one_sees: Seen, form: MessageForm, *, status: int = 200) -> HttpResponse:
    today, found = timezone.localdate(), one_sees.introduction
    context = {
        "seen": one_sees,
        "introduction": found,
        "can_be_answered": not one_sees.is_asker and found.can_be_answered(today),
        "waits": one_sees.is_asker and found.waits_for_asker(today),
        "thread": found.messages.order_by("pk")[: verbs.MOST_MESSAGES] if found.is_agreed and one_sees.other else (),
        "form": form,
    }
    return render(request, "registry/introductions/one.html", context, status=status)


def _seen(request: HttpRequest, pk: uuid.UUID) -> Seen:
    return seen(request.user, _introduction(request, pk), firms_of(request.user), today=timezone.localdate())


def _suggestion(request: HttpRequest, pk: uuid.UUID) -> Suggestion:
    return get_object_or_404(Suggestion.objects.of(firm_of(request)), pk=pk)


def _introduction(request: HttpRequest, pk: uuid.UUID) -> Introduction:
    return get_object_or_404(Introduction.objects.visible_to(request.user), pk=pk)
