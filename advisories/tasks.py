"""The clock of advisories."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from advisories import figures
from advisories.models import Advisory, Dispatch, Source
from advisories.sealing import CannotOpen
from advisories.services import (
    certifying,
    confirming,
    delivering,
    digesting,
    dispatching,
    members,
    reading,
    reminding,
    scheduling,
    watching,
)
from mailroom import doorbell
from mailroom.services import UnableToPost

log = logging.getLogger(__name__)


@shared_task
def release_due() -> None:
    """Every minute: each in a transaction of its own, so that one which can't come out keeps none of the others back."""
    now = timezone.now()
    released = [scheduling.release(each, now=now, today=timezone.localdate(now)) for each in Advisory.objects.to_release(now)]
    if any(released):
        doorbell.wake()


@shared_task
def expire_due() -> None:
    """Every night, after the last day."""
    now = timezone.now()
    for each in Advisory.objects.to_expire(timezone.localdate(now)):
        scheduling.expire(each, today=timezone.localdate(now), now=now)


MOST_READ_AT_ONCE = 10  # half a minute each at most, within the time that a task has


@shared_task
def read_sources() -> None:
    """Every five minutes: the official feeds that are due. A demo calls nobody."""
    if settings.SOURCES_ARE_READ:
        for each in Source.objects.due(timezone.now())[:MOST_READ_AT_ONCE]:
            reading.read(each, now=timezone.now())


@shared_task
def forget_candidates() -> None:
    """Every night."""
    reading.forget(now=timezone.now())


@shared_task
def watch_urgent() -> None:
    """Every five minutes: warn of what is urgent and has reached nobody."""
    now = timezone.now()
    warned = [watching.alarm(each, now=now) for each in figures.undelivered(now)]
    if any(warned):
        doorbell.wake()


@shared_task
def post_digests() -> None:
    """Every hour, so that what was missed is made up for soon: what is not due, or is written already, is passed over."""
    if digesting.post_due(now=timezone.now()):
        doorbell.wake()


@shared_task
def remind_of_relays() -> None:
    """Every morning: remind associations of what they have said nothing of."""
    now = timezone.now()
    reminded = [reminding.remind(each, now=now) for each in reminding.to_remind_of(now)]
    if any(reminded):
        doorbell.wake()


@shared_task
def erase_addresses() -> None:
    """Every night: addresses that nobody has confirmed, single ones that have ended, and certificates of no address any more."""
    confirming.erase(now=timezone.now())
    certifying.erase(now=timezone.now())


@shared_task
def remind_of_certificates() -> None:
    """Every morning: certificates that end within thirty days."""
    if certifying.remind(now=timezone.now()):
        doorbell.wake()


@shared_task
def deliver_webhooks() -> None:
    """Post what waits for webhooks. Beat calls this every ten seconds; while one is at it, another ends at once."""
    delivering.deliver(worker=delivering.new_worker(), clock=timezone.now)


@shared_task
def write_to_members() -> None:
    """Every minute, and at an association's click: each in a transaction of its own; what can't be written keeps none back."""
    written = [_write_one(each) for each in Dispatch.objects.waiting().select_related("relay")]
    if any(written):
        doorbell.wake()


def _write_one(dispatch: Dispatch) -> bool:
    try:
        return dispatching.write(dispatch, now=timezone.now())
    except (CannotOpen, UnableToPost) as error:
        log.error("mail to members can't be written: dispatch %s, %s", dispatch.pk, type(error).__name__)
        return False


@shared_task
def follow_members() -> None:
    """Every five minutes: what came back of members' mail, and how many it has reached."""
    members.take_up_returns(now=timezone.now())
    dispatching.fill_in(now=timezone.now())


@shared_task
def forget_member_addresses() -> None:
    """Every night."""
    members.forget_addresses(now=timezone.now())
