"""Taking envelopes out of the queue under a lease, and taking back the leases of workers that are gone.

A claim reads the head of one index and judges what it finds: what may not leave now is moved out of the way in the same
statement, so that however much waits for a slowed domain, a paused letter or a slot, the next claim does not pass over it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from mailroom import lifecycle
from mailroom.models import Course, Envelope, Priority, State

# After which others ask whether the worker still lives. One that does keeps what it holds, however long that takes.
LEASE = timedelta(seconds=120)
# What a token bucket holds: as much as flows in from one tick of the clock to the next, so that ticks alone use all of it.
BURST = timedelta(seconds=10)
MOST_JUDGED = 2000  # at once, where all that was found had to be moved out of the way


@dataclass(frozen=True)
class Claimed:
    """What a worker needs to know of an envelope that it holds."""

    id: UUID
    letter_id: UUID
    address: str
    name: str
    token: str
    attempts: int
    answers: UUID | None = None
    was_slowed: bool = False  # its domain has asked for patience, and is being tried
    priority: int = Priority.ORDINARY
    # By which the copy is to be encrypted; empty where the address has one that can be used no more, None where it has none.
    certificate: memoryview | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def is_urgent(self) -> bool:
        return self.priority == Priority.URGENT


CLAIM = """
    WITH due AS (
        SELECT id, letter_id, address, priority, next_attempt_at, has_slot, lower(split_part(address, '@', 2)) AS domain
        FROM mailroom_envelope
        WHERE state IN ('queued', 'in_doubt') AND NOT is_held AND next_attempt_at <= %(now)s
        ORDER BY priority, next_attempt_at, id
        LIMIT %(looked_at)s
        FOR UPDATE SKIP LOCKED
    ), judged AS (
        SELECT due.*, coalesce(domain.strikes, 0) > 0 AS was_slowed, domain.slowed_until,
            CASE WHEN certificate.not_after <= %(now)s THEN ''::bytea ELSE certificate.der END AS certificate, CASE
            WHEN letter.course = 'cancelled' THEN 'cancelled'
            WHEN EXISTS (
                SELECT 1 FROM mailroom_suppression AS stopped
                WHERE lower(stopped.address) = lower(due.address) AND stopped.lifted_at IS NULL
                    AND letter.list_id <> '' AND stopped.list_id IN ('', letter.list_id)
            ) THEN 'suppressed'
            WHEN letter.course = 'paused' THEN 'held'
            WHEN due.priority = 1 THEN 'sending'  -- what is urgent waits for no other mail of its domain
            WHEN domain.slowed_until > %(now)s AND domain.slowed_until <= %(latest)s THEN 'slowed'
            WHEN %(step)s > interval '0' AND NOT has_slot THEN 'to book'
            ELSE 'sending' END AS verdict
        FROM due JOIN mailroom_letter AS letter ON letter.id = due.letter_id
        LEFT JOIN mailroom_domain AS domain ON domain.name = due.domain
        LEFT JOIN mailroom_certificate AS certificate
            ON certificate.address = lower(due.address) AND letter.closed_subject <> ''
    ), booked AS (
        -- In order of name, so that two workers never wait for each other.
        INSERT INTO mailroom_domain AS bucket (name, strikes, free_at)
        SELECT domain, 0, %(now)s - %(burst)s + %(step)s * (1 + count(*))
        FROM judged WHERE verdict = 'to book' GROUP BY domain ORDER BY domain
        ON CONFLICT (name) DO UPDATE
            SET free_at = excluded.free_at + greatest(bucket.free_at - %(now)s + %(burst)s - %(step)s, interval '0')
        RETURNING name, free_at
    ), placed AS (
        SELECT judged.*, free_at - %(step)s * row_number() OVER (
            PARTITION BY domain, verdict ORDER BY priority DESC, next_attempt_at DESC, id DESC
        ) AS slot
        FROM judged LEFT JOIN booked ON booked.name = judged.domain AND verdict = 'to book'
    ), counted AS (
        SELECT *, verdict = 'sending' OR slot <= %(now)s AS may_go,
            count(*) FILTER (WHERE verdict = 'sending' OR slot <= %(now)s) OVER (ORDER BY priority, next_attempt_at, id) AS place
        FROM placed
    ), decided AS (
        SELECT id, was_slowed, slowed_until, slot, certificate, CASE
            WHEN may_go AND place <= %(limit)s THEN 'sending'
            WHEN slot IS NOT NULL THEN 'has slot'
            ELSE verdict END AS verdict
        FROM counted WHERE verdict <> 'sending' OR place <= %(limit)s
    )
    UPDATE mailroom_envelope AS envelope
    SET state = CASE WHEN verdict IN ('held', 'slowed', 'has slot') THEN state ELSE verdict END,
        is_held = verdict = 'held',
        has_slot = verdict = 'has slot',
        lease_holder = CASE WHEN verdict = 'sending' THEN %(worker)s ELSE '' END,
        lease_expires_at = CASE WHEN verdict = 'sending' THEN %(expires)s::timestamptz END,
        next_attempt_at = CASE verdict WHEN 'cancelled' THEN NULL WHEN 'suppressed' THEN NULL
            WHEN 'slowed' THEN slowed_until WHEN 'has slot' THEN slot ELSE next_attempt_at END,
        last_error = CASE WHEN verdict = 'suppressed' THEN 'stopped' ELSE last_error END,
        cover = CASE WHEN certificate IS NULL THEN '' WHEN certificate = '' THEN 'closed' ELSE 'encrypted' END,
        started_at = NULL
    FROM decided WHERE envelope.id = decided.id
    RETURNING envelope.id, letter_id, address, name, token, attempts, answers, was_slowed, priority, certificate, next_attempt_at,
        state
