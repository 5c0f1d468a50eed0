"""The states of an envelope, the moves between them, and how long a failed attempt waits for the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

QUEUED: Final = "queued"
SENDING: Final = "sending"
SENT: Final = "sent"
FAILED: Final = "failed"
IN_DOUBT: Final = "in_doubt"
SUPPRESSED: Final = "suppressed"
CANCELLED: Final = "cancelled"

STATES = (QUEUED, SENDING, SENT, FAILED, IN_DOUBT, SUPPRESSED, CANCELLED)
# A worker may claim these once their time has come. Nobody knows whether an envelope in doubt arrived, so it goes out again, unless
# its letter may not be repeated: then it has no time, and a person decides.
CLAIMABLE = (QUEUED, IN_DOUBT)
FINAL = (SENT, FAILED, SUPPRESSED, CANCELLED)

MOVES: dict[str, dict[str, str]] = {
    "claim": {QUEUED: SENDING, IN_DOUBT: SENDING},
    "accept": {SENDING: SENT},
    "refuse": {SENDING: FAILED},
    "defer": {SENDING: QUEUED},
    "doubt": {SENDING: IN_DOUBT},
    "cancel": {QUEUED: CANCELLED, IN_DOUBT: CANCELLED, SENDING: CANCELLED},
    "suppress": {QUEUED: SUPPRESSED, IN_DOUBT: SUPPRESSED},
    "retry": {FAILED: QUEUED},
    "send again": {IN_DOUBT: IN_DOUBT},  # by a person, who gives it its time
    "take as arrived": {IN_DOUBT: SENT},
}

# With the delays below, the last attempt comes about two days after the first; RFC 5321, section 4.5.4.1, asks for four to five
# days of a relay, and it is the relay behind us that keeps trying that long.
MOST_ATTEMPTS = 16
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=6)
# Each delay is made up to this much longer, so that a thousand envelopes deferred together don't come back together.
JITTER = 0.25


def after(state: str, move: str) -> str | None:
    """Return the state after `move`, or None where the move is not allowed from `state`."""
    return MOVES[move].get(state)


def delay(attempts: int, *, chance: float) -> timedelta:
    """Return the wait after that many attempts (1 or more): doubling, capped, and longer by `chance` (0 to 1) of JITTER."""
    doubled = FIRST_DELAY * (1 << min(attempts - 1, 20))
    return min(doubled, LONGEST_DELAY) * (1 + JITTER * chance)


# How long a relay that can't be used is left alone: from one tick of the clock, so that a hiccup costs little.
FIRST_BREAK = timedelta(seconds=10)
LONGEST_BREAK = timedelta(minutes=10)
# How long the mail of a domain that asks for patience is held back.
FIRST_HOLD = timedelta(minutes=1)
LONGEST_HOLD = timedelta(hours=1)
MOST_STRIKES = 10  # doubling more often than that would change nothing


def breather(strikes: int) -> timedelta:
    """Return how long a relay is left alone after that many failures in a row (1 or more)."""
    return min(FIRST_BREAK * (1 << min(strikes - 1, MOST_STRIKES)), LONGEST_BREAK)


def hold(strikes: int) -> timedelta:
    """Return how long a domain's mail is held back after it was slowed that often (1 or more), successes taken off."""
    return min(FIRST_HOLD * (1 << min(strikes - 1, MOST_STRIKES)), LONGEST_HOLD)
