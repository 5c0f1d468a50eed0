"""Sending what is queued. Any number of workers may do so at once, and any of them may die at any point.

An envelope is claimed under a lease, marked as started just before it goes, and given its fate just after; all three are separate
commits, none is held open while the relay is spoken to. A worker that dies leaves leases that run out: what it had not started goes
back to the queue, and the one it had started is in doubt and goes out again with the same Message-ID.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from mailroom import lifecycle, mime
from mailroom.models import Envelope, Letter, State
from mailroom.services.returns import return_path
from mailroom.transport import Connection, Fate, Outcome, Relay, Unreachable

log = logging.getLogger(__name__)

BATCH = 100
# Longer than the slowest message may take: five words of the conversation, EMAIL_TIMEOUT seconds each.
LEASE = timedelta(seconds=120)
# A task ends after this long and calls for the next one, so that the broker never thinks it lost.
LONGEST_RUN = timedelta(seconds=50)
LONGEST_ERROR = 40


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


@dataclass
class Run:
    """What one call of `deliver` did; `more` says that work was left for the next one."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    in_doubt: int = 0
    more: bool = False
    frozen: dict[UUID, tuple[mime.Frozen, str]] = field(default_factory=dict)


def new_worker() -> str:
    """A name that no other worker has or had, so that a lease can be told from an earlier one of the same process id."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def relay_from_settings() -> Relay:
    return Relay(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        use_tls=settings.EMAIL_USE_TLS,
        use_ssl=settings.EMAIL_USE_SSL,
        timeout=settings.EMAIL_TIMEOUT or 20,
    )


def deliver(
    *,
    worker: str,
    relay: Relay,
    clock: Callable[[], datetime],
    lease: timedelta = LEASE,
    batch: int = BATCH,
    longest: timedelta = LONGEST_RUN,
) -> Run:
    """Send what is due until nothing is left, the relay is gone or `longest` has passed. Must not run inside a transaction."""
    if connection.in_atomic_block:
        raise RuntimeError("deliver() commits after every message and can't run inside a transaction")
    run = Run()
    ends = time.monotonic() + longest.total_seconds()
    release_expired(now=clock())
    with _quick_commits():
        while Envelope.objects.due(clock()).exists():
            if time.monotonic() > ends:
                run.more = True
                break
            # The connection comes before the claim: while the relay is down no envelope is touched, and none counts an attempt.
            try:
                open_connection = relay.connect()
            except Unreachable as error:
                log.warning("mail relay unreachable: %s", error)
                break
            sent_before = run.sent
            with open_connection:
                _deliver_over(open_connection, run, worker=worker, clock=clock, lease=lease, batch=batch, ends=ends)
            if run.sent == sent_before and not open_connection.is_open:
                log.warning("mail relay takes nothing: trying again at the next tick")
                break
    return run


CLAIM = """
    WITH due AS (
        SELECT id, letter_id, address FROM mailroom_envelope
        WHERE state IN ('queued', 'in_doubt') AND next_attempt_at <= %(now)s
        ORDER BY priority, next_attempt_at, id
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ), judged AS (
        SELECT due.id, EXISTS (
            SELECT 1 FROM mailroom_suppression AS stopped JOIN mailroom_letter AS letter ON letter.id = due.letter_id
            WHERE lower(stopped.address) = lower(due.address) AND stopped.lifted_at IS NULL
                AND letter.list_id <> '' AND stopped.list_id IN ('', letter.list_id)
        ) AS is_stopped FROM due
    )
    UPDATE mailroom_envelope AS envelope
    SET state = CASE WHEN is_stopped THEN 'suppressed' ELSE 'sending' END,
        lease_holder = CASE WHEN is_stopped THEN '' ELSE %(worker)s END,
        lease_expires_at = CASE WHEN is_stopped THEN NULL ELSE %(expires)s END,
        next_attempt_at = CASE WHEN is_stopped THEN NULL ELSE next_attempt_at END,
        last_error = CASE WHEN is_stopped THEN 'stopped' ELSE last_error END,
        started_at = NULL
    FROM judged WHERE envelope.id = judged.id
    RETURNING envelope.id, letter_id, address, name, token, attempts, answers, priority, next_attempt_at, state
