"""The states of an advisory and the moves between them, approvals, what waits for a digest, and deliveries to webhooks."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

DRAFT: Final = "draft"
IN_REVIEW: Final = "in-review"
APPROVED: Final = "approved"
SCHEDULED: Final = "scheduled"
PUBLISHED: Final = "published"
CORRECTED: Final = "corrected"
SUPERSEDED: Final = "superseded"
WITHDRAWN: Final = "withdrawn"
EXPIRED: Final = "expired"

STATES = (DRAFT, IN_REVIEW, APPROVED, SCHEDULED, PUBLISHED, CORRECTED, SUPERSEDED, WITHDRAWN, EXPIRED)
# Not out yet: seen at the desk alone.
UNPUBLISHED = (DRAFT, IN_REVIEW, APPROVED, SCHEDULED)
# Out, and not to be acted on any more. What is only over is not taken back: it was right.
TAKEN_BACK = (CORRECTED, SUPERSEDED, WITHDRAWN)
# The moves that other systems hear of: it comes out, and it stands no more. Its words never change in between.
VERSIONS = ("publish", "withdraw", "correct", "supersede")

ROUTINE: Final = "routine"
PRIORITY: Final = "priority"
URGENT: Final = "urgent"
# From the least to the most.
URGENCIES = (ROUTINE, PRIORITY, URGENT)

IMMEDIATE: Final = "immediate"
DAILY: Final = "daily"
WEEKLY: Final = "weekly"
DIGEST_HOUR: Final = 7  # by the portal's clock: before people sit down to work

MOVES: dict[str, dict[str, str]] = {
    # An edit after approval, or during review, voids what was approved: the words are new.
    "revise": {DRAFT: DRAFT, IN_REVIEW: DRAFT, APPROVED: DRAFT, SCHEDULED: DRAFT},
    "submit": {DRAFT: IN_REVIEW},
    "return": {IN_REVIEW: DRAFT, APPROVED: DRAFT, SCHEDULED: DRAFT},
    "approve": {IN_REVIEW: APPROVED},  # once enough have approved; until then it stays in review
    "schedule": {APPROVED: SCHEDULED, SCHEDULED: SCHEDULED},
    "hold": {SCHEDULED: APPROVED},  # by a person, or by the clock when the moment was missed
    "publish": {APPROVED: PUBLISHED},
    "release": {SCHEDULED: PUBLISHED},  # by the clock
    "withdraw": {PUBLISHED: WITHDRAWN},
    "expire": {PUBLISHED: EXPIRED},  # by the clock, after its last day
    # By another advisory, when that one comes out; a yearly one may have had its last day before.
    "supersede": {PUBLISHED: SUPERSEDED, EXPIRED: SUPERSEDED},
    "correct": {PUBLISHED: CORRECTED},  # by another advisory, when that one comes out
}


def after(state: str, move: str) -> str | None:
    """Return the state after `move`, or None where the move is not allowed from `state`."""
    return MOVES[move].get(state)


def moves_from(state: str) -> frozenset[str]:
    return frozenset(move for move, table in MOVES.items() if state in table)


def approvals_needed(*, tlp: str, urgency: str) -> int:
    """How many people besides the author must approve: what is secret or urgent gets a second pair of eyes."""
    return 2 if tlp == "red" or urgency == URGENT else 1


def urgencies_up_to(urgency: str) -> tuple[str, ...]:
    """The urgencies that are not above this one: whoever wants news from one of them on wants what is as urgent as this."""
    return URGENCIES[: URGENCIES.index(urgency) + 1]


def goes_at_once(*, tlp: str, urgency: str) -> bool:
    """Whether it waits for no digest, whatever pace somebody has chosen: what is urgent, and TLP:RED, whose words no mail holds."""
    return tlp == "red" or urgency == URGENT


def digest_due(pace: str, now: datetime) -> datetime:
    """Return the latest moment, `now` or before, until which digests of that pace tell: every day, or every Monday, at DIGEST_HOUR.

    By the clock of the zone of `now`. One period has one such moment, however often and however late it is asked for.
    """
    day = now.date() if now.hour >= DIGEST_HOUR else now.date() - timedelta(days=1)
    if pace == WEEKLY:
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, time(DIGEST_HOUR), tzinfo=now.tzinfo)


# --- deliveries to webhooks -----------------------------------------------------------------------------------------------

QUEUED: Final = "queued"
SENDING: Final = "sending"
SENT: Final = "sent"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"

DELIVERY_STATES = (QUEUED, SENDING, SENT, FAILED, CANCELLED)
# Long enough for a receiver's weekend, as Standard Webhooks advises: three days and some hours from the first attempt to the last.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (15, 60, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
MOST_ATTEMPTS = len(WAITS) + 1
# Each wait is made up to this much longer, so that what failed together doesn't come back together.
JITTER = 0.25


def wait(attempts: int, *, chance: float) -> timedelta | None:
    """Return the wait after that many attempts (1 or more), longer by `chance` (0 to 1) of JITTER; None after the last one."""
    return None if attempts >= MOST_ATTEMPTS else WAITS[attempts - 1] * (1 + JITTER * chance)
