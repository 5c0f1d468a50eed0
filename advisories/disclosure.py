"""Who may read which label: the Traffic Light Protocol (FIRST, TLP 2.0, August 2022, https://www.first.org/tlp/) for this house.

CLEAR is for everybody. GREEN is for the community: everybody who acts for an organisation that the portal knows. AMBER and
AMBER+STRICT are for organisations that are concerned: they subscribe for its segments or control entries, or hold a mandate for its
segments. RED is for officials.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

RED: Final = "red"
AMBER_STRICT: Final = "amber+strict"
AMBER: Final = "amber"
GREEN: Final = "green"
CLEAR: Final = "clear"

LABELS = (RED, AMBER_STRICT, AMBER, GREEN, CLEAR)


class Reader(IntEnum):
    """Each may read what those before it may."""

    STRANGER = 0
    COMMUNITY = 1
    CONCERNED = 2
    OFFICIAL = 3


LEAST_READER: dict[str, Reader] = {
    CLEAR: Reader.STRANGER,
    GREEN: Reader.COMMUNITY,
    AMBER: Reader.CONCERNED,
    AMBER_STRICT: Reader.CONCERNED,
    RED: Reader.OFFICIAL,
}


def labels_for(reader: Reader) -> frozenset[str]:
    return frozenset(label for label, least in LEAST_READER.items() if reader >= least)


def is_stricter(label: str, other: str) -> bool:
    """Whether fewer may read what bears `label` than what bears the other one."""
    return LABELS.index(label) < LABELS.index(other)


def strictest(labels: Iterable[str]) -> str:
    """The label of what holds all of these; raises ValueError where there are none."""
    return min(labels, key=LABELS.index)


def may_be_public(label: str) -> bool:
    """Whether it may go to addresses of which nobody knows who reads them."""
    return label in labels_for(Reader.STRANGER)


def may_be_relayed(label: str) -> bool:
    """Whether an organisation may pass it on to its members (TLP 2.0: AMBER to clients as well, AMBER+STRICT not)."""
    return label not in (RED, AMBER_STRICT)


def may_be_exchanged(label: str) -> bool:
    """Whether programs may fetch it as STIX, by TAXII or into a calendar: those pass on what they get, which RED forbids."""
    return label != RED


def may_be_mailed(label: str) -> bool:
    """Whether the words may go by mail, which is open to whoever carries it; if not, the mail says only that something waits."""
    return label != RED


def may_be_repeated(label: str) -> bool:
    """Whether a mail that may have arrived goes out again by itself; of AMBER and stricter a person decides."""
    return label in (GREEN, CLEAR)


# What leaves by a channel that no person opens. TLP:RED is for persons, so it never does. A feed's token is given to readers that
# others run, outside the organisation within which AMBER+STRICT stays.
LABELS_BY_WEBHOOK = frozenset(LABELS) - {RED}
LABELS_BY_FEED_TOKEN = frozenset(LABELS) - {RED, AMBER_STRICT}