"""
RECORD = """
    UPDATE mailroom_envelope
    SET state = %(state)s, sent_at = %(sent_at)s, next_attempt_at = %(next)s, last_error = %(error)s,
        attempts = attempts - %(forgiven)s, doubts = doubts + %(doubted)s,
        lease_holder = '', lease_expires_at = NULL, started_at = NULL
    WHERE id = %(id)s AND lease_holder = %(worker)s AND state = 'sending'
"""
START = """
    UPDATE mailroom_envelope SET started_at = %(now)s, lease_expires_at = %(expires)s, attempts = attempts + 1
    WHERE id = %(following)s AND lease_holder = %(worker)s AND state = 'sending' AND started_at IS NULL
"""


def claim(*, worker: str, limit: int, now: datetime, lease: timedelta) -> list[Claimed]:
    """Take up to `limit` due envelopes, the most urgent and longest waiting first, passing over those that another worker takes.

    One to an address that has stopped the letter's list comes to its end here, however long ago it was written.
    """
    while True:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, {"now": now, "limit": limit, "worker": worker, "expires": now + lease})
            rows = cursor.fetchall()
        ours = sorted((row for row in rows if row[9] == State.SENDING), key=lambda row: (row[7], row[8], row[0]))
        if ours or not rows:  # where all of them were suppressed, others may wait behind them
            return [Claimed(*row[:7]) for row in ours]


def deliver_batch(
    *,
    claimed: list[Claimed],
    over: Connection,
    worker: str,
    clock: Callable[[], datetime],
    lease: timedelta,
    run: Run,
) -> None:
    """Send what `worker` has claimed, one after the other, and record each fate; what it no longer holds it passes over."""
    try:
        _send_all(claimed, over, run, worker=worker, clock=clock, lease=lease)
    finally:
        release(worker=worker)


def _send_all(
    claimed: list[Claimed], over: Connection, run: Run, *, worker: str, clock: Callable[[], datetime], lease: timedelta
) -> None:
    _freeze(claimed, run)
    is_ours = False
    for envelope, following in zip(claimed, [*claimed[1:], None], strict=True):
        is_ours = is_ours or _start(envelope, worker=worker, now=clock(), lease=lease)
        if not is_ours:
            continue
        outcome = over.send(sender=return_path(envelope.id), recipient=envelope.address, content=_copy(envelope, run))
        _count(run, outcome)
        if following is None or not over.is_open:
            record(envelope=envelope, outcome=outcome, worker=worker, now=clock())
            return
        is_ours = _record_and_start(envelope, outcome, following, worker=worker, now=clock(), lease=lease)


def record(*, envelope: Claimed, outcome: Outcome, worker: str, now: datetime) -> bool:
    """Write down what became of a started envelope; False if `worker` no longer holds it."""
    with connection.cursor() as cursor:
        cursor.execute(RECORD, _recorded(envelope, outcome, worker, now))
        return bool(cursor.rowcount)


def release(*, worker: str) -> int:
    """Give back what `worker` has claimed and not started."""
    return Envelope.objects.filter(state=State.SENDING, lease_holder=worker, started_at=None).update(
        state=State.QUEUED, lease_holder="", lease_expires_at=None
    )


def release_expired(*, now: datetime) -> int:
    """Take back the leases that have run out; return how many.

    What was not started surely didn't leave, and is queued again. What was started may have arrived: it is in doubt, and due at
    once until its attempts are used up; then it stays in doubt for a person to see.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE mailroom_envelope
            SET state = CASE WHEN started_at IS NULL THEN 'queued' ELSE 'in_doubt' END,
                doubts = doubts + CASE WHEN started_at IS NULL THEN 0 ELSE 1 END,
                next_attempt_at = CASE WHEN started_at IS NOT NULL AND attempts >= %(most)s THEN NULL ELSE next_attempt_at END,
                last_error = CASE WHEN started_at IS NULL THEN last_error ELSE 'worker-lost' END,
                lease_holder = '', lease_expires_at = NULL, started_at = NULL
            WHERE id IN (
                SELECT id FROM mailroom_envelope WHERE state = 'sending' AND lease_expires_at <= %(now)s FOR UPDATE SKIP LOCKED
            )
            """,
            {"now": now, "most": lifecycle.MOST_ATTEMPTS},
        )
        return int(cursor.rowcount)


def _deliver_over(
    over: Connection, run: Run, *, worker: str, clock: Callable[[], datetime], lease: timedelta, batch: int, ends: float
) -> None:
    while over.is_open and time.monotonic() < ends:
        claimed = claim(worker=worker, limit=batch, now=clock(), lease=lease)
        if not claimed:
            return
        deliver_batch(claimed=claimed, over=over, worker=worker, clock=clock, lease=lease, run=run)


def _start(envelope: Claimed, *, worker: str, now: datetime, lease: timedelta) -> bool:
    """Say that this one goes next; False if its lease is lost or it was cancelled, and it must not go."""
    with connection.cursor() as cursor:
        cursor.execute(START, {"following": envelope.id, "worker": worker, "now": now, "expires": now + lease})
        return bool(cursor.rowcount)


def _record_and_start(
    envelope: Claimed, outcome: Outcome, following: Claimed, *, worker: str, now: datetime, lease: timedelta
) -> bool:
    """`record` and `_start` in one commit and one trip to the database, which is most of what an envelope costs."""
    started = {"following": following.id, "now": now, "expires": now + lease}
    with connection.cursor() as cursor:
        cursor.execute(f"{RECORD};{START}", _recorded(envelope, outcome, worker, now) | started)
        return bool(cursor.rowcount)  # of the second statement


def _recorded(envelope: Claimed, outcome: Outcome, worker: str, now: datetime) -> dict[str, Any]:
    state, next_attempt_at = _verdict(outcome.fate, envelope.attempts + 1, now)
    return {
        "id": envelope.id,
        "worker": worker,
        "state": state,
        "sent_at": now if state == State.SENT else None,
        "next": next_attempt_at,
        "error": outcome.error[:LONGEST_ERROR],
        "forgiven": int(outcome.fate is Fate.UNSENT),
        "doubted": int(outcome.fate is Fate.UNKNOWN),
    }


def _verdict(fate: Fate, attempts: int, now: datetime) -> tuple[str, datetime | None]:
    """The state that follows from a fate, and when to try again."""
    if fate is Fate.ACCEPTED:
        return State.SENT, None
    chance = secrets.randbelow(1000) / 1000
    later = now + lifecycle.delay(attempts, chance=chance)
    is_last = attempts >= lifecycle.MOST_ATTEMPTS
    if fate is Fate.REFUSED or (fate is Fate.DEFERRED and is_last):
        return State.FAILED, None
    if fate is Fate.UNKNOWN:
        return State.IN_DOUBT, None if is_last else later
    if fate is Fate.UNSENT:
        return State.QUEUED, now + lifecycle.delay(1, chance=chance)
    return State.QUEUED, later


def _count(run: Run, outcome: Outcome) -> None:
    run.sent += outcome.fate is Fate.ACCEPTED
    run.failed += outcome.fate is Fate.REFUSED
    run.deferred += outcome.fate in (Fate.DEFERRED, Fate.UNSENT)
    run.in_doubt += outcome.fate is Fate.UNKNOWN


def _freeze(claimed: list[Claimed], run: Run) -> None:
    """Make the bytes of this batch's letters, unless the run has them; keep no others, so that memory stays flat."""
    needed = {envelope.letter_id for envelope in claimed}
    run.frozen = {letter: frozen for letter, frozen in run.frozen.items() if letter in needed}
    for letter in Letter.objects.filter(pk__in=needed - run.frozen.keys()):
        frozen = mime.freeze(
            mime.Content(
                key=letter.pk.hex,
                sender=settings.DEFAULT_FROM_EMAIL,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                language=letter.language,
                list_id=letter.list_id,
                stop_address=letter.stop_address,
                written_at=letter.created_at,
            )
        )
        run.frozen[letter.pk] = frozen, letter.message_id_domain


def _copy(envelope: Claimed, run: Run) -> bytes:
    frozen, domain = run.frozen[envelope.letter_id]
    return frozen.copy(
        message_id=f"<{envelope.id.hex}@{domain}>",
        to=mime.to_header(envelope.address, envelope.name),
        token=envelope.token,
        answers=f"<{envelope.answers.hex}@{domain}>" if envelope.answers else "",
    )


@contextmanager
def _quick_commits() -> Iterator[None]:
    """Let marks be committed without waiting for the disk.

    A killed worker loses none of them; a crash of PostgreSQL itself may lose the last half second (PostgreSQL manual,
    section "Asynchronous Commit"), which sends those few messages a second time and loses none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
