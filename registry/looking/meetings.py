"""An introduction as one of its two firms sees it, on a page and by program."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from organisations.models import Organisation
from organisations.permissions import Visitor
from registry import gateway
from registry.disclosure import Audience, Field, Purpose
from registry.models import Introduction
from registry.permissions import Capacity

REASON = "Introduction"


@dataclass(frozen=True)
class Seen:
    """An introduction as one of its two firms sees it. `other` is what its cell shows of the other, None where it ended."""

    introduction: Introduction
    firm: Organisation
    is_asker: bool
    other: gateway.Listed | None

    @property
    def other_name(self) -> str:
        """Empty before both have agreed: it is in no row before."""
        return self.introduction.asked_name if self.is_asker else self.introduction.asker_name


def seen(viewer: Visitor, introduction: Introduction, firms: Collection[Organisation], *, today: date) -> Seen:
    """Return what the viewer, who acts for these firms, sees; the ledger has it before this returns."""
    is_asker = introduction.asker.organisation in firms
    mine, other = (introduction.asker, introduction.asked) if is_asker else (introduction.asked, introduction.asker)
    try:
        listed = gate_of(viewer, mine.organisation, today=today).met(other.pk)
    except gateway.UnableToLook:
        listed = None
    # An entry that was asked no more, or answered by no, sees nothing further of the asker.
    hides = not is_asker and not (introduction.is_agreed or introduction.can_be_answered(today))
    return Seen(introduction, mine.organisation, is_asker, None if hides else listed)


def gate_of(viewer: Visitor, firm: Organisation, *, today: date) -> gateway.Gate:
    """Return leave to look as this listed firm; raises `gateway.UnableToLook` where it is not listed."""
    capacity = Capacity(Audience.LISTED_FIRMS, firm)
    return gateway.disclosed(viewer, Purpose.MATCHMAKING, REASON, today=today, capacity=capacity)


def field_of(meeting: gateway.Meeting) -> str:
    """What the asker does, as its cell shows it: the letter says so, and no more."""
    lines = meeting.mine.by_field if meeting.mine else {}
    return "; ".join(lines[Field.SEGMENTS].value) if Field.SEGMENTS in lines else ""
