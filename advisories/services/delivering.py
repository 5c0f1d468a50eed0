"""Posting what waits for webhooks. Any worker may die at any point: its leases run out, and what it held goes out again.

A receiver may so get an event twice, always under the same webhook-id, and never misses one. No transaction is open while a
receiver is spoken to; threads speak to several at once, and touch no row.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from advisories import lifecycle, payloads, permissions, transport
from advisories.disclosure import LABELS_BY_WEBHOOK
from advisories.emails import compose_webhook_off
from advisories.models import Advisory, DeliveryState, HookEvent, OffBecause, Outcome, Webhook, WebhookDelivery
from advisories.services.webhooks import signatures, turn_off
from mailroom.services import Recipient, UnableToPost, post
from mailroom.services.letters import checked
from organisations.models import User
from organisations.outbound import PUBLIC, Reach

log = logging.getLogger(__name__)

AT_ONCE = 16  # receivers spoken to by one worker
LEASE = timedelta(seconds=60)  # much longer than one exchange, transport.LIMITS
LONGEST_RUN = timedelta(seconds=20)  # after which nothing new is begun
# Longer than all waits of one delivery together with nothing else getting through.
FAILING_LASTS = timedelta(days=3)
LOOK_AGAIN = 1.0  # seconds after which a worker that waits for receivers looks for what has come meanwhile
MOST_TOLD = 20  # people of an organisation
LOCK: Final = 0x77656268  # of PostgreSQL's advisory locks: one run at a time, so that slow receivers keep no other task waiting
AGENT: Final = "FocalPoint-Webhooks/1"
STATES = {
    HookEvent.PUBLISHED: lifecycle.PUBLISHED,
    HookEvent.CORRECTED: lifecycle.PUBLISHED,
    HookEvent.SUPERSEDED: lifecycle.SUPERSEDED,
    HookEvent.WITHDRAWN: lifecycle.WITHDRAWN,
}


@dataclass(frozen=True)
class Parcel:
    """One delivery as it leaves: what a thread needs, and nothing that leads to the database."""

    delivery: UUID
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Run:
    """What one call of `deliver` did."""

    sent: int = 0
    failed: int = 0  # attempts
    cancelled: int = 0
    flying: dict[Future[transport.Outcome], Parcel] = field(default_factory=dict)


def new_worker() -> str:
    """A name that no other worker has or had."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def deliver(*, worker: str, clock: Callable[[], datetime], reach: Reach = PUBLIC, longest: timedelta = LONGEST_RUN) -> Run:
    """Post what is due until nothing is left or `longest` has passed; nothing if another worker is at it.

    Must not run inside a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("deliver() commits before and after every attempt and can't run inside a transaction")
    run = Run()
    ends = time.monotonic() + longest.total_seconds()
    with _alone() as is_alone, ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as threads:
        if not is_alone:
            return run
        release_expired(now=clock())
        while True:
            free = AT_ONCE - len(run.flying) if time.monotonic() < ends else 0
            for parcel in claim(worker=worker, limit=free, now=clock(), run=run) if free else []:
                posting = partial(transport.post, parcel.url, body=parcel.body, headers=parcel.headers, reach=reach)
                run.flying[threads.submit(posting)] = parcel
            if not run.flying:
                return run
            landed, _flying = wait(run.flying, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
            for each in landed:
                parcel = run.flying.pop(each)
                outcome = each.result()
                record(parcel.delivery, outcome, worker=worker, now=clock())
                run.sent += outcome.word == transport.TAKEN
                run.failed += outcome.word != transport.TAKEN


def claim(*, worker: str, limit: int, now: datetime, run: Run) -> list[Parcel]:
    """Lease what is due and may still go, and return it ready to leave; what may not comes to its end here.

    A row that stays under lease with no parcel is impossible: both are of the same transaction.
    """
    parcels: list[Parcel] = []
    while len(parcels) < limit:
        with transaction.atomic():
            due = WebhookDelivery.objects.due(now).select_for_update(skip_locked=True, of=("self",))
            found = list(due.select_related("webhook__organisation")[: limit - len(parcels)])
            advisories = _that_may_go(found, today=timezone.localdate(now))
            for each in found:
                if refusal := _refusal(each, advisories):
                    _end(each, *refusal)
                    run.cancelled += 1
                else:
                    _lease(each, worker=worker, now=now)
                    parcels.append(_parcel(each, advisories.get(each.pk), now=now))
        if not found:
            break
    return parcels


def _that_may_go(deliveries: list[WebhookDelivery], *, today: date) -> dict[UUID, Advisory]:
    """The advisory of each delivery whose organisation may read it at this moment, by webhook; asked once an organisation."""
    found: dict[UUID, Advisory] = {}
    for organisation in {each.webhook.organisation for each in deliveries}:
        mine = [each for each in deliveries if each.webhook.organisation == organisation and each.advisory_id]
        within = Advisory.objects.within_reach_of([organisation], today=today).filter(tlp__in=LABELS_BY_WEBHOOK)
        by_pk = within.for_list().with_replacements(within).in_bulk({each.advisory_id for each in mine}) if mine else {}
        found |= {each.pk: by_pk[each.advisory_id] for each in mine if each.advisory_id in by_pk}
    return found


def _refusal(delivery: WebhookDelivery, advisories: dict[UUID, Advisory]) -> tuple[DeliveryState, Outcome] | None:
    if delivery.is_test:
        return None
    if not delivery.webhook.is_on:
        return DeliveryState.FAILED, Outcome.OFF
    advisory = advisories.get(delivery.pk)
    if advisory is None or advisory.state != STATES[HookEvent(delivery.event)]:
        return DeliveryState.CANCELLED, Outcome.OVER
    return None


def _end(delivery: WebhookDelivery, state: DeliveryState, outcome: Outcome) -> None:
    delivery.state, delivery.outcome, delivery.next_attempt_at = state, outcome, None
    delivery.save(update_fields=["state", "outcome", "next_attempt_at"])


def _lease(delivery: WebhookDelivery, *, worker: str, now: datetime) -> None:
    delivery.state, delivery.next_attempt_at, delivery.tried_at = DeliveryState.SENDING, None, now
    delivery.attempts += 1
    delivery.lease_holder, delivery.lease_expires_at = worker, now + LEASE
    delivery.save(update_fields=["state", "next_attempt_at", "tried_at", "attempts", "lease_holder", "lease_expires_at"])


def _parcel(delivery: WebhookDelivery, advisory: Advisory | None, *, now: datetime) -> Parcel:
    body = payloads.webhook_body(HookEvent(delivery.event), advisory, happened_at=delivery.happened_at)
    message_id = str(delivery.pk)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signatures(delivery.webhook, message_id=message_id, body=body, now=now),
    }
    return Parcel(delivery.pk, delivery.webhook.url, body, headers)


@transaction.atomic
def record(pk: UUID, outcome: transport.Outcome, *, worker: str, now: datetime) -> bool:
    """Write down what came of an attempt; False if `worker` no longer holds it."""
    held = WebhookDelivery.objects.filter(pk=pk, state=DeliveryState.SENDING, lease_holder=worker)
    delivery = held.select_for_update(of=("self",)).select_related("webhook").first()
    if delivery is None:
        return False
    delivery.outcome, delivery.status = outcome.word, outcome.status
    delivery.lease_holder, delivery.lease_expires_at = "", None
    delivery.state, delivery.next_attempt_at = _verdict(delivery, now)
    delivery.save(update_fields=["outcome", "status", "lease_holder", "lease_expires_at", "state", "next_attempt_at"])
    if not delivery.is_test:
        _judge(delivery.webhook_id, outcome, now=now)
    return True


def _verdict(delivery: WebhookDelivery, now: datetime) -> tuple[DeliveryState, datetime | None]:
    """The state that follows, and when to try again; somebody looks at a test, so it is tried once."""
    if delivery.outcome == Outcome.TAKEN:
        return DeliveryState.SENT, None
    pause = None if delivery.is_test else lifecycle.wait(delivery.attempts, chance=secrets.randbelow(1000) / 1000)
    return (DeliveryState.QUEUED, now + pause) if pause else (DeliveryState.FAILED, None)


def _judge(pk: UUID, outcome: transport.Outcome, *, now: datetime) -> None:
    """Keep since when nothing gets through, and switch off a webhook to which nothing has for days, or that is gone for good."""
    locked = Webhook.objects.select_for_update(of=("self",), no_key=True)
    webhook = locked.select_related("organisation").get(pk=pk)
    since = None if outcome.word == transport.TAKEN else webhook.failing_since or now
    if since != webhook.failing_since:
        webhook.failing_since = since
        webhook.save(update_fields=["failing_since"])
    if not webhook.is_on or since is None:
        return
    if outcome.word == transport.GONE:
        _give_up(webhook, OffBecause.GONE, now=now)
    elif now - since >= FAILING_LASTS:
        _give_up(webhook, OffBecause.FAILING, now=now)


def _give_up(webhook: Webhook, because: OffBecause, *, now: datetime) -> None:
    turn_off(webhook, because=because, now=now)
    mail = compose_webhook_off(webhook)
    to = _mailable(permissions.people_who_subscribe(webhook.organisation)[:MOST_TOLD])
    post(purpose="webhook", source=f"webhook:{webhook.pk}", subject=mail.subject, text=mail.text, to=to, now=now)


def _mailable(people: Iterable[User]) -> list[Recipient]:
    """One address that no mail server would take must not keep the others from being told."""
    found: list[Recipient] = []
    for each in people:
        try:
            found.append(checked(Recipient(each.email, each.name)))
        except UnableToPost:
            log.warning("somebody who keeps a webhook can't be told by mail: their address is no plain one")
    return found


@transaction.atomic
def release_expired(*, now: datetime) -> int:
    """Take back the leases that have run out, and return how many. They count as attempts, so that nothing goes round for ever."""
    lost = WebhookDelivery.objects.filter(state=DeliveryState.SENDING, lease_expires_at__lte=now)
    rows = list(lost.select_for_update(skip_locked=True, of=("self",)))
    for each in rows:
        each.outcome, each.status, each.lease_holder, each.lease_expires_at = Outcome.LOST, None, "", None
        each.state, each.next_attempt_at = _verdict(each, now)
        each.save(update_fields=["outcome", "status", "lease_holder", "lease_expires_at", "state", "next_attempt_at"])
    return len(rows)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other worker is at it. The lock ends with the connection, so that a dead worker keeps nobody out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        row = cursor.fetchone()
    is_alone = bool(row and row[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
