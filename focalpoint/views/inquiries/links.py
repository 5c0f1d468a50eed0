"""What is like a case, links to other cases, and answering several together."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from focalpoint.views.inquiries.case import case_page, visible, why
from inquiries.forms.relating import LinkForm
from inquiries.models import Inquiry, Relation
from inquiries.permissions import may_see_queues, may_work
from inquiries.services import precedents, relating
from inquiries.services.casebook import UnableToMove
from inquiries.services.casework import UnableToWork
from organisations.permissions import person, requires


@requires(may_see_queues)
@never_cache
@require_safe
def related(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Earlier answers and open cases on the same subject: a page of its own, or the part that the case page fetches."""
    inquiry, user, today = visible(request, pk), person(request), timezone.localdate()
    name = "focalpoint/inquiries/case/precedents.html" if request.headers.get("HX-Request") else "focalpoint/inquiries/related.html"
    context = {
        "inquiry": inquiry,
        "precedents": precedents.precedents(inquiry, by=user),
        "alike": precedents.alike(inquiry, by=user, today=today),
        "works": may_work(user, inquiry),
        "today": today,
    }
    return render(request, name, context)


@requires(may_see_queues)
@require_POST
def link(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    inquiry, user = visible(request, pk), person(request)
    form = LinkForm(request.POST, auto_id="link_%s")
    if form.is_valid():
        other = Inquiry.objects.visible_to(user).filter(reference=form.cleaned_data["reference"]).first()
        if other is None:
            form.add_error("reference", _("You see no case with this reference."))
        else:
            try:
                _relate(inquiry, other, form.cleaned_data["kind"], request)
                return redirect("focalpoint:inquiry", pk=pk)
            except relating.UnableToRelate as error:
                form.add_error(None, str(error))
            except (UnableToMove, UnableToWork) as error:
                form.add_error(None, why(error))
    return case_page(request, visible(request, pk), status=422, link_form=form)


def _relate(inquiry: Inquiry, other: Inquiry, kind: str, request: HttpRequest) -> None:
    by, today = person(request), timezone.localdate()
    if kind == "merged":
        relating.merge(inquiry, into=other, by=by, today=today)
    else:
        relating.link(inquiry, other=other, kind=kind, by=by, today=today)


@requires(may_see_queues)
@require_POST
def unlink(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    inquiry, user = visible(request, pk), person(request)
    relation = get_object_or_404(Relation.objects.of(inquiry).visible_to(user).select_related("inquiry", "other"), pk=ref)
    try:
        relating.unlink(relation, by=user, today=timezone.localdate())
    except relating.UnableToRelate as error:
        return case_page(request, visible(request, pk), status=409, refused=str(error))
    except UnableToWork as error:
        return case_page(request, visible(request, pk), status=409, refused=why(error))
    return redirect("focalpoint:inquiry", pk=pk)
