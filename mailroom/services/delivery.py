"""Sending what is queued. Any number of workers may do so at once, and any of them may die at any point.

An envelope is claimed under a lease and marked as started just before its content goes, each in a commit of its own; no
transaction is open while a relay is spoken to. The next one is started only when the relay has taken this one, or its fate is
written down. So all that a dead worker had started were sent, but for the last: that one is in doubt, and goes out again with the
same Message-ID. This is why what was sent can be written down for many at once.

The marks alone don't wait for the disk, so a crash of PostgreSQL may forget the last of them. It forgets no claim: what a worker
holds nobody else takes meanwhile, and the worker says what it sent as soon as PostgreSQL is back.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.utils import CursorWrapper

from mailroom import lifecycle, mime, sealing
from mailroom.models import Cover, Envelope, Letter, State
from mailroom.services import domains, relays
from mailroom.services.claiming import LEASE, LIVES, Claimed, claim, release, release_expired, release_held
from mailroom.services.relays import Choice
from mailroom.services.returns import return_path
from mailroom.transport import Connection, Fate, Outcome, Recipient, Relay, Scope, Unreachable

__all__ = [
    "LEASE",
    "Claimed",
    "Run",
    "claim",
    "deliver",
    "deliver_batch",
    "new_worker",
    "record",
    "release_expired",
]

log = logging.getLogger(__name__)

BATCH = 100
# A task ends after this long and calls for the next one, so that the broker never thinks it lost.
LONGEST_RUN = timedelta(seconds=50)
LONGEST_ERROR = 40
# What was sent is written down at least this often, so that the desk sees slow mail move.
LONGEST_UNWRITTEN = 1.0  # seconds
# How long a worker waits for a PostgreSQL that is away, to say what it sent; and how long between two knocks.
LONGEST_AWAY = timedelta(minutes=5)
BETWEEN_KNOCKS = 0.1  # seconds
GONE = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Prepared:
    """A letter as all copies of a run need it."""

    frozen: mime.Frozen
    domain: str  # of Message-IDs
    repeats: bool
    # What everybody on the way may read, of a letter that has something to hide.
    closed: mime.Frozen | None


@dataclass
class Run:
    """What one call of `deliver` did; `more` says that work was left for the next one."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    in_doubt: int = 0
    more: bool = False
    prepared: dict[UUID, Prepared] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> None:
        self.sent += outcome.fate is Fate.ACCEPTED
        self.failed += outcome.fate is Fate.REFUSED
        self.deferred += outcome.fate in (Fate.DEFERRED, Fate.UNSENT)
        self.in_doubt += outcome.fate is Fate.UNKNOWN


def new_worker() -> str:
    """A name that no other worker has or had, so that a lease can be told from an earlier one of the same process id."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def deliver(
    *,
    worker: str,
    relay: Relay,
    others: Sequence[Relay] = (),
    clock: Callable[[], datetime],
    lease: timedelta = LEASE,
    batch: int = BATCH,
    longest: timedelta = LONGEST_RUN,
) -> Run:
    """Send what is due until nothing is left, no relay can be used or `longest` has passed. Must not run inside a transaction.

    `others` take over, in their order, while `relay` can't be reached or turns us away.
    """
    if connection.in_atomic_block:
        raise RuntimeError("deliver() commits after every message and can't run inside a transaction")
    run = Run()
    ends = time.monotonic() + longest.total_seconds()
    with _session(worker):
        release_expired(now=clock(), lease=lease)
        release_held()
        while Envelope.objects.due(clock()).exists():
            if time.monotonic() > ends:
                run.more = True
                break
            # The connection comes before the claim: while no relay can be used no envelope is touched, and none counts an attempt.
            choice = relays.choose([relay, *others], now=clock())
            if choice is None or not _deliver_by(choice, run, worker=worker, clock=clock, lease=lease, batch=batch, ends=ends):
                break
    return run


def _deliver_by(
    choice: Choice, run: Run, *, worker: str, clock: Callable[[], datetime], lease: timedelta, batch: int, ends: float
) -> bool:
    """Send over one connection; False if there is nothing more to do before the clock's next tick."""
    try:
        over = choice.relay.connect()
    except Unreachable as error:
        log.warning("mail relay %s unreachable: %s", choice.relay.name, error)
        relays.trip(choice, now=clock())
        return True
    sent_before = run.sent
    with over:
        while over.is_open and time.monotonic() < ends:
            wanted = relays.grant(choice.relay, _wanted(1 if choice.on_trial else batch, clock()), now=clock())
            claimed = claim(worker=worker, limit=wanted, now=clock(), lease=lease) if wanted else []
            if not claimed:
                return False
            deliver_batch(claimed=claimed, over=over, worker=worker, clock=clock, run=run)
            if choice.on_trial and run.sent > sent_before:
                relays.mend(choice.relay, now=clock())
                choice.on_trial = False
    if over.is_refused or (over.is_lost and run.sent == sent_before):
        log.warning("mail relay %s takes nothing", choice.relay.name)
        relays.trip(choice, now=clock())
    return True


