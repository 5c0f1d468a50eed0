"""Patience with the domains of recipients: one that says "later" is left alone, the longer the more often it says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q

from mailroom import lifecycle
from mailroom.models import Domain

SLOW = """
    INSERT INTO mailroom_domain AS domain (name, strikes, slowed_until) VALUES (%(name)s, 1, %(now)s + %(first)s)
    ON CONFLICT (name) DO UPDATE
        SET strikes = least(domain.strikes + 1, %(most)s),
            slowed_until = %(now)s + least(%(first)s * (1 << least(domain.strikes, %(most)s)), %(longest)s)
        WHERE domain.slowed_until IS NULL OR domain.slowed_until <= %(now)s OR domain.slowed_until > %(now)s + %(longest)s * 2
"""


def slow(name: str, *, now: datetime) -> None:
    """Hold back the mail of a domain. Several workers that hear the same at once count as one."""
    values: dict[str, Any] = {
        "name": name,
        "now": now,
        "first": lifecycle.FIRST_HOLD,
        "longest": lifecycle.LONGEST_HOLD,
        "most": lifecycle.MOST_STRIKES,
    }
    with connection.cursor() as cursor:
        cursor.execute(SLOW, values)


def ease(names: Collection[str], *, now: datetime) -> None:
    """Take one strike off the domains that have taken mail again."""
    waits_no_more = Q(slowed_until=None) | Q(slowed_until__lte=now)
    Domain.objects.filter(waits_no_more, pk__in=names, strikes__gt=0).update(strikes=F("strikes") - 1)
