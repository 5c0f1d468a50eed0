"""What follows from mail that comes back, and from readers who call it unwanted.

Whatever way a report takes, it is known by the mark in the address to which it came, and written down once for each envelope: a
second one, or an old one sent again, changes nothing. It stops lists alone. What is written to one person, such as an answer, goes
on, and nobody is shown that it came back, for that would tell who asked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from email.utils import parseaddr
from enum import Enum
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from mailroom import bounces, imap, marks, pop, reports
from mailroom.accounts import Mailbox
from mailroom.models import Envelope, Letter, Reason, Report, ReportKind, State, Suppression
from mailroom.reports import Bounce
from mailroom.services.suppressing import suppress

log = logging.getLogger(__name__)

BATCH = 200  # mails or refusals that one run takes up
NAMED = re.compile(r"[0-9a-f]{32}@", re.ASCII)  # how a Message-ID of ours begins
MOST_FATES = 200  # copies to one address that are looked at


class Taken(Enum):
    """What became of a report."""

    RECORDED = "recorded"
    NOTHING = "nothing"  # it asks for nothing: a delay, an arrival, or a report that was known already
    UNKNOWN = "unknown"  # about no copy of ours, or one that was forgotten
    NOT_UNDERSTOOD = "not understood"


def return_path(envelope: UUID) -> str:
    """Return the address to which the envelope's copy comes back: with its mark, or the portal's own where none is set."""
    if not settings.BOUNCE_ADDRESS:
        return _address_in(settings.DEFAULT_FROM_EMAIL)
    return marks.address(envelope, mailbox=settings.BOUNCE_ADDRESS, key=_key())


@lru_cache(maxsize=8)
def _address_in(sender: str) -> str:
    """Taking a sender apart costs a tenth of what sending a mail does, and it is the same for all."""
    return parseaddr(sender)[1]


def is_bounce_address(address: str) -> bool:
    """Whether mail to `address` comes back to us: the bounce address, with a mark or without."""
    local, _at, domain = address.lower().rpartition("@")
    return bool(local) and f"{local.partition('+')[0]}@{domain}" == settings.BOUNCE_ADDRESS.lower()


def take(content: bytes, *, now: datetime, sent_to: Sequence[str] = ()) -> Taken:
    """Take up a mail that came to the bounce address; `sent_to` are the recipients that a mail server named in handing it over."""
    understood = reports.understand(content, sent_to=sent_to)
    if understood is None:
        return Taken.NOT_UNDERSTOOD
    envelope = _find(understood.marks)
    if envelope is None:
        return Taken.UNKNOWN
    if understood.is_complaint:
        return _complaint(envelope, now=now)
    bounce = understood.bounce_of(envelope.address)
    return _bounce(envelope, bounce, now=now) if bounce else Taken.NOTHING


def take_notice(*, address: str, is_complaint: bool, status: str, now: datetime) -> Taken:
    """Take up what a provider says of the copy that comes back to `address`; `status` is x.y.z, of a copy that was given up."""
    return _notice(_find(marks.found_in(address)), is_complaint=is_complaint, status=status, now=now)


def take_event(*, message_id: str, recipient: str, is_complaint: bool, status: str, now: datetime) -> Taken:
    """Take up what a provider says of the copy that left under `message_id`, if it was one to `recipient`."""
    envelope = _sent_as(message_id)
    if envelope and envelope.address.lower() != recipient.strip().lower():
        envelope = None
    return _notice(envelope, is_complaint=is_complaint, status=status, now=now)


def _notice(envelope: Envelope | None, *, is_complaint: bool, status: str, now: datetime) -> Taken:
    if envelope is None:
        return Taken.UNKNOWN
    if is_complaint:
        return _complaint(envelope, now=now)
    return _bounce(envelope, Bounce(bounces.kind_of(status), status), now=now)


def take_refusals(*, now: datetime) -> int:
    """Take up what mail servers refused at once because there is no such mailbox; return how many addresses that were."""
    known = Report.objects.filter(envelope=OuterRef("pk"), kind=ReportKind.REFUSED)
    refused = Envelope.objects.refused_as_gone().exclude(Exists(known)).select_related("letter").order_by("pk")[:BATCH]
    taken = [_refusal(envelope, now=now) for envelope in refused]
    return taken.count(Taken.RECORDED)


def fetch(account: imap.Account | pop.Account, *, now: datetime) -> dict[Taken, int]:
    """Take up the mails of a mailbox; raises Unreachable. Must not run inside a transaction.

    A mail is taken out after its report was committed, and what says nothing to us stays for a person. Where the server dies
    between, the next run reads it again and changes nothing.
    """
    if connection.in_atomic_block:
        raise RuntimeError("fetch() takes mails out after each commit and can't run inside a transaction")
    taken = dict.fromkeys(Taken, 0)
    with account.opened() as mailbox:
        for uid in mailbox.unread(most=BATCH):
            taken[_fetch_one(mailbox, uid, now=now)] += 1
        mailbox.clear()
    return taken


def _fetch_one(mailbox: Mailbox, uid: str, *, now: datetime) -> Taken:
    taken = take(mailbox.read(uid, most=reports.LARGEST), now=now)
    if taken is Taken.NOT_UNDERSTOOD:
        mailbox.leave(uid)
    else:
        mailbox.take_out(uid)
    return taken


def _find(found: Sequence[str]) -> Envelope | None:
    """The envelope of the first mark that is ours; which one that is nobody can make up."""
    ours = next((envelope for mark in found if (envelope := marks.opened(mark, key=_key()))), None)
    return Envelope.objects.select_related("letter").filter(pk=ours).first() if ours else None


def _sent_as(message_id: str) -> Envelope | None:
    """The envelope whose copies bear this Message-ID, with angle brackets or without."""
    bare = message_id.strip().strip("<>").lower()
    if not NAMED.match(bare):
        return None
    found = Envelope.objects.select_related("letter").filter(pk=UUID(hex=bare.partition("@")[0])).first()
    return found if found and found.message_id.lower() == f"<{bare}>" else None


@transaction.atomic
def _complaint(envelope: Envelope, *, now: datetime) -> Taken:
    if not _is_new(envelope, Report.objects.filter(kind=ReportKind.COMPLAINT), ReportKind.COMPLAINT, "", now):
        return Taken.NOTHING
    if _is_listed(envelope.letter) and not _was_let_back_since(envelope):
        suppress(address=envelope.address, list_id=envelope.letter.list_id, reason=Reason.COMPLAINED, now=now)
    return Taken.RECORDED


@transaction.atomic
def _bounce(envelope: Envelope, bounce: Bounce, *, now: datetime) -> Taken:
    if envelope.sent_at and now - envelope.sent_at > bounces.LATEST:
        return Taken.NOTHING
    if not _is_new(envelope, Report.objects.bounces(), bounce.kind, bounce.status, now):
        return Taken.NOTHING
    if bounce.kind == bounces.HARD:
        _stop_as_gone(envelope, bounce.status, now=now)
    elif bounce.kind == bounces.SOFT and _is_listed(envelope.letter) and bounces.has_run_dry(_fates(envelope, now=now)):
        suppress(address=envelope.address, list_id="", reason=Reason.UNREACHABLE, status=bounce.status, now=now)
    return Taken.RECORDED


@transaction.atomic
def _refusal(envelope: Envelope, *, now: datetime) -> Taken:
    status = envelope.last_error.partition(" ")[2]
    if not _is_new(envelope, Report.objects.filter(kind=ReportKind.REFUSED), ReportKind.REFUSED, status, now):
        return Taken.NOTHING
    _stop_as_gone(envelope, status, now=now)
    return Taken.RECORDED


def _is_new(envelope: Envelope, known: QuerySet[Report], kind: str, status: str, now: datetime) -> bool:
    """Write the report down; False where the envelope has one of these, also if two come in the same moment."""
    said = {"kind": kind, "status": status, "on": timezone.localdate(now)}
    return known.get_or_create(envelope=envelope, defaults=said)[1]


def _stop_as_gone(envelope: Envelope, status: str, *, now: datetime) -> None:
    """Keep all lists from an address whose mailbox is gone, unless a server says so of half the country."""
    letter = envelope.letter
    if not _is_listed(letter) or _was_let_back_since(envelope):
        return
    gone = Report.objects.filter(envelope__letter=letter, kind__in=[ReportKind.HARD, ReportKind.REFUSED]).count()
    if bounces.is_flood(gone, of=letter.addressed):
        log.warning("mail server says of many mailboxes at once that they are gone: it is not believed")
        return
    suppress(address=envelope.address, list_id="", reason=Reason.GONE, status=status, now=now)


def _is_listed(letter: Letter) -> bool:
    """Whether stopping is ours: whoever has a private letter written keeps its list, and asks for its reports."""
    return bool(letter.list_id) and not letter.is_private


def _was_let_back_since(envelope: Envelope) -> bool:
    """Whether somebody has let mail go to the address again since this copy left: then what it says is old."""
    lifted = Suppression.objects.of_any([envelope.address], envelope.letter.list_id)
    return bool(envelope.sent_at) and lifted.filter(lifted_at__gt=envelope.sent_at).exists()


def _fates(envelope: Envelope, *, now: datetime) -> Iterator[tuple[date, str]]:
    """What became of the copies to this address up to this one, the latest first, since mail was last let go to it again."""
    reported = Report.objects.bounces().filter(envelope=OuterRef("pk")).values("kind")
    # Through the letters, since the index of addresses begins with them.
    letters = Letter.objects.exclude(list_id="").filter(is_private=False, created_at__gte=now - bounces.LOOK_BACK)
    found = Envelope.objects.alias(folded=Lower("address")).filter(letter__in=letters, folded=envelope.address.lower())
    found = found.filter(state=State.SENT, sent_at__lte=envelope.sent_at or now)
    lifted = Suppression.objects.of_any([envelope.address], envelope.letter.list_id).exclude(lifted_at=None)
    if latest := lifted.order_by("-lifted_at").values_list("lifted_at", flat=True).first():
        found = found.filter(sent_at__gt=latest)
    rows = found.annotate(kind=Coalesce(Subquery(reported), Value(""))).order_by("-sent_at", "pk")
    for sent_at, kind in rows.values_list("sent_at", "kind")[:MOST_FATES]:
        if sent_at:  # which every one of them has
            yield timezone.localdate(sent_at), kind


def _key() -> bytes:
    return _key_from(settings.SECRET_KEY)


@lru_cache(maxsize=1)
def _key_from(secret: str | bytes) -> bytes:
    """Worked out once, and not for each mail."""
    return salted_hmac("mailroom.marks", b"", secret=secret, algorithm="sha256").digest()
