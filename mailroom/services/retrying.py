"""Trying again what the mail server refused for good: a mailbox was full, an address has come back, a filter was mended."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from mailroom.models import Envelope, Letter, State


def retry(*, source: str, now: datetime, envelope: UUID | None = None) -> int:
    """Queue the failed envelopes of `source` again, or one of them, as if they had never been tried; return how many.

    One statement: what somebody else has queued meanwhile is not failed any more and is left alone. Suppression is asked for when
    they are claimed, as always. What the last attempt met stays in the row until the next one.
    """
    failed = Envelope.objects.filter(letter__in=Letter.objects.of_source(source).values("pk"), state=State.FAILED)
    if envelope:
        failed = failed.filter(pk=envelope)
    return failed.update(state=State.QUEUED, attempts=0, next_attempt_at=now)
