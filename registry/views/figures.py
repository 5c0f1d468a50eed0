"""The registry in figures, for everybody: editions of whole quarters that never change once they are out."""

from __future__ import annotations

import csv

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from registry.figures import MOST_EDITIONS, edition_name, edition_of, printed_tables
from registry.models import Edition
from registry.tables import FEWEST
from registry.views.entries import refuse_parameters


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def figures(request: HttpRequest) -> HttpResponse:
    """The latest edition."""
    refuse_parameters(request)
    return _page(request, Edition.objects.newest_first().with_numbers().first())


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def edition(request: HttpRequest, year: int, number: int) -> HttpResponse:
    refuse_parameters(request)
    return _page(request, _edition(year, number))


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def table(request: HttpRequest, year: int, number: int, name: str) -> HttpResponse:
    """One table as CSV; a number that is left out is empty, and the row and column of the sums are called "all"."""
    refuse_parameters(request)
    found = _edition(year, number)
    numbers = [each for each in found.numbers.all() if each.table == name]
    if not numbers:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="registry-{year}-q{number}-{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(["quarter", "counted_on", "row", "column", "entries"])
    for each in sorted(numbers, key=lambda each: each.pk):
        told = "" if each.number is None else each.number
        writer.writerow([f"{year}-Q{number}", found.counted_on, each.row or "all", each.column or "all", told])
    return response


def _edition(year: int, number: int) -> Edition:
    found = edition_of(year, number)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, shown: Edition | None) -> HttpResponse:
    editions = [(each, edition_name(each)) for each in Edition.objects.newest_first()[:MOST_EDITIONS]]
    context = {
        "edition": shown,
        "name": edition_name(shown) if shown else "",
        "tables": printed_tables(shown) if shown else [],
        "editions": editions,
        "fewest": FEWEST,
        "nearly": FEWEST - 1,
    }
    return render(request, "registry/figures.html", context)
