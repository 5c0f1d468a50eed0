"""Who of the demo country asks otherwise than anonymously, and whom gatekeepers wished to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inquiries import receipts
from inquiries.models import Inquiry
from inquiries.services import asking, identities, upgrading
from inquiries.services.identities import Confidential
from inquiries.services.modes import Who
from inquiries.services.named import Named
from organisations.models import User
from organisations.permissions import firms_of

FIRST = "gatekeeper@focalpoint.example"
SECOND = "second-gatekeeper@focalpoint.example"

# By the asker's own line for the inquiry.
CONFIDENTIAL = {
    "A recruiter with odd questions": Confidential(
        name="Mihkel Sinilaud",
        organisation="privately; my employer does not know",
        contact="Only by telephone after six in the evening, +372 5550 0117. Please give your name as “the library”.",
    ),
    "Tender documents with an attachment": Confidential(
        name="Tiiu Ojasaar, purchasing",
        organisation="Kaarnatiib Drones OÜ",
        contact="tiiu@kaarnatiib.example, or the switchboard in working hours",
    ),
    "Twelve per cent and a board seat": Confidential(
        name="Harri Valgepuu, member of the board",
        organisation="a maker of detectors; the name is on the term sheet that you will get",
        contact="Through our lawyer, Advocate Põldma, who knows of this",
    ),
}
NAMED = {
    "Uncooled thermal camera core, 640 × 512, 50 Hz": "entry-editor@taevarada.example",
    "Thermal sights for hunters": "entry-editor@taevarada.example",
    "Same customer, third order this year": "liivi.mootmaa@soolatuul.example",
    "Visiting researcher in a qubit group": "signatory@applied-physics.example",
}
# Who began without a name and then gave it, so many business days before today.
LATER_NAMED = {"Doctoral student with remote access": ("signatory@applied-physics.example", 3)}


@dataclass(frozen=True)
class Wish:
    """A gatekeeper's wish to know who asks; the days count business days before today, None where it has not come to that."""

    reason: str
    asked: int
    granted: int | None = None
    read: int | None = None


WISHES = {
    "A recruiter with odd questions": Wish(
        reason="The same recruiter has offered the next call to somebody abroad and names the asker's project: the asker should be "
        "warned by voice before it takes place.",
        asked=29,
        granted=29,
        read=28,
    ),
    "Tender documents with an attachment": Wish(
        reason="The attachment is a tool that was first seen last night. Whoever opened it has hours to take the machine off "
        "the net.",
        asked=1,
    ),
}


def who_asks(subject: str) -> Who:
    if email := NAMED.get(subject):
        return _by_name(email)
    return CONFIDENTIAL.get(subject)


def _by_name(email: str) -> Named:
    user = User.objects.get(email=email)
    return Named(user, firms_of(user)[0])


def say_more(filed: asking.Filed, subject: str, *, days: list[date]) -> None:
    """Let an asker come back and say who they are, if they did."""
    if subject in LATER_NAMED:
        email, ago = LATER_NAMED[subject]
        opened = asking.open_with_receipt(receipts.read(filed.receipt))
        upgrading.upgrade(opened=opened, who=_by_name(email), today=days[ago])


def wish(inquiry: Inquiry, subject: str, *, days: list[date]) -> None:
    """Play what gatekeepers did about the inquiry, if anything."""
    story = WISHES.get(subject)
    if story is None:
        return
    first, second = (User.objects.get(email=email) for email in (FIRST, SECOND))
    opening = identities.ask(inquiry, reason=story.reason, by=first, today=days[story.asked])
    if story.granted is not None:
        opening = identities.grant(opening, by=second, today=days[story.granted])
    if story.read is not None:
        identities.read(opening, by=first, today=days[story.read])
