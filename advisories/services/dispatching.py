"""An association has the portal send an advisory to the members on its sealed list.

The click writes one row, which the database allows once. A worker then opens the addresses, a batch at a time, and writes their
envelopes in one transaction: killed anywhere, it has written nothing, and the next tick of the clock begins anew. What becomes of
the copies anybody else learns by numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.emails import (
    Mail,
    compose_for_members,
    compose_withdrawal_for_members,
    members_list_id,
    members_stop_address,
    sender_for,
)
from advisories.models import Advisory, Dispatch, DispatchKind, Member, MemberList, Relay, Response
from advisories.querysets import MemberQuerySet
from advisories.services import members, relaying
from advisories.services.editing import PRIORITIES
from advisories.services.logos import logo_of
from advisories.services.relaying import UnableToRelay
from mailroom import figures as mail_figures
from mailroom.models import Envelope, State
from mailroom.services import Recipient, post
from organisations.models import User

AT_ONCE = 1000  # sealed addresses in memory
NEVER_TOLD = (State.CANCELLED, State.SUPPRESSED, State.FAILED)
# How long the figures of a dispatch are followed: until long after the last attempt and the last report.
FOLLOWED = timedelta(days=21)


@transaction.atomic
def ask(relay: Relay, *, kind: DispatchKind, by: User, now: datetime, today: date) -> Dispatch:
    """Have the portal send it to the association's members; asked twice, it is sent once. Raises UnableToRelay.

    Nothing is written yet but the wish: `write` does the rest.
    """
    relay = _locked(relay)
    if not permissions.may_keep_members(by, relay.association) or not permissions.may_read(by, relay.advisory, today=today):
        raise UnableToRelay(_("Only officers and signatories of the association send to its members."))
    member_list = members.list_of(relay.association)
    if done := Dispatch.objects.filter(relay=relay, kind=kind).first():
        return done
    if refusal := _refusal(relay, kind):
        raise UnableToRelay(refusal)
    if member_list is None or not member_list.reply_to:
        raise UnableToRelay(_("First enter your members and the address to which they answer."))
    if not audience(relay, kind, member_list).exists():
        raise UnableToRelay(_("Nobody is on your list to whom it could go."))
    return Dispatch.objects.create(relay=relay, kind=kind, asked_at=now, asked_by=by)


@transaction.atomic
def ask_correction(relay: Relay, *, by: User, now: datetime, today: date) -> Dispatch:
    """Send what corrects the advisory of `relay` to the same members, with the same words above it. Raises UnableToRelay."""
    correction = Advisory.objects.filter(corrects=relay.advisory).first()
    if correction is None or not correction.is_current:
        raise UnableToRelay(_("There is no correction that stands."))
    made = Relay.objects.filter(advisory=correction, association=relay.association).first()
    if made is None:
        made = relaying.prepare(
            correction, association=relay.association, words=relay.words, keep=False, by=by, now=now, today=today
        )
    return ask(made, kind=DispatchKind.NOTICE, by=by, now=now, today=today)


@transaction.atomic
def write(dispatch: Dispatch, *, now: datetime) -> bool:
    """Write the mail of a dispatch, in one transaction; False if another worker has, or if it must not go any more.

    What is corrected or withdrawn meanwhile waits for the advisory's lock, and then calls back what was written here.
    """
    relay = _locked(dispatch.relay)
    member_list = MemberList.objects.select_for_update().get(association=relay.association)
    found = Dispatch.objects.waiting().select_for_update().filter(pk=dispatch.pk).first()
    if found is None:
        return False
    found.relay = relay
    if _refusal(relay, found.kind):
        found.is_dropped = True
        found.save(update_fields=["is_dropped"])
        return False
    mail = _composed(relay, found.kind)
    letter = post(
        purpose="member-notice",
        source=found.source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        logo=mail.logo,
        closed=mail.closed,
        language=relay.advisory.language,
        to=_recipients(relay, found.kind, member_list),
        now=now,
        priority=PRIORITIES[relay.advisory.urgency],
        list_id=members_list_id(relay.association_id),
        stop_address=members_stop_address(),
        # Nobody may see which copy is in doubt, so nobody could decide about it; a second one tells its reader nothing new.
        repeats=True,
        sender_name=sender_for(relay.association, language=relay.advisory.language),
        reply_to=member_list.reply_to,
        is_private=True,
    )
    found.written_at, found.members = now, letter.addressed
    found.last_member = member_list.members.aggregate(last=Max("pk"))["last"] or 0
    found.save(update_fields=["written_at", "members", "last_member"])
    return True


def audience(relay: Relay, kind: str, member_list: MemberList) -> MemberQuerySet:
    """The members to whom it goes: all, but of a correction or withdrawal those who were on the list for what it takes back."""
    to = member_list.members.to_write_to()
    if kind == DispatchKind.WITHDRAWAL:
        return to.filter(pk__lte=_last_member([relay]))
    earlier = _corrected_relays(relay)
    return to.filter(pk__lte=_last_member(earlier)) if earlier else to


def fill_in(*, now: datetime) -> int:
    """Say for associations to how many members they have passed it on: as many as got it through the portal by now.

    A number that an association has entered itself stays. Return how many numbers have changed.
    """
    followed = Dispatch.objects.written_since(now - FOLLOWED).filter(kind=DispatchKind.NOTICE)
    found = list(followed.select_related("relay", "asked_by"))
    totals = mail_figures.totals_of(each.source for each in found) if found else {}
    return sum(_fill_in_one(each, totals[each.source].delivered, today=timezone.localdate(now)) for each in found)


@transaction.atomic
def _fill_in_one(dispatch: Dispatch, delivered: int, *, today: date) -> bool:
    if delivered in (0, dispatch.said):
        return False
    defaults = {"by": dispatch.asked_by, "read_on": today, "relayed_on": today, "members": delivered}
    response, is_new = Response.objects.select_for_update().get_or_create(
        advisory_id=dispatch.relay.advisory_id, organisation_id=dispatch.relay.association_id, defaults=defaults
    )
    if not is_new and response.members in (None, dispatch.said):
        response.members, response.relayed_on = delivered, response.relayed_on or today
        response.save(update_fields=["members", "relayed_on"])
    Dispatch.objects.filter(pk=dispatch.pk).update(said=delivered)
    return True


@dataclass(frozen=True)
class Outlook:
    """How an association stands with sending one notice, or word of its withdrawal, to its members."""

    kind: DispatchKind
    addressees: int  # to whom it would go
    reply_to: str
    dispatch: Dispatch | None
    totals: mail_figures.Totals | None

    @property
    def is_ready(self) -> bool:
        return bool(self.addressees and self.reply_to)

    @property
    def is_under_way(self) -> bool:
        return bool(self.dispatch and (self.dispatch.is_waiting or (self.totals and not self.totals.is_finished)))


def outlook(relay: Relay, kind: DispatchKind) -> Outlook:
    member_list = members.list_of(relay.association)
    dispatch = Dispatch.objects.select_related("relay").filter(relay=relay, kind=kind).first()
    is_written = bool(dispatch and dispatch.written_at)
    return Outlook(
        kind=kind,
        addressees=audience(relay, kind, member_list).count() if member_list and not dispatch else 0,
        reply_to=member_list.reply_to if member_list else "",
        dispatch=dispatch,
        totals=mail_figures.totals(dispatch.source) if dispatch and is_written else None,
    )


def was_sent(relay: Relay) -> bool:
    """Whether the portal has written the notice to the association's members."""
    return Dispatch.objects.filter(relay=relay, kind=DispatchKind.NOTICE, written_at__isnull=False).exists()


