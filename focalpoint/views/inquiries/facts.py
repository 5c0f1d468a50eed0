"""The desk's own words about a case."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.describing import FactsForm
from inquiries.permissions import may_see_queues
from inquiries.services import casework, describing
from inquiries.services.describing import Facts
from organisations.permissions import person, requires


@requires(may_see_queues)
@require_POST
def describe(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry = visible(request, pk)
    form = FactsForm(request.POST, known=inquiry.codes, auto_id="facts_%s")
    if form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            describing.describe(inquiry, facts=form.facts, seen=seen, by=person(request), today=timezone.localdate())
            return redirect("focalpoint:inquiry", pk=pk)
        except describing.UnableToDescribe as error:
            form.add_error(None, _changed(error.facts))
            typed = request.POST.copy()
            typed["seen"] = error.facts.version  # sent again, it is meant
            form.data = typed
        except casework.UnableToWork as error:
            form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, facts_form=form)


def _changed(facts: Facts) -> str:
    return _(
        "Somebody changed the facts after you opened them. They are now: title “%(title)s”; summary “%(summary)s”; control entries "
        "%(codes)s; tags %(tags)s. What you typed is below: compare it, and save it again if it shall stand."
    ) % {
        "title": facts.title,
        "summary": facts.summary[:300],
        "codes": ", ".join(facts.codes) or _("none"),
        "tags": ", ".join(facts.tags) or _("none"),
    }
