"""Putting off an answer, and what an administrator sets: the days of the office and how soon it answers."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries import clock
from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries import deadlines, doorbell
from inquiries.calendars import holidays_of
from inquiries.forms.deadlines import ClosureForm, TargetForm
from inquiries.models import Closure, Priority, Recalculation, ResponseTarget, Topic
from inquiries.permissions import may_keep_calendar, may_see_queues
from inquiries.services import casework, explaining, extending, lateness, office_days
from inquiries.services import clock as clocks
from inquiries.services.casebook import UnableToMove
from inquiries.services.readers import UnableToOpen
from organisations.permissions import person, requires


@requires(may_see_queues)
@require_POST
def extend(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    today = timezone.localdate()
    inquiry = visible(request, pk)
    form = clock.extend_form(request.POST, is_late=lateness.needs_reason(inquiry, today=today))
    if form.is_valid():
        try:
            extending.extend(inquiry, **form.cleaned_data, by=person(request), today=today)
            return redirect("focalpoint:inquiry", pk=pk)
        except (UnableToMove, casework.UnableToWork, UnableToOpen, extending.UnableToExtend, lateness.UnableToMoveLate) as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, extend_form=form)


@requires(may_see_queues)
@require_POST
def explain(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    breach = get_object_or_404(inquiry.breaches.select_related("inquiry"), pk=ref)
    form = clock.explain_form(request.POST)
    if form.is_valid():
        try:
            explaining.say_why(breach, late=form.cleaned_data["late"], by=person(request))
            return redirect("focalpoint:inquiry", pk=pk)
        except (explaining.UnableToExplain, casework.UnableToWork, UnableToOpen) as error:
            return case_page(request, visible(request, pk), status=409, refused=why(error), explain_form=form)
    return case_page(request, visible(request, pk), status=422, explain_form=form)


# --- an administrator's -----------------------------------------------------------------------------------------------


@requires(may_keep_calendar)
@never_cache
@require_safe
def office(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "focalpoint/inquiries/deadlines/progress.html", {"run": _latest_run()})
    return _page(request)


@requires(may_keep_calendar)
@require_POST
def close_office(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form = ClosureForm(request.POST, today=today, auto_id="closure_%s")
    if form.is_valid():
        try:
            _recompute(request, office_days.close_office(**form.cleaned_data, by=person(request), today=today))
            return redirect("focalpoint:deadlines")
        except office_days.UnableToSet:
            form.add_error(None, _("That day has begun meanwhile."))
    return _page(request, status=422, closure_form=form)


@requires(may_keep_calendar)
@require_POST
def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        closure = get_object_or_404(Closure, pk=pk)
        _recompute(request, office_days.take_back(closure, by=person(request), today=timezone.localdate()))
    except office_days.UnableToSet:
        return _page(request, status=409, refused=_("These days have begun: what was due has been put off already."))
    return redirect("focalpoint:deadlines")


@requires(may_keep_calendar)
@require_POST
def set_targets(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form = TargetForm(request.POST, today=today, auto_id="target_%s")
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            office_days.set_targets(
                topic=cleaned["topic"],
                priority=cleaned["priority"],
                targets=form.targets(),
                valid_from=cleaned["valid_from"],
                by=person(request),
                today=today,
            )
            return redirect("focalpoint:deadlines")
        except office_days.UnableToSet:
            form.add_error(None, _("That day has begun meanwhile."))
    return _page(request, status=422, target_form=form)


def _recompute(request: HttpRequest, run: Recalculation) -> None:
    try:
        doorbell.recompute_deadlines(run.pk)
    except doorbell.UnableToRing:
        messages.warning(request, _("The queue can't be reached just now. Deadlines are worked out anew tonight by themselves."))


def _page(request: HttpRequest, *, status: int = 200, **extra: object) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "today": today,
        "run": _latest_run(),
        "closures": Closure.objects.coming(today),
        "holidays": _holidays(today),
        "targets": _targets(today),
        "planned": ResponseTarget.objects.filter(valid_from__gt=today).order_by("valid_from", "topic", "priority"),
        "closure_form": ClosureForm(today=today, auto_id="closure_%s"),
        "target_form": TargetForm(today=today, auto_id="target_%s", initial={"valid_from": today + timedelta(days=1)}),
        **extra,
    }
    return render(request, "focalpoint/inquiries/deadlines.html", context, status=status)


def _latest_run() -> Recalculation | None:
    """The recalculation under way, or the last one that is worth a word."""
    return Recalculation.objects.order_by("is_finished", "-begun_on", "-differed", "pk").first()


def _holidays(today: date) -> list[tuple[date, str]]:
    """The public holidays of the coming year."""
    years = (holidays_of(settings.COUNTRY, year) for year in (today.year, today.year + 1))
    found = {day: name for each in years for day, name in each.items()}
    return [(day, name) for day, name in found.items() if today <= day < today + timedelta(days=365)]


def _targets(today: date) -> list[tuple[str, list[tuple[str, deadlines.Targets]]]]:
    """The targets of a question that comes in today, by topic and priority."""
    table = clocks.rules().targets
    return [
        (str(topic.label), [(str(priority.label), table.at(topic, priority, today)) for priority in Priority]) for topic in Topic
    ]