def _wanted(most: int, now: datetime) -> int:
    """How many to claim; counted only where each costs a token of a relay's bucket."""
    return Envelope.objects.due(now)[:most].count() if settings.MAILROOM_RELAY_PER_MINUTE else most


def deliver_batch(
    *,
    claimed: list[Claimed],
    over: Connection,
    worker: str,
    clock: Callable[[], datetime],
    run: Run,
) -> None:
    """Send what `worker` has claimed, one after the other, and record each fate; what it no longer holds it passes over."""
    _prepare(claimed, run)
    with connection.cursor() as cursor:
        batch = _Batch(cursor, over, run, worker, clock)
        try:
            try:
                batch.send(claimed)
            finally:
                batch.write_down()
        except GONE:
            over.abandon()
            batch.write_down_when_back()
            release(worker=worker)
            raise
    if batch.handled < len(claimed):
        release(worker=worker)


# It changes no column of an index, so that PostgreSQL writes no index either (a heap-only tuple), and is planned once a batch.
PREPARE = """
    DEALLOCATE ALL;
    PREPARE start_envelope (uuid, text, timestamptz) AS
    UPDATE mailroom_envelope SET started_at = $3, attempts = attempts + 1
    WHERE id = $1 AND lease_holder = $2 AND state = 'sending' AND started_at IS NULL
"""
START = "EXECUTE start_envelope (%s, %s, %s)"
START_WITHOUT_DISK = f"SET LOCAL synchronous_commit TO off; {START}"
# One that doesn't stand as started was so until PostgreSQL crashed.
RECORD_SENT = """
    UPDATE mailroom_envelope AS envelope
    SET state = 'sent', sent_at = sent.at, next_attempt_at = NULL, last_error = '',
        attempts = attempts + CASE WHEN started_at IS NULL THEN 1 ELSE 0 END,
        lease_holder = '', lease_expires_at = NULL, started_at = NULL
    FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS sent (id, at)
    WHERE envelope.id = sent.id AND lease_holder = %(worker)s AND state = 'sending'
"""
RECORD = """
    UPDATE mailroom_envelope AS envelope
    SET state = %(state)s, attempts = %(attempts)s, doubts = doubts + %(doubted)s, last_error = %(error)s, sent_at = %(sent_at)s,
        next_attempt_at = CASE WHEN repeats OR %(state)s <> 'in_doubt' THEN %(next)s::timestamptz END,
        lease_holder = '', lease_expires_at = NULL, started_at = NULL
    FROM mailroom_letter AS letter
    WHERE envelope.id = %(id)s AND lease_holder = %(worker)s AND state = 'sending' AND letter.id = letter_id
"""


