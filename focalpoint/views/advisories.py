"""Drafting, approval, publication, and the watch over what is being sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import figures, permissions
from advisories.forms import AdvisoryForm, ApproveForm, DeskListForm, NoteForm, ScheduleForm, WithdrawForm
from advisories.models import Advisory
from advisories.querysets import AdvisoryQuerySet
from advisories.services import comparing, editing, scheduling
from focalpoint import crossings
from mailroom import figures as mail_figures
from mailroom.doorbell import wake
from mailroom.models import ReportKind
from organisations.permissions import person, requires

PAGE = 50
QUEUES = {
    "all": _("All"),
    "drafts": _("Drafts"),
    "in-review": _("Waiting for approval"),
    "waiting": _("Waiting for you"),
    "approved": _("Approved"),
    "scheduled": _("Scheduled"),
    "sending": _("Being sent"),
    "published": _("Published"),
    "withdrawn": _("Withdrawn"),
    "undelivered": _("Urgent, none delivered"),
}


@requires(permissions.may_see_desk)
@never_cache
@require_safe
def advisories(request: HttpRequest) -> HttpResponse:
    form = DeskListForm(request.GET, queues=QUEUES)
    name = request.GET.get("queue") or "all"
    visible = Advisory.objects.for_desk(request.user).for_titles().select_related("author")
    rows = form.narrow(_queue(visible, name, request.user)) if form.is_valid() else visible.none()
    page = Paginator(rows, PAGE).get_page(form.cleaned_data.get("page"))
    totals = mail_figures.totals_of(advisory.source for advisory in page)
    context = {
        "form": form,
        "queue": name,
        "queues": QUEUES.items(),
        "page": page,
        "rows": [(advisory, totals[advisory.source]) for advisory in page],
        "may_draft": permissions.may_draft(request.user),
        "may_see_candidates": permissions.may_see_candidates(request.user),
        "may_keep_sources": permissions.may_keep_sources(request.user),
        "may_see_stopped": permissions.may_see_stopped(request.user),
        "may_watch_mail": permissions.may_watch_mail(request.user),
    }
    return render(request, "focalpoint/advisories/list.html", context, status=200 if form.is_valid() else 422)


def _queue(visible: AdvisoryQuerySet, name: str, user: Any) -> AdvisoryQuerySet:
    if name == "waiting":
        return visible.waiting_for(user)
    if name == "sending":
        return visible.filter(pk__in=figures.ids_being_sent())
    if name == "undelivered":
        return visible.filter(pk__in=[each.pk for each in figures.undelivered(timezone.now())])
    if name == "all":
        return visible
    return visible.filter(state="draft" if name == "drafts" else name)


@requires(permissions.may_see_desk)
@never_cache
@require_safe
def advisory(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, _visible(request, pk))


@requires(permissions.may_see_desk)
@never_cache
@require_safe
def progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of the page that says how far the mail has come; fetched again and again while it leaves."""
    return render(request, "focalpoint/advisories/progress.html", _progress(_visible(request, pk)))


