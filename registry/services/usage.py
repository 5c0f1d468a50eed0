"""The looks at an entry in the form of a data tracker, for the firm itself."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.utils import timezone

from organisations.models import Organisation
from registry.models import Entry, Look
from registry.querysets import LookQuerySet
from registry.services import ledger

SYSTEM: Final = "focal-point-portal/registry"


def told(firm: Organisation, *, today: date) -> LookQuerySet:
    """Return all that a firm may read today of its ledger: what two officials have put off is nowhere in it before its day."""
    subjects = ledger.subjects(firm)
    return Look.objects.at_any(subjects).told(today).with_delay() if subjects else Look.objects.none()


def find(*, firm: Organisation, since: date | None, until: date | None, offset: int, limit: int, today: date) -> dict[str, Any]:
    """Return the looks of a period, newest first, as `findUsage` of the Estonian data tracker, with purpose and fields beside."""
    looks = told(firm, today=today).for_firm(None).chosen(since=since, until=until)
    return {"totalUsages": looks.count(), "usages": [_usage(look) for look in looks[offset : offset + limit]]}


def period(*, entry: Entry | None, today: date) -> dict[str, str | None]:
    """Return since when looks are written down: since the entry is there. Of one that was erased that day is forgotten too."""
    start = timezone.localdate(entry.created_at).isoformat() if entry else None
    return {"periodStart": start, "periodEnd": today.isoformat()}


def _usage(look: Look) -> dict[str, Any]:
    """One look. `logtime` is a day, as everywhere in the ledger; an institution without a name is the public."""
    purpose, late = str(look.get_purpose_display()), look.put_off
    put_off = {"putOff": {"until": late.until.isoformat(), "on": late.on.isoformat(), "reason": late.reason}} if late else {}
    return put_off | {
        "look": look.pk,
        "logtime": look.on.isoformat(),
        "action": f"{purpose}: {look.reason}" if look.reason else purpose,
        "receiverName": look.institution or str(look.get_audience_display()),
        "receiverSystem": SYSTEM,
        "audience": look.audience,
        "purpose": look.purpose,
        "kind": look.kind,
        "fields": look.seen,
    }
