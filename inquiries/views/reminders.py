"""Reminders to come back, made from what the form says and from nothing else."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from inquiries import reminders
from inquiries.forms.returning import ReminderForm
from inquiries.models import Inquiry
from inquiries.views.strangers import for_strangers

IN_A_WEEK = timedelta(days=7)


def reminder_form(inquiry: Inquiry) -> ReminderForm:
    """A form that proposes the day an answer is due."""
    today = timezone.localdate()
    first = inquiry.due_on if inquiry.due_on and inquiry.due_on >= today else today + IN_A_WEEK
    return ReminderForm(initial={"first": first}, auto_id="reminder_%s")


@for_strangers("POST")
def calendar(request: HttpRequest) -> HttpResponse:
    form = ReminderForm(request.POST, auto_id="reminder_%s")
    if not form.is_valid():
        return render(request, "inquiries/reminders.html", {"form": form}, status=422)
    chosen = form.cleaned_data
    content = reminders.calendar(title=chosen["title"], first=chosen["first"], every=form.spacing, count=chosen["count"])
    headers = {"Content-Disposition": 'attachment; filename="reminder.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
