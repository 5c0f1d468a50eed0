"""How long answers take, for everybody: figures of whole quarters that never change once they are out."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from inquiries.figures import quarter_name
from inquiries.models import PublishedFigure, Topic
from inquiries.suppression import FEWEST

MOST_QUARTERS = 8


@dataclass(frozen=True)
class Quarter:
    """The figures of one quarter: of all topics, and of each topic in turn."""

    first_on: date
    total: PublishedFigure
    topics: list[PublishedFigure]

    @property
    def name(self) -> str:
        return quarter_name(self.first_on)


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def figures(request: HttpRequest) -> HttpResponse:
    quarters = _quarters(PublishedFigure.objects.order_by("-quarter", "topic", "pk"))[:MOST_QUARTERS]
    in_order = quarters[::-1]
    context = {
        "quarters": quarters,
        "fewest": FEWEST,
        "shares": [(each.name, each.total.share) for each in in_order],
        "medians": [(each.name, each.total.median_days) for each in in_order],
    }
    return render(request, "inquiries/figures.html", context)


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def table(_request: HttpRequest) -> HttpResponse:
    """All figures that are out, as CSV; a number that is not told is empty."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="figures.csv"'
    writer = csv.writer(response)
    writer.writerow(["quarter", "topic", "answered", "answered_in_time", "median_business_days"])
    for row in PublishedFigure.objects.filter(quarter__in=_told()).order_by("quarter", "topic", "pk"):
        numbers = ["" if number is None else number for number in (row.answered, row.in_time, row.median_days)]
        writer.writerow([row.quarter, row.topic or "all", *numbers])
    return response


def _told() -> Iterable[date]:
    return PublishedFigure.objects.filter(topic="", answered__isnull=False).values_list("quarter", flat=True)


def _quarters(rows: Iterable[PublishedFigure]) -> list[Quarter]:
    """The quarters of which there is something to tell, the newest first; each has its total first (an empty topic)."""
    found: dict[date, list[PublishedFigure]] = {}
    for row in rows:
        found.setdefault(row.quarter, []).append(row)
    order = {topic: place for place, topic in enumerate(Topic.values)}
    return [
        Quarter(first_on, total, sorted(topics, key=lambda row: order[row.topic]))
        for first_on, (total, *topics) in found.items()
        if total.answered is not None
    ]
