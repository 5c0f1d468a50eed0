"""Invitations of an agency to the entries that allow outreach to it, and the threads that come of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final, Protocol

from django.conf import settings
from django.db import transaction

from mailroom.models import Priority
from mailroom.services import Recipient, post
from organisations.models import Organisation, User
from registry import emails
from registry.models import Entry, Invited, Look, NoOutreach, Outreach, OutreachMessage, OutreachSide, OutreachState
from registry.permissions import Capacity, may_approve_outreach, may_propose, may_send_outreach, outreach_capacities
from registry.services import notices

MOST_MESSAGES: Final = 100  # of one thread


class UnableToReachOut(Exception):
    """The person may not write for this agency, or not in this thread."""


class HasChanged(Exception):
    """The words were changed, or the invitation was sent, since the person read it."""


class NobodyToWriteTo(Exception):
    """No entry that is concerned shows an address to write to."""


class Addressed(Protocol):
    """Whom an invitation goes to, as the gateway has read it: entry, address and name; and the lines that the ledger gets."""

    @property
    def recipients(self) -> Sequence[tuple[uuid.UUID, str, str]]: ...
    @property
    def concerned(self) -> int: ...
    @property
    def looks(self) -> Sequence[Look]: ...


# Reads whom the invitation goes to, without those named.
Addressing = Callable[[Collection[uuid.UUID]], Addressed]


@dataclass(frozen=True)
class Content:
    """What an official writes, and to whom."""

    subject: str
    text: str
    reply_by: date
    event_on: date | None = None
    segment: str = ""
    role: str = ""
    region: str = ""


@transaction.atomic
def draft(*, content: Content, capacity: Capacity, by: User, now: datetime) -> Outreach:
    """Begin an invitation; nothing is sent. Raises UnableToReachOut."""
    if capacity.organisation is None or capacity not in outreach_capacities(by):
        raise UnableToReachOut
    return Outreach.objects.create(
        agency=capacity.organisation, audience=capacity.audience, written_by=by, written_at=now, **asdict(content)
    )


@transaction.atomic
def revise(*, outreach: Outreach, content: Content, revision: int, by: User, now: datetime) -> Outreach:
    """Change what is not sent; it is a draft again, of whoever changed it. Raises UnableToReachOut or HasChanged."""
    held = _held(outreach, revision, by)
    for name, value in asdict(content).items():
        setattr(held, name, value)
    held.state, held.revision, held.written_by, held.written_at = OutreachState.DRAFT, revision + 1, by, now
    held.save(update_fields=[*asdict(content), "state", "revision", "written_by", "written_at"])
    return held


@transaction.atomic
def send(*, outreach: Outreach, revision: int, addressing: Addressing, by: User, now: datetime) -> Outreach:
    """Write to everybody whom it concerns, or where they are more than `Outreach.ALONE`, have a second official asked.

    Ledger, letter, envelopes and threads are written in one transaction. A second official who sends what waits agrees by it.
    Raises UnableToReachOut, HasChanged or NobodyToWriteTo.
    """
    held = _held(outreach, revision, by)
    found = _addressed_while_held(held.agency, addressing)
    if not found.recipients:
        raise NobodyToWriteTo
    is_seconded = held.waits and may_approve_outreach(by, held)
    if held.waits and not is_seconded:
        raise UnableToReachOut
    if len(found.recipients) > Outreach.ALONE and not is_seconded:
        held.state = OutreachState.WAITING
        held.save(update_fields=["state"])
        return held
    held.state, held.sent_at, held.approved_by = OutreachState.SENT, now, by if is_seconded else None
    held.mailed = len(found.recipients)
    held.unreached = found.concerned - held.mailed
    held.save(update_fields=["state", "sent_at", "approved_by", "mailed", "unreached"])
    Look.objects.bulk_create(found.looks)
    Invited.objects.bulk_create(Invited(outreach=held, entry_id=entry_id) for entry_id, _address, _name in found.recipients)
    mail = emails.outreach(held)
    post(
        purpose="outreach",
        source=held.source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=settings.LANGUAGE_CODE,
        priority=Priority.BULK,
        to=[Recipient(address, name) for _entry_id, address, name in found.recipients],
        now=now,
    )
    return held


@transaction.atomic
def discard(*, outreach: Outreach, revision: int, by: User) -> None:
    """Take away what is not sent; that entries were counted stays in the ledger. Raises UnableToReachOut or HasChanged."""
    _held(outreach, revision, by).delete()


def stopped(agency: Organisation) -> set[uuid.UUID]:
    """Return the entries whose firms want no further invitations of the agency."""
    return set(NoOutreach.objects.filter(agency=agency).values_list("entry_id", flat=True))


@transaction.atomic
def choose(*, entry: Entry, agency: Organisation, wants_more: bool, by: User, today: date) -> None:
    """Say for the firm whether the agency may invite it again; twice is once. Raises UnableToReachOut."""
    if not may_propose(by, entry.organisation):
        raise UnableToReachOut
    Entry.objects.select_for_update().get(pk=entry.pk)  # a sending that has begun comes before, and none slips between
    if wants_more:
        NoOutreach.objects.filter(entry=entry, agency=agency).delete()
    else:
        NoOutreach.objects.get_or_create(entry=entry, agency=agency, defaults={"by": by, "on": today})


@transaction.atomic
def answer(*, invited: Invited, text: str, by: User, now: datetime) -> Invited:
    """Write for the firm, and tell the official. Raises UnableToReachOut."""
    held = _thread(invited)
    if not may_propose(by, held.entry.organisation):
        raise UnableToReachOut
    if _write(held, OutreachSide.FIRM, text, by=by, now=now):
        mail = emails.outreach_answered(held.outreach)
        post(
            purpose="outreach-answered",
            source=f"outreach-thread:{held.pk}",
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            language=settings.LANGUAGE_CODE,
            to=[Recipient(held.outreach.written_by.email, held.outreach.written_by.name)],
            now=now,
        )
    return held


@transaction.atomic
def write(*, invited: Invited, text: str, by: User, now: datetime) -> Invited:
    """Write for the agency in a thread that the firm began, and tell the firm. Raises UnableToReachOut."""
    held = _thread(invited)
    if held.last_at is None or not may_send_outreach(by, held.outreach):
        raise UnableToReachOut
    if _write(held, OutreachSide.AGENCY, text, by=by, now=now):
        firm = held.entry.organisation
        mail = emails.notice("outreach-written", firm=firm.name, lines=[])
        notices.post_to(firm, mail, purpose="outreach-written", source=f"outreach-thread:{held.pk}", now=now)
    return held


def _held(found: Outreach, revision: int, by: User) -> Outreach:
    """The invitation as it is now, held, if it is not sent and still what the person read."""
    held = Outreach.objects.select_for_update(of=("self",)).select_related("agency", "written_by").get(pk=found.pk)
    if not may_send_outreach(by, held):
        raise UnableToReachOut
    if held.is_sent or held.revision != revision:
        raise HasChanged
    return held


def _addressed_while_held(agency: Organisation, addressing: Addressing) -> Addressed:
    """Whom it goes to, read while their entries' rows are held: who withdraws or wants no more just now comes before or after."""
    held: set[uuid.UUID] = set()
    found = addressing(stopped(agency))
    while not (concerned := {entry_id for entry_id, _address, _name in found.recipients}) <= held:
        rows = Entry.objects.select_for_update().filter(pk__in=concerned).order_by("pk")
        held = set(rows.values_list("pk", flat=True)) | held
        found = addressing(stopped(agency))
    return found


def _thread(found: Invited) -> Invited:
    threads = Invited.objects.select_for_update(of=("self",)).select_related("entry__organisation", "outreach__written_by")
    return threads.select_related("outreach__agency", "entry__organisation", "outreach__written_by").get(pk=found.pk)


def _write(held: Invited, side: OutreachSide, text: str, *, by: User, now: datetime) -> bool:
    """Write a message; the same words again from the same person are the same message, sent twice."""
    last = held.messages.order_by("-pk").first()
    if last and (last.by_id, last.text) == (by.pk, text):
        return False
    if held.messages.count() >= MOST_MESSAGES:
        raise UnableToReachOut
    OutreachMessage.objects.create(invited=held, side=side, by=by, at=now, text=text)
    held.last_at, held.last_side = now, side
    held.save(update_fields=["last_at", "last_side"])
    return True
