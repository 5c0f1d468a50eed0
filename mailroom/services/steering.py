"""Pausing, resuming and cancelling all letters of one source. The letter says how it stands, and each claim asks it."""

from __future__ import annotations

from django.db import transaction

from mailroom.models import Course, Envelope, Letter, State
from mailroom.querysets import EnvelopeQuerySet


@transaction.atomic
def pause(*, source: str) -> int:
    """Let no more of the source be claimed; return how many of its letters were under way. What workers hold still leaves."""
    return Letter.objects.of_source(source).filter(course=Course.UNDER_WAY).update(course=Course.PAUSED)


@transaction.atomic
def resume(*, source: str) -> int:
    """Let what was paused go on, from the next run of a worker; return how many letters were paused."""
    return Letter.objects.of_source(source).filter(course=Course.PAUSED).update(course=Course.UNDER_WAY)


@transaction.atomic
def cancel(*, source: str) -> int:
    """Stop every envelope of `source` that has not begun to leave, for good; return how many were stopped.

    One that is just leaving may yet come back, put off by the mail server. It is stopped at its next claim: its letter says so.
    """
    letters = Letter.objects.of_source(source)
    letters.update(course=Course.CANCELLED)
    return stop_envelopes(Envelope.objects.stoppable().filter(letter__in=letters.values("pk")))


def stop_envelopes(stoppable: EnvelopeQuerySet) -> int:
    """Bring to their end those that have not begun to leave."""
    return stoppable.update(
        state=State.CANCELLED,
        next_attempt_at=None,
        is_held=False,
        has_slot=False,
        lease_holder="",
        lease_expires_at=None,
        started_at=None,
    )
