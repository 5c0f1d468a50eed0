"""The looks at an entry in the form of a data tracker, for the firm itself."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.utils import timezone

from registry.models import Entry, Look

SYSTEM: Final = "focal-point-portal/registry"


def find(*, entry: Entry | None, since: date | None, until: date | None, offset: int, limit: int) -> dict[str, Any]:
    """Return the looks of a period, newest first, as `findUsage` of the Estonian data tracker, with purpose and fields beside."""
    looks = Look.objects.at(entry.pk).chosen(since=since, until=until) if entry else Look.objects.none()
    return {"totalUsages": looks.count(), "usages": [_usage(look) for look in looks[offset : offset + limit]]}


def period(*, entry: Entry | None, today: date) -> dict[str, str | None]:
    """Return since when looks are written down: since the entry is there."""
    start = timezone.localdate(entry.created_at).isoformat() if entry else None
    return {"periodStart": start, "periodEnd": today.isoformat()}


def _usage(look: Look) -> dict[str, Any]:
    """One look. `logtime` is a day, as everywhere in the ledger; an institution without a name is the public."""
    purpose = str(look.get_purpose_display())
    return {
        "look": look.pk,
        "logtime": look.on.isoformat(),
        "action": f"{purpose}: {look.reason}" if look.reason else purpose,
        "receiverName": look.institution or str(look.get_audience_display()),
        "receiverSystem": SYSTEM,
        "audience": look.audience,
        "purpose": look.purpose,
        "kind": look.kind,
        "fields": look.fields,
    }
