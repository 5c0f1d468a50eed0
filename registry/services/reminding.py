"""Reminders before an agreement ends: each once, however often the clock calls."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from registry.models import AgreementVersion
from registry.services import notices
from registry.services.moves import held, record

DAYS_BEFORE: Final = (60, 14, 3)


def remind(*, today: date, now: datetime) -> int:
    """Tell the firms whose agreement ends within DAYS_BEFORE and return how many letters went out."""
    soon = AgreementVersion.objects.standing().filter(valid_until__range=(today, today + timedelta(days=max(DAYS_BEFORE))))
    return sum(_remind(version, today=today, now=now) for version in list(soon.with_firm().order_by("valid_until", "pk")))


@transaction.atomic
def _remind(found: AgreementVersion, *, today: date, now: datetime) -> bool:
    """One firm's reminder: only for the nearest of the days, so that a clock that stood still sends one letter and not three."""
    version = held(found)
    nearest = min(days for days in DAYS_BEFORE if (version.valid_until - today).days <= days)
    mark = str(nearest)
    if version.is_ended or version.events.filter(move="remind", reason=mark).exists():
        return False
    if version.agreement.versions.pending().filter(valid_until__gt=version.valid_until).exists():
        return False  # a longer one is on its way
    record(version, "remind", by=None, now=now, reason=mark)
    notices.tell_firm("ending", version, now=now)
    return True