def associations_that_sent(advisory: Advisory) -> set[UUID]:
    written = Dispatch.objects.filter(relay__advisory=advisory, kind=DispatchKind.NOTICE, written_at__isnull=False)
    return set(written.values_list("relay__association", flat=True))


def _locked(relay: Relay) -> Relay:
    """The relay with its advisory, which nobody withdraws or corrects until the transaction ends."""
    relay = Relay.objects.select_related("association").get(pk=relay.pk)
    advisories = Advisory.objects.select_for_update(of=("self",), no_key=True).select_related("agency", "corrects")
    relay.advisory = advisories.get(pk=relay.advisory_id)
    return relay


def _refusal(relay: Relay, kind: str) -> str:
    if not permissions.may_relay(relay.association, relay.advisory):
        return _("%(label)s does not let you pass it on.") % {"label": relay.advisory.get_tlp_display()}
    if kind == DispatchKind.NOTICE and not relay.advisory.is_current:
        return _("It does not stand any more: don't pass it on.")
    if kind == DispatchKind.WITHDRAWAL and not (relay.advisory.is_withdrawn and was_sent(relay)):
        return _("There is nothing to take back: it was not sent to your members, or still stands.")
    return ""


def _composed(relay: Relay, kind: str) -> Mail:
    if kind == DispatchKind.WITHDRAWAL:
        return compose_withdrawal_for_members(relay)
    return compose_for_members(relay, logo_of(relay.association))


def _recipients(relay: Relay, kind: str, member_list: MemberList) -> Iterator[Recipient]:
    rows = audience(relay, kind, member_list)
    never_told = _never_told(relay, member_list) if kind == DispatchKind.WITHDRAWAL else set()
    found = (each for each in _read(rows) if bytes(each.digest).hex() not in never_told)
    return (Recipient(address, name) for address, name in members.people(found, member_list))


def _read(rows: MemberQuerySet) -> Iterator[Member]:
    """In order, some at a time. A cursor of the server's would not outlive what is rolled back."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).in_order()[:AT_ONCE]):
        yield from batch
        last = batch[-1].pk


def _never_told(relay: Relay, member_list: MemberList) -> set[str]:
    """The digests of those whom the notice never reached, as far as that is known still."""
    missed = Envelope.objects.of_source(relay.source).filter(state__in=NEVER_TOLD).values_list("address", flat=True)
    return {members.code_of(member_list, address) for address in missed}


def _corrected_relays(relay: Relay) -> list[Relay]:
    """What the association had sent of what this corrects, and of what that corrected."""
    wrong, advisories = relay.advisory.corrects, []
    while wrong:
        advisories.append(wrong)
        wrong = wrong.corrects
    sent = Dispatch.objects.filter(kind=DispatchKind.NOTICE, written_at__isnull=False).values("relay")
    return list(Relay.objects.filter(advisory__in=advisories, association=relay.association, pk__in=sent))


def _last_member(relays: list[Relay]) -> int:
    written = Dispatch.objects.filter(relay__in=relays, kind=DispatchKind.NOTICE)
    return written.aggregate(last=Max("last_member"))["last"] or 0
