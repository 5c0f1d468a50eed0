"""How much of the registry its published figures cover, beside the figures themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from organisations.permissions import requires
from registry.figures import edition_name, printed_tables
from registry.models import Edition
from registry.permissions import may_see_coverage

MOST_EDITIONS = 12


@requires(may_see_coverage)
@never_cache
@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """The latest edition, and of every late one how many entries allowed statistics."""
    editions = list(Edition.objects.newest_first().with_numbers()[:MOST_EDITIONS])
    tables = printed_tables(editions[0]) if editions else []
    context = {
        "edition": editions[0] if editions else None,
        "tables": tables,
        "covered": [(each, edition_name(each), *_numbers(each)) for each in editions],
    }
    return render(request, "focalpoint/registry/coverage.html", context)


def _numbers(edition: Edition) -> tuple[int, int]:
    """How many numbers are printed and how many left out."""
    found = [each.number is not None for each in edition.numbers.all()]
    return sum(found), len(found) - sum(found)
