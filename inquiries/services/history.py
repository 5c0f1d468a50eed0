"""The history of a case, as one official may read it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from inquiries.models import Event, Inquiry
from organisations.permissions import Visitor

_REFERENCE = re.compile(r"\bFP-[0-9A-Z]{5}-[0-9A-Z]{5}\b")


def readable(events: Iterable[Event], *, by: Visitor, known: Iterable[str] = ()) -> list[Event]:
    """The events, in which a case that the official may not read is not named; `known` are references of some that they may."""
    events, known = list(events), set(known)
    named = {reference for event in events for reference in _REFERENCE.findall(event.detail)}
    if named:
        if named - known:
            known.update(Inquiry.objects.visible_to(by).filter(reference__in=named - known).values_list("reference", flat=True))
        for event in events:
            event.detail = _REFERENCE.sub(lambda found: found[0] if found[0] in known else _("another case"), event.detail)
    return events
