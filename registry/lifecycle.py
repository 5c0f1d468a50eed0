"""The states of a version of an agreement and the moves between them; nothing else changes a state."""

from __future__ import annotations

from typing import Final

OFFERED: Final = "offered"
SIGNED: Final = "signed"
ACTIVE: Final = "active"
SUSPENDED: Final = "suspended"
AMENDED: Final = "amended"
DECLINED: Final = "declined"
TERMINATED: Final = "terminated"
EXPIRED: Final = "expired"

STATES = (OFFERED, SIGNED, ACTIVE, SUSPENDED, AMENDED, DECLINED, TERMINATED, EXPIRED)
# On the way to becoming active.
PENDING_STATES = (OFFERED, SIGNED)
ENDED_STATES = (AMENDED, DECLINED, TERMINATED, EXPIRED)
OPEN_STATES = (OFFERED, SIGNED, ACTIVE, SUSPENDED)
# Countersigned and not over.
STANDING_STATES = (ACTIVE, SUSPENDED)

MOVES: dict[str, dict[str, str]] = {
    "sign": {OFFERED: SIGNED},
    "countersign": {SIGNED: ACTIVE},
    "suspend": {ACTIVE: SUSPENDED},
    "resume": {SUSPENDED: ACTIVE},
    # A later version takes the place of this one.
    "amend": {OFFERED: AMENDED, SIGNED: AMENDED, ACTIVE: AMENDED, SUSPENDED: AMENDED},
    # One side says no to what is on its way; what is in force stays.
    "decline": {OFFERED: DECLINED, SIGNED: DECLINED},
    "terminate": {OFFERED: TERMINATED, SIGNED: TERMINATED, ACTIVE: TERMINATED, SUSPENDED: TERMINATED},
    "expire": {OFFERED: EXPIRED, SIGNED: EXPIRED, ACTIVE: EXPIRED, SUSPENDED: EXPIRED},
}


def after(state: str, move: str) -> str | None:
    """Return the state after `move`, or None where the move is not allowed from `state`."""
    return MOVES[move].get(state)
