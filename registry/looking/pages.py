"""What a page shows of what the gateway gives, for the desk and for the registry's own pages."""

from __future__ import annotations

from typing import Any

from registry import gateway
from registry.looking.facets import facets, region_map, switches
from registry.looking.forms import PageSearchForm


def found(gate: gateway.Gate, form: PageSearchForm) -> dict[str, Any]:
    """Return the context of a valid search, which is in the ledger before this returns; raises `EmptyPage` beyond the last page."""
    answer = gate.found(form.question, number=form.number)
    return {
        "page": answer.page,
        "facets": facets(form, answer.counts),
        "switches": switches(form),
        "shown_as": form.shown_as,
        "map": region_map(form, answer.counts) if form.shown_as == "map" else None,
    }
