"""Who is holding a case, from its rows (the rule is in holding.py)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from inquiries import holding
from inquiries.holding import Holding
from inquiries.models import Inquiry
from inquiries.querysets import holder_prefetches

# The event without which there is none of them.
BEGINS = {"consultations": "consult", "expert_requests": "consult-expert", "proposals": "propose"}


def of(inquiry: Inquiry, *, kinds: Collection[str] | None = None) -> list[Holding]:
    """Return all who hold the case. A list asks for its rows with `with_holders()` first, so that no row costs a query.

    `kinds` of the case's events, where the caller knows them, spare asking for what never happened.
    """
    found: Any = inquiry  # with the rows that the prefetches have put on it
    needed = [each for each in holder_prefetches() if kinds is None or BEGINS[each.prefetch_through] in kinds]
    for prefetch in holder_prefetches():
        if prefetch not in needed:
            setattr(found, str(prefetch.to_attr), [])
    prefetch_related_objects([inquiry], *needed)
    consulted = [Holding(holding.AGENCY, str(each.agency), each.asked_on, each.due_on) for each in found.consultations_awaited]
    consulted += [Holding(holding.EXPERT, since=each.asked_on, due_on=each.due_on) for each in found.experts_awaited]
    return holding.holders(
        state=inquiry.state,
        desk=str(inquiry.agency or _("Focal point")),
        officer=str(inquiry.officer or ""),
        proposed_on=found.proposals_waiting[0].written_on if found.proposals_waiting else None,
        consulted=consulted,
    )