"""


def claim(*, worker: str, limit: int, now: datetime, lease: timedelta) -> list[Claimed]:
    """Take up to `limit` due envelopes, the most urgent and longest waiting first, passing over those that another worker takes.

    Each is judged here, however long ago it was written: one whose letter was cancelled, or whose address has stopped the
    letter's list, comes to its end; one of a paused letter leaves the queue; one of a domain that asked for patience, or whose
    bucket is empty, gets its time.
    """
    step = timedelta(minutes=1) / settings.MAILROOM_DOMAIN_PER_MINUTE if settings.MAILROOM_DOMAIN_PER_MINUTE else timedelta()
    looked_at = limit
    while True:
        values: dict[str, Any] = {
            "now": now,
            "limit": limit,
            "looked_at": looked_at,
            "worker": worker,
            "expires": now + lease,
            "latest": now + lifecycle.LONGEST_HOLD * 2,  # a later hold comes of a clock that has jumped
            "step": step,
            "burst": BURST,
        }
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, values)
            rows = cursor.fetchall()
        ours = sorted((row for row in rows if row[11] == State.SENDING), key=lambda row: (row[8], row[10], row[0]))
        if ours or not rows:
            return [Claimed(*row[:10]) for row in ours]
        looked_at = min(looked_at * 4, MOST_JUDGED)  # all of them had to wait; others may stand behind them


def release(*, worker: str) -> int:
    """Give back what `worker` has claimed and not started."""
    return Envelope.objects.filter(state=State.SENDING, lease_holder=worker, started_at=None).update(
        state=State.QUEUED, lease_holder="", lease_expires_at=None
    )


def release_held() -> int:
    """Put back into the queue what was taken out of it while its letter was paused, and is paused no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE mailroom_envelope SET is_held = false WHERE id IN (
                SELECT envelope.id FROM mailroom_envelope AS envelope JOIN mailroom_letter AS letter ON letter.id = letter_id
                WHERE is_held AND course <> %s FOR UPDATE OF envelope SKIP LOCKED
            )
            """,
            [Course.PAUSED],
        )
        return int(cursor.rowcount)


# The lock that a worker holds in the database as long as it lives; the server lets go of it when the connection ends.
LIVES = "hashtextextended(%(worker)s, 0)"
REAP = """
    WITH held AS (
        SELECT id, letter_id, priority, next_attempt_at, started_at, attempts FROM mailroom_envelope
        WHERE lease_holder = %(worker)s AND state = 'sending' FOR UPDATE
    ), ordered AS (
        SELECT held.*, repeats, held.started_at IS NOT NULL AND row_number() OVER (
            ORDER BY held.started_at IS NULL, held.priority DESC, held.next_attempt_at DESC, held.id DESC
        ) = 1 AS is_last
        FROM held JOIN mailroom_letter AS letter ON letter.id = letter_id
    )
    UPDATE mailroom_envelope AS envelope
    SET state = CASE WHEN is_last THEN 'in_doubt' WHEN ordered.started_at IS NULL THEN 'queued' ELSE 'sent' END,
        doubts = doubts + CASE WHEN is_last THEN 1 ELSE 0 END,
        sent_at = CASE WHEN NOT is_last THEN ordered.started_at END,
        next_attempt_at = CASE WHEN ordered.started_at IS NULL OR is_last AND repeats AND ordered.attempts < %(most)s
            THEN ordered.next_attempt_at END,
        last_error = CASE WHEN is_last THEN 'worker-lost' ELSE last_error END,
        lease_holder = '', lease_expires_at = NULL, started_at = NULL
    FROM ordered WHERE envelope.id = ordered.id
"""


def release_expired(*, now: datetime, lease: timedelta = LEASE) -> int:
    """Take back the leases that have run out, of workers that live no more; return how many.

    What was not started surely didn't leave, and is queued again. A worker starts one only after the one before was taken by the
    relay or given its fate, so all that it had started were sent, but for the last: that one may have arrived. It is in doubt,
    and due at once if it may be repeated and has attempts left; otherwise it stays in doubt for a person to see.
    """
    # A lease that ends later than one can comes of a clock that has jumped.
    expired = Envelope.objects.filter(state=State.SENDING).exclude(lease_expires_at__gt=now, lease_expires_at__lte=now + lease)
    holders = expired.order_by("lease_holder").values_list("lease_holder", flat=True).distinct()
    return sum(_reap(holder) for holder in holders)


@transaction.atomic
def _reap(worker: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({LIVES})", {"worker": worker})
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(REAP, {"worker": worker, "most": lifecycle.MOST_ATTEMPTS})
        return int(cursor.rowcount)
