"""The states of an inquiry and the moves between them; nothing else changes a state."""

from __future__ import annotations

from typing import Final

RECEIVED: Final = "received"
IN_HAND: Final = "in-hand"
WAITING: Final = "waiting"
ANSWERED: Final = "answered"
CLOSED: Final = "closed"

STATES = (RECEIVED, IN_HAND, WAITING, ANSWERED, CLOSED)
# The office owes the next word.
OPEN_STATES = (RECEIVED, IN_HAND)
UNANSWERED_STATES = (RECEIVED, IN_HAND, WAITING)
LIVING_STATES = (RECEIVED, IN_HAND, WAITING, ANSWERED)

MOVES: dict[str, dict[str, str]] = {
    "take": {RECEIVED: IN_HAND, IN_HAND: IN_HAND, WAITING: WAITING},
    "route": {RECEIVED: RECEIVED, IN_HAND: RECEIVED},  # new to the agency that gets it
    # Rules leave alone what an official has taken.
    "portal-routes": {RECEIVED: RECEIVED},
    "apply-rules": {RECEIVED: RECEIVED},
    "hand-over": {RECEIVED: IN_HAND, IN_HAND: IN_HAND, WAITING: WAITING, ANSWERED: ANSWERED},
    "ask-back": {IN_HAND: WAITING},
    "answer": {IN_HAND: ANSWERED, WAITING: ANSWERED},
    "extend": {IN_HAND: IN_HAND},
    "portal-escalates": {RECEIVED: RECEIVED, IN_HAND: IN_HAND},
    "portal-escalates-taking": {RECEIVED: RECEIVED},
    "portal-escalates-closing": {WAITING: WAITING, ANSWERED: ANSWERED},
    "consult": {RECEIVED: RECEIVED, IN_HAND: IN_HAND, WAITING: WAITING},
    "consult-expert": {RECEIVED: RECEIVED, IN_HAND: IN_HAND, WAITING: WAITING},
    "propose": {IN_HAND: IN_HAND, WAITING: WAITING},
    "close": {IN_HAND: CLOSED, WAITING: CLOSED, ANSWERED: CLOSED},
    "asker-writes": {RECEIVED: RECEIVED, IN_HAND: IN_HAND, WAITING: IN_HAND, ANSWERED: IN_HAND, CLOSED: IN_HAND},
    "asker-settles": {ANSWERED: CLOSED},
    "asker-closes": {RECEIVED: CLOSED, IN_HAND: CLOSED, WAITING: CLOSED, ANSWERED: CLOSED},
    "asker-reopens": {ANSWERED: IN_HAND, CLOSED: IN_HAND},
    "asker-rotates": {state: state for state in STATES},
    "asker-upgrades": {state: state for state in STATES},
}

# Moves with which an asker says something new.
NEW_WORDS = ("asker-writes", "asker-reopens")

# Kinds of what is in the history without an official's name: what askers did, and what the portal did by a rule or its clock.
RECEIVED_EVENT: Final = "received"
BY_ASKER: Final = "asker-"
BY_PORTAL: Final = "portal-"


def needs_official(kind: str) -> bool:
    return kind != RECEIVED_EVENT and not kind.startswith((BY_ASKER, BY_PORTAL))


def after(state: str, move: str) -> str | None:
    """Return the state after `move`, or None where the move is not allowed from `state`."""
    return MOVES[move].get(state)


def moves_from(state: str) -> frozenset[str]:
    return frozenset(move for move, table in MOVES.items() if state in table)


# --- who asks -------------------------------------------------------------------------------------------------------

ANONYMOUS: Final = "anonymous"
CONFIDENTIAL: Final = "confidential"
NAMED: Final = "named"

# What an asker may go on to. Nobody goes back: what the office has learnt it can't unlearn. The database holds to it as well.
UPGRADES: dict[str, tuple[str, ...]] = {ANONYMOUS: (CONFIDENTIAL, NAMED), CONFIDENTIAL: (NAMED,), NAMED: ()}

ASKED: Final = "asked"
GRANTED: Final = "granted"
REFUSED: Final = "refused"
READ: Final = "read"
LAPSED: Final = "lapsed"

# Of an opening, by which gatekeepers learn who a confidential asker is.
OPENING_MOVES: dict[str, dict[str, str]] = {
    "grant": {ASKED: GRANTED},
    "refuse": {ASKED: REFUSED},
    "read": {GRANTED: READ},
    "lapse": {ASKED: LAPSED, GRANTED: LAPSED},
}
OPENING_UNDER_WAY = (ASKED, GRANTED)
# Kinds of what gatekeepers did, in the history of a case.
BY_GATE: Final = "identity-"

# --- answers for everybody ------------------------------------------------------------------------------------------

DRAFT: Final = "draft"
IN_REVIEW: Final = "in-review"
APPROVED: Final = "approved"
PUBLISHED: Final = "published"
WITHDRAWN: Final = "withdrawn"

PUBLICATION_MOVES: dict[str, dict[str, str]] = {
    # An edit voids what was approved; what is out stays out until the new words are approved and take its place.
    "revise": {DRAFT: DRAFT, IN_REVIEW: DRAFT, APPROVED: DRAFT, PUBLISHED: DRAFT},
    "submit": {DRAFT: IN_REVIEW},
    "return": {IN_REVIEW: DRAFT, APPROVED: DRAFT},
    "approve": {IN_REVIEW: APPROVED},
    "publish": {APPROVED: PUBLISHED},
    "withdraw": {DRAFT: WITHDRAWN, IN_REVIEW: WITHDRAWN, APPROVED: WITHDRAWN, PUBLISHED: WITHDRAWN},
}


# --- consulting -----------------------------------------------------------------------------------------------------

GIVEN: Final = "given"  # the agency's view is there, and it still reads the case
ENDED: Final = "ended"  # the view is there, and the agency reads the case no more on its account

CONSULTATION_MOVES: dict[str, dict[str, str]] = {
    "give-view": {ASKED: GIVEN},
    "end-consultation": {ASKED: WITHDRAWN, GIVEN: ENDED},
}

SENT: Final = "sent"
LOCKED: Final = "locked"  # too many wrong codes

EXPERT_MOVES: dict[str, dict[str, str]] = {
    "portal-expert-answers": {SENT: ANSWERED},
    "portal-expert-locks": {SENT: LOCKED},
    "renew-expert": {SENT: SENT, LOCKED: SENT},
    "end-expert": {SENT: WITHDRAWN, LOCKED: WITHDRAWN},
}

# --- answers that a second official approves ------------------------------------------------------------------------

PROPOSED: Final = "proposed"
RETURNED: Final = "returned"
VOID: Final = "void"  # edited since, or overtaken by the conversation

# Approving is sending: no row stays approved and not sent.
PROPOSAL_MOVES: dict[str, dict[str, str]] = {
    "propose": {DRAFT: PROPOSED},
    "return-proposal": {PROPOSED: RETURNED},
    "approve": {PROPOSED: SENT},
    "revise": {DRAFT: VOID, PROPOSED: VOID, RETURNED: VOID},
}
STANDING = tuple(PROPOSAL_MOVES["revise"])
