"""Answers for everybody: found, read and judged without an account or a trace."""

from __future__ import annotations

import uuid
from datetime import datetime, time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import EmptyPage, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from inquiries.forms.publishing import AnswerSearchForm, RatingForm
from inquiries.models import Publication
from inquiries.services import publishing
from inquiries.views.strangers import for_strangers

PAGE = 20
IN_FEED = 50


@login_not_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    form = AnswerSearchForm(request.GET)
    page = None
    if form.is_valid():
        try:
            page = Paginator(form.results(), PAGE).page(form.cleaned_data["page"] or 1)
        except EmptyPage:
            form.add_error(None, _("There is no such page of results. Go to the first one."))
    return render(request, "inquiries/answers/list.html", {"form": form, "page": page}, status=200 if form.is_valid() else 422)


@login_not_required
@require_safe
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, pk)


@for_strangers("POST")
def rate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, status=422)
    found = get_object_or_404(Publication.objects.public(), pk=pk)
    publishing.rate(found, is_helpful=form.cleaned_data["helpful"] == "yes")
    return _page(request, pk, rated=True)


def _page(request: HttpRequest, pk: uuid.UUID, *, rated: bool = False, status: int = 200) -> HttpResponse:
    out = Publication.objects.filter(published_revision__isnull=False).select_related("agency").prefetch_related("segments")
    found = get_object_or_404(out, pk=pk)
    history = [] if found.is_withdrawn else publishing.history(found)
    context = {"answer": found, "history": history, "rated": rated}
    return render(request, "inquiries/answers/answer.html", context, status=410 if found.is_withdrawn else status)


class DayFeed(Atom1Feed):
    """A feed whose moments are days, also that of an empty one, for which Django would say the second of the request."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else _midnight(timezone.localdate())


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def feed(request: HttpRequest) -> HttpResponse:
    atom = DayFeed(
        title=_("Answers of the focal point"),
        link=_absolute(reverse("inquiries:answers")),
        description=_("What government has answered once for all, on export control and strategic technology."),
        feed_url=_absolute(request.path),
        language=request.LANGUAGE_CODE,
    )
    for each in Publication.objects.public().select_related("agency").newest_first()[:IN_FEED]:
        atom.add_item(
            title=each.title,
            link=_absolute(each.get_absolute_url()),
            description=each.question,
            content=each.answer,
            unique_id=f"urn:uuid:{each.pk}",
            pubdate=_midnight(each.published_on),
            updateddate=_midnight(each.changed_on or each.published_on),
            author_name=each.agency.name,
            categories=[each.topic, *each.codes],
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _midnight(day: object) -> datetime:
    """A feed wants moments; ours are days, and say no more."""
    return timezone.make_aware(datetime.combine(day, time()))  # type: ignore[arg-type]


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
