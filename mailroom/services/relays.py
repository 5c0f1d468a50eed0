"""Which relay a worker may use: a circuit breaker and a token bucket for each, kept in the database for all workers.

A relay that can't be used is left alone for a while that doubles; then one worker tries it with one message, and the others go on
elsewhere. While none can be used no envelope is touched.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q

from mailroom import lifecycle
from mailroom.models import RelayState
from mailroom.services.claiming import BURST
from mailroom.transport import Relay

log = logging.getLogger(__name__)


@dataclass
class Choice:
    """A relay that may be used now; on trial where it could not be used before."""

    relay: Relay
    on_trial: bool = False


def choose(relays: Sequence[Relay], *, now: datetime) -> Choice | None:
    """The first relay that works, or that it is time to try; None where all are to be left alone."""
    states = RelayState.objects.in_bulk([relay.name for relay in relays])
    for relay in relays:
        state = states.get(relay.name)
        if state is None or not state.is_open:
            return Choice(relay)
        if _may_try(state, now=now):
            return Choice(relay, on_trial=True)
    return None


def trip(choice: Choice, *, now: datetime) -> None:
    """Leave a relay alone that could not be reached or turned us away. Several workers that find so at once count as one."""
    values: dict[str, Any] = {
        "name": choice.relay.name,
        "on_trial": choice.on_trial,
        "now": now,
        "first": lifecycle.FIRST_BREAK,
        "longest": lifecycle.LONGEST_BREAK,
        "most": lifecycle.MOST_STRIKES,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO mailroom_relaystate AS relay (name, strikes, since, retry_at)
            VALUES (%(name)s, 1, %(now)s, %(now)s + %(first)s)
            ON CONFLICT (name) DO UPDATE
                SET strikes = least(relay.strikes + 1, %(most)s),
                    since = CASE WHEN relay.strikes = 0 THEN excluded.since ELSE relay.since END,
                    retry_at = %(now)s + least(%(first)s * (1 << least(relay.strikes, %(most)s)), %(longest)s)
                WHERE relay.strikes = 0 OR %(on_trial)s
            """,
            values,
        )


def mend(relay: Relay, *, now: datetime) -> None:
    """Use a relay again that has taken mail."""
    if RelayState.objects.filter(pk=relay.name, strikes__gt=0).update(strikes=0, retry_at=None, since=now):
        log.warning("mail relay %s takes mail again", relay.name)


def grant(relay: Relay, wanted: int, *, now: datetime) -> int:
    """How many messages may go to the relay now, at most `wanted`; they are taken out of its bucket."""
    if not settings.MAILROOM_RELAY_PER_MINUTE or not wanted:
        return wanted
    step = timedelta(minutes=1) / settings.MAILROOM_RELAY_PER_MINUTE
    values: dict[str, Any] = {"name": relay.name, "now": now, "burst": BURST, "wanted": wanted, "step": step}
    RelayState.objects.bulk_create([RelayState(name=relay.name, since=now)], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH bucket AS (
                SELECT name, greatest(least(coalesce(free_at, '-infinity'), %(now)s), %(now)s - %(burst)s) AS free_at
                FROM mailroom_relaystate
                WHERE name = %(name)s FOR UPDATE
            ), granted AS (
                SELECT name, free_at,
                    least(%(wanted)s, floor(extract(epoch FROM %(now)s - free_at) / extract(epoch FROM %(step)s)))::int AS number
                FROM bucket
            )
            UPDATE mailroom_relaystate AS relay SET free_at = granted.free_at + number * %(step)s
            FROM granted WHERE relay.name = granted.name RETURNING number
            """,
            values,
        )
        return int(cursor.fetchone()[0])


def _may_try(state: RelayState, *, now: datetime) -> bool:
    """Whether its time has come and no other worker has taken this trial; it counts as a failure until the relay takes mail."""
    # A longer break than the longest comes of a clock that has jumped.
    is_due = Q(retry_at__lte=now) | Q(retry_at__gt=now + lifecycle.LONGEST_BREAK)
    until = now + lifecycle.breather(state.strikes)
    return bool(RelayState.objects.filter(is_due, pk=state.name).update(retry_at=until))