@dataclass
class _Batch:
    """What one claim brought, on its way over one connection."""

    cursor: CursorWrapper
    over: Connection
    run: Run
    worker: str
    clock: Callable[[], datetime]
    # What is not written down yet: all that was sent, and then perhaps one that was not.
    sent: list[tuple[Claimed, datetime]] = field(default_factory=list)
    unsent: tuple[Claimed, Outcome] | None = None
    handled: int = 0
    slowed: set[str] = field(default_factory=set)  # domains that have asked for patience meanwhile

    def send(self, claimed: Sequence[Claimed]) -> None:
        self.cursor.execute(PREPARE)
        self.written = time.monotonic()
        waiting = deque(claimed)
        envelope = self._next(waiting)
        while envelope and self.over.is_open:
            following = self._next(waiting)
            self._send_one(envelope, following)
            envelope = following

    def write_down(self) -> None:
        """Record what was sent since the last time, then what was not: the last that stands as started must be the last."""
        if self.sent:
            values: dict[str, Any] = {
                "ids": [each.id for each, _at in self.sent],
                "times": [at for _each, at in self.sent],
                "worker": self.worker,
            }
            self.cursor.execute(RECORD_SENT, values)
            if tried := {each.domain for each, _at in self.sent if each.was_slowed}:
                domains.ease(tried, now=self.clock())
        self.sent, self.written = [], time.monotonic()
        if self.unsent:
            envelope, outcome = self.unsent
            record(envelope=envelope, outcome=outcome, worker=self.worker, now=self.clock())
            self.unsent = None

    def write_down_when_back(self) -> None:
        """Record it over a new connection as soon as there is one: what the database has forgotten is known here alone."""
        ends = time.monotonic() + LONGEST_AWAY.total_seconds()
        while True:
            connection.close()
            try:
                with connection.cursor() as self.cursor:
                    self.write_down()
            except GONE:
                if time.monotonic() > ends:
                    raise
                time.sleep(BETWEEN_KNOCKS)
            else:
                return

    def _next(self, waiting: deque[Claimed]) -> Claimed | None:
        """The next one whose domain has not asked for patience; what is passed over returns to the queue."""
        while waiting:
            envelope = waiting.popleft()
            if envelope.is_urgent or envelope.domain not in self.slowed:
                return envelope
        return None

    def _send_one(self, envelope: Claimed, following: Claimed | None) -> None:
        if refusal := self.over.begin(_named(envelope)):
            self._not_sent(envelope, refusal)
            return
        if not self._start(envelope):  # its lease is lost or it was cancelled, and it must not go
            self.over.abandon()
            return
        outcome = self.over.finish(_copy(envelope, self.run), following=_named(following) if following else None)
        if outcome.fate is not Fate.ACCEPTED:
            self._not_sent(envelope, outcome)
            return
        self.handled += 1
        self.run.count(outcome)
        self.sent.append((envelope, self.clock()))
        if time.monotonic() - self.written > LONGEST_UNWRITTEN:
            self.write_down()

    def _start(self, envelope: Claimed) -> bool:
        """Say that the content goes now. Of what must not go twice by itself, the disk has to know."""
        start = START_WITHOUT_DISK if self.run.prepared[envelope.letter_id].repeats else START
        try:
            self.cursor.execute(start, (envelope.id, self.worker, self.clock()))
        except GONE:  # nobody knows whether it stands as started, but we that it does not go
            self.unsent = envelope, Outcome(Fate.UNSENT, scope=Scope.RELAY)
            raise
        return bool(self.cursor.rowcount)

    def _not_sent(self, envelope: Claimed, outcome: Outcome) -> None:
        self.handled += 1
        self.run.count(outcome)
        self.unsent = envelope, outcome
        self.write_down()
        if outcome.scope is Scope.DOMAIN:
            domains.slow(envelope.domain, now=self.clock())
            self.slowed.add(envelope.domain)


def record(*, envelope: Claimed, outcome: Outcome, worker: str, now: datetime) -> bool:
    """Write down what became of an envelope; False if `worker` no longer holds it."""
    with connection.cursor() as cursor:
        cursor.execute(RECORD, _recorded(envelope, outcome, worker, now))
        return bool(cursor.rowcount)


def _recorded(envelope: Claimed, outcome: Outcome, worker: str, now: datetime) -> dict[str, Any]:
    attempts = envelope.attempts + (outcome.fate is not Fate.UNSENT)
    state, next_attempt_at = _verdict(outcome, attempts, now)
    return {
        "id": envelope.id,
        "worker": worker,
        "state": state,
        "attempts": attempts,
        "sent_at": now if state == State.SENT else None,
        "next": next_attempt_at,
        "error": outcome.error[:LONGEST_ERROR],
        "doubted": int(outcome.fate is Fate.UNKNOWN),
    }


