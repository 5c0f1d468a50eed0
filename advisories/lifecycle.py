"""The states of an advisory, the moves between them, and how many others must approve; and those of deliveries to webhooks."""

from __future__ import annotations

from datetime import timedelta
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
    "correct": {PUBLISHED: CORRECTED},  # by another advisory, when that one comes out
}


def after(state: str, move: str) -> str | None:
    """Return the state after `move`, or None where the move is not allowed from `state`."""
    return MOVES[move].get(state)


def moves_from(state: str) -> frozenset[str]:
    return frozenset(move for move, table in MOVES.items() if state in table)


def approvals_needed(*, tlp: str, urgency: str) -> int:
    """How many people besides the author must approve: what is secret or urgent gets a second pair of eyes."""
    return 2 if tlp == "red" or urgency == "urgent" else 1


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