@requires(permissions.may_draft)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = AdvisoryForm(request.POST or None, agencies=permissions.agencies_to_draft_for(user))
    if request.method == "POST" and form.is_valid():
        try:
            made = editing.draft(content=form.content, agency=form.cleaned_data["agency"], by=user, now=timezone.now())
            return redirect("focalpoint:advisory", pk=made.pk)
        except editing.UnableTo as error:
            form.add_error(None, str(error))
    return render(request, "focalpoint/advisories/form.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(permissions.may_draft)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user, found = person(request), _visible(request, pk)
    if not permissions.may_edit(user, found):
        raise PermissionDenied
    form = AdvisoryForm(request.POST or None, agencies=[found.agency], advisory=found)
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data["revision"] or 0
            editing.revise(found, content=form.content, revision=seen, by=user, now=timezone.now())
            return redirect("focalpoint:advisory", pk=pk)
        except editing.UnableTo as error:
            form.add_error(None, str(error))
    context = {"form": form, "advisory": found}
    return render(request, "focalpoint/advisories/form.html", context, status=422 if form.is_bound else 200)


@requires(permissions.may_see_desk)
@require_POST
def submit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return make_move(request, pk, editing.submit_for_review)


@requires(permissions.may_see_desk)
@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return make_move(request, pk, editing.approve, ApproveForm(request.POST), slot="approve_form")


@requires(permissions.may_see_desk)
@require_POST
def give_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return make_move(request, pk, editing.return_to_author, NoteForm(request.POST, auto_id="note_%s"), slot="note_form")


@requires(permissions.may_see_desk)
@require_POST
def publish(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    response = make_move(request, pk, editing.publish, today=timezone.localdate())
    wake()
    return response


@requires(permissions.may_see_desk)
@require_POST
def schedule(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form, found = ScheduleForm(request.POST, auto_id="schedule_%s"), _visible(request, pk)
    if not form.is_valid():
        return _page(request, found, status=422, schedule_form=form)
    try:
        scheduling.schedule(found, at=form.cleaned_data["at"], by=person(request), now=timezone.now())
    except editing.UnableTo as error:
        form.add_error(None, str(error))
        return _page(request, _visible(request, pk), status=409, schedule_form=form)
    return redirect("focalpoint:advisory", pk=pk)


@requires(permissions.may_see_desk)
@require_POST
def hold(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return make_move(request, pk, scheduling.hold)


@requires(permissions.may_draft)
@require_POST
def correct(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin a correction, or go on with the one that has begun."""
    try:
        begun = editing.correct(_visible(request, pk), by=person(request), now=timezone.now())
    except editing.UnableTo as error:
        return _page(request, _visible(request, pk), status=409, refused=str(error))
    return redirect("focalpoint:advisory-edit" if permissions.may_edit(request.user, begun) else "focalpoint:advisory", pk=begun.pk)


@requires(permissions.may_see_desk)
@require_POST
def withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    response = make_move(request, pk, editing.withdraw, WithdrawForm(request.POST, auto_id="withdraw_%s"), slot="withdraw_form")
    wake()
    return response


def _visible(request: HttpRequest, pk: uuid.UUID) -> Advisory:
    return get_object_or_404(Advisory.objects.for_desk(request.user).for_list().select_related("author", "corrects"), pk=pk)


def make_move(
    request: HttpRequest,
    pk: uuid.UUID,
    verb: Callable[..., Advisory],
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
        verb(found, by=person(request), now=timezone.now(), **(form.cleaned_data if form else {}), **more)
    except editing.UnableTo as error:
        return _page(request, _visible(request, pk), status=409, refused=str(error))
    return redirect("focalpoint:advisory", pk=pk)


def _page(request: HttpRequest, found: Advisory, *, status: int = 200, **extra: object) -> HttpResponse:
    context = {
        "advisory": found,
        "moves": _moves(request, found),
        "approvals": found.approvals.filter(revision=found.revision).select_related("approver").order_by("at", "pk"),
        "correction": _correction(request, found),
        **_reports(found),
        "back": crossings.answered_back(request.user, found),
        "older": Advisory.objects.for_desk(request.user).filter(superseded_by=found).newest_first(),
        "newer": Advisory.objects.for_desk(request.user).filter(supersedes=found).newest_first(),
        "languages": [(code, name) for code, name in settings.ADVISORY_LANGUAGES if code != found.language],
        "may_compare": found.revision > 1 and permissions.may_compare(request.user, found),
        "last_seen": comparing.last_seen(found, by=person(request)),
        "may_see_recipients": permissions.works_for(request.user, found) and not found.is_unpublished,
        "reach": None if found.is_unpublished else figures.reach(found),
        "may_steer": permissions.may_steer(request.user, found),
        "mail_moves": set() if found.is_unpublished else figures.mail_moves(found),
        "doubts": None if found.is_unpublished else figures.doubts(found),
        "events": found.events.select_related("by").order_by("at", "pk"),
        "addresses": editing.addresses(found, today=timezone.localdate()) if found.is_unpublished else None,
        "approve_form": ApproveForm(initial={"revision": found.revision}),
        "note_form": NoteForm(auto_id="note_%s"),
        "schedule_form": ScheduleForm(auto_id="schedule_%s"),
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"),
        **_progress(found),
        **extra,
    }
    return render(request, "focalpoint/advisories/advisory.html", context, status=status)


def _correction(request: HttpRequest, found: Advisory) -> Advisory | None:
    """The one that corrects it, as far as this official may see that."""
    return Advisory.objects.for_desk(request.user).filter(corrects=found).first()


def _moves(request: HttpRequest, found: Advisory) -> set[str]:
    """The moves that the state allows and this person may make."""
    may = {
        "revise": permissions.may_edit,
        "submit": permissions.may_submit,
        "approve": permissions.may_approve,
        "return": permissions.may_return,
        "publish": permissions.may_publish,
        "schedule": permissions.may_schedule,
        "hold": permissions.may_hold,
        "withdraw": permissions.may_withdraw,
        "correct": permissions.may_correct,
    }
    return {move for move, predicate in may.items() if predicate(request.user, found)}


def _reports(found: Advisory) -> dict[str, object]:
    """What was said of its copies after they had left, in words and numbers."""
    said = {} if found.is_unpublished else mail_figures.reports_by_kind(found.source)
    in_words = [(kind.label, said[kind]) for kind in ReportKind if kind in said]
    return {"reports": in_words, "are_refused": ReportKind.POLICY in said}


def _progress(found: Advisory) -> dict[str, object]:
    return {"advisory": found, "totals": None if found.is_unpublished else figures.progress(found)}