def _verdict(outcome: Outcome, attempts: int, now: datetime) -> tuple[str, datetime | None]:
    """The state that follows from an outcome, and when to try again."""
    fate = outcome.fate
    if fate is Fate.ACCEPTED:
        return State.SENT, None
    if fate is Fate.UNSENT and outcome.scope is Scope.RELAY:
        return State.QUEUED, now  # for another relay, or until this one is tried again
    chance = secrets.randbelow(1000) / 1000
    later = now + lifecycle.delay(max(attempts, 1), chance=chance)
    is_last = attempts >= lifecycle.MOST_ATTEMPTS
    if fate is Fate.REFUSED or (fate is Fate.DEFERRED and is_last):
        return State.FAILED, None
    if fate is Fate.UNKNOWN:
        return State.IN_DOUBT, None if is_last else later
    if fate is Fate.UNSENT:
        return State.QUEUED, now + lifecycle.delay(1, chance=chance)
    return State.QUEUED, later


def _named(envelope: Claimed) -> Recipient:
    return Recipient(return_path(envelope.id), envelope.address)


def _prepare(claimed: list[Claimed], run: Run) -> None:
    """Make the bytes of this batch's letters, unless the run has them; keep no others, so that memory stays flat."""
    needed = {envelope.letter_id for envelope in claimed}
    run.prepared = {letter: prepared for letter, prepared in run.prepared.items() if letter in needed}
    missing = needed - run.prepared.keys()
    for letter in Letter.objects.filter(pk__in=missing) if missing else ():
        content = mime.Content(
            key=letter.pk.hex,
            sender=settings.DEFAULT_FROM_EMAIL,
            sender_name=letter.sender_name,
            reply_to=letter.reply_to,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            logo=bytes(letter.logo),
            language=letter.language,
            list_id=letter.list_id,
            stop_address=letter.stop_address,
            written_at=letter.created_at,
        )
        closed = replace(content, subject=letter.closed_subject, text=letter.closed_text, html="", logo=b"")
        run.prepared[letter.pk] = Prepared(
            frozen=mime.freeze(content),
            domain=letter.message_id_domain,
            repeats=letter.repeats,
            closed=mime.freeze(closed) if letter.closed_subject else None,
        )


def _copy(envelope: Claimed, run: Run) -> bytes:
    prepared = run.prepared[envelope.letter_id]
    if envelope.certificate is None or prepared.closed is None:
        return _addressed(prepared.frozen, envelope, prepared.domain)
    closed = _addressed(prepared.closed, envelope, prepared.domain)
    if not envelope.certificate:
        return closed
    try:
        return mime.enveloped(
            _addressed(prepared.frozen, envelope, prepared.domain),
            outside=closed,
            encrypt=partial(sealing.encrypt, der=bytes(envelope.certificate)),
        )
    except sealing.UnableToUse:  # it was looked at when it was entered; in doubt, nothing goes in the clear
        log.error("a copy can't be encrypted: envelope %s", envelope.id)
        Envelope.objects.filter(pk=envelope.id).update(cover=Cover.CLOSED)
        return closed


def _addressed(frozen: mime.Frozen, envelope: Claimed, domain: str) -> bytes:
    return frozen.copy(
        message_id=f"<{envelope.id.hex}@{domain}>",
        to=mime.to_header(envelope.address, envelope.name),
        token=envelope.token,
        answers=f"<{envelope.answers.hex}@{domain}>" if envelope.answers else "",
    )


# A dead host is noticed within two minutes, so that the lock says who lives. And rows are found by index alone: right after a
# publication the planner's statistics still say that next to nothing is queued, and it would read and sort all for each claim.
SESSION = {
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
    "enable_bitmapscan": "off",
    "enable_seqscan": "off",
}
BEGIN = "".join(f"SET {name} TO {value};" for name, value in SESSION.items())
END = "".join(f"RESET {name};" for name in SESSION)


@contextmanager
def _session(worker: str) -> Iterator[None]:
    """Hold the lock by which others see that the worker lives, with what makes its database session quick."""
    with connection.cursor() as cursor:
        cursor.execute(f"{BEGIN} SELECT pg_advisory_lock({LIVES})", {"worker": worker})
    try:
        yield
    finally:
        if connection.is_usable():  # a connection that was lost has let go of everything
            with connection.cursor() as cursor:
                cursor.execute(f"{END} SELECT pg_advisory_unlock({LIVES})", {"worker": worker})
