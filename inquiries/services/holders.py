"""Who is holding a case, from its rows (the rule is in holding.py)."""

from __future__ import annotations

from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from inquiries import holding
from inquiries.holding import Holding
from inquiries.models import Inquiry
from inquiries.querysets import holder_prefetches


def of(inquiry: Inquiry) -> list[Holding]:
    """Return all who hold the case. A list asks for its rows with `with_holders()` first, so that no row costs a query."""
    prefetch_related_objects([inquiry], *holder_prefetches())
    found: Any = inquiry  # with the rows that the prefetches have put on it
    consulted = [Holding(holding.AGENCY, str(each.agency), each.asked_on, each.due_on) for each in found.consultations_awaited]
    consulted += [Holding(holding.EXPERT, since=each.asked_on, due_on=each.due_on) for each in found.experts_awaited]
    return holding.holders(
        state=inquiry.state,
        desk=str(inquiry.agency or _("Focal point")),
        officer=str(inquiry.officer or ""),
        proposed_on=found.proposals_waiting[0].written_on if found.proposals_waiting else None,
        consulted=consulted,
    )
