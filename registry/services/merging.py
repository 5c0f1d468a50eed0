"""Two entries of one firm become one: an official proposes, a second one checks, and the firm's signatory agrees."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from organisations.models import Organisation, Role, User
from registry import emails, lifecycle
from registry.models import AgreementVersion, Entry, EntryDraft, Merge, MergeState, Side
from registry.permissions import may_agree_to_merge, may_confirm, may_decline_merge
from registry.services import notices, people, projection
from registry.services.moves import end, said

REASON = "The entry was merged into another one of the firm."


class UnableToMerge(Exception):
    """The person may not, or the entries are not two that stand."""


class AlreadyEnded(Exception):
    """Somebody agreed or refused meanwhile."""


@transaction.atomic
def propose(*, loser_id: UUID, survivor_id: UUID, reason: str, by: User, now: datetime) -> Merge:
    """Propose for the focal point; the caller has seen both entries through the gateway, which wrote the ledger.

    Proposing the same again returns what was proposed. Raises UnableToMerge or ReasonMissing.
    """
    held = _held(loser_id, survivor_id)
    if len(held) != 2 or any(not may_confirm(by, entry.organisation) or entry.is_merged for entry in held.values()):
        raise UnableToMerge
    proposed = Merge.objects.open().filter(loser=loser_id).first()
    if proposed and proposed.survivor_id != survivor_id:
        raise UnableToMerge
    if proposed:
        return proposed
    merge = Merge.objects.create(
        loser=held[loser_id], survivor=held[survivor_id], reason=said(reason), proposed_by=by, proposed_at=now
    )
    if _have_common_signatory(merge):
        _tell(merge, "same-firm", merge.survivor, now=now)
    return merge


@transaction.atomic
def second(*, merge: Merge, by: User, now: datetime) -> Merge:
    """Find, as a second official, that it is one firm. From then on each of the two reads of which entry it is about.

    Raises UnableToMerge or AlreadyEnded.
    """
    merge = _open(merge)
    officials = may_confirm(by, merge.loser.organisation) and may_confirm(by, merge.survivor.organisation)
    if not officials or by.pk == merge.proposed_by_id:
        raise UnableToMerge
    if merge.seconded_by_id is None:
        merge.seconded_by = by
        merge.save(update_fields=["seconded_by"])
        for entry in (merge.loser, merge.survivor):
            _tell(merge, "same-firm", entry, now=now)
    return merge


@transaction.atomic
def agree(*, merge: Merge, by: User, now: datetime) -> Merge:
    """Agree for the firm: the one entry becomes a tombstone and is seen no more, at once. Raises UnableToMerge or AlreadyEnded."""
    merge = _open(merge)
    if not may_agree_to_merge(by, merge) or merge.survivor.is_merged:
        raise UnableToMerge
    _end(merge, MergeState.DONE, by=by, now=now)
    _bury(merge, by=by, now=now)
    for entry in (merge.loser, merge.survivor):
        _tell(merge, "merged", entry, now=now)
    return merge


@transaction.atomic
def decline(*, merge: Merge, by: User, now: datetime) -> Merge:
    """Refuse for either firm. Raises UnableToMerge or AlreadyEnded."""
    merge = _open(merge)
    if not may_decline_merge(by, merge):
        raise UnableToMerge
    return _end(merge, MergeState.DECLINED, by=by, now=now)


def _bury(merge: Merge, *, by: User, now: datetime) -> None:
    """What the loser showed is gone, its agreement is over, and it leads to the survivor; so do its own tombstones."""
    loser = merge.loser
    people.erase_all(entry=loser)
    projection.hide(entry=loser)
    for version in AgreementVersion.objects.filter(agreement__entry=loser, state__in=lifecycle.OPEN_STATES):
        end(version, "terminate", by=by, now=now, side=Side.FIRM, reason=REASON)
    loser.merged_into, loser.merged_on, loser.is_current = merge.survivor, timezone.localdate(now), False
    loser.save(update_fields=["merged_into", "merged_on", "is_current"])
    Entry.objects.filter(merged_into=loser).update(merged_into=merge.survivor)
    EntryDraft.objects.filter(organisation=loser.organisation).delete()


def _end(merge: Merge, state: MergeState, *, by: User, now: datetime) -> Merge:
    merge.state, merge.ended_by, merge.ended_at = state, by, now
    merge.save(update_fields=["state", "ended_by", "ended_at"])
    return merge


def _open(found: Merge) -> Merge:
    """The proposal as it is now, with both entries held."""
    held = _held(found.loser_id, found.survivor_id)
    merge = Merge.objects.filter(pk=found.pk).first()
    if merge is None or not merge.is_open:
        raise AlreadyEnded
    merge.loser, merge.survivor = held[merge.loser_id], held[merge.survivor_id]
    return merge


def _held(*entry_ids: UUID) -> dict[UUID, Entry]:
    """The entries, their rows held in one order, so that two merges never wait for each other."""
    found = Entry.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk__in=entry_ids)
    return {entry.pk: entry for entry in found.order_by("pk")}


def _have_common_signatory(merge: Merge) -> bool:
    def bind(firm: Organisation) -> set[UUID]:
        return set(firm.memberships.filter(role=Role.SIGNATORY).values_list("user", flat=True))

    return bool(bind(merge.loser.organisation) & bind(merge.survivor.organisation))


def _tell(merge: Merge, event: str, entry: Entry, *, now: datetime) -> None:
    mail = emails.notice(event, firm=entry.organisation.name, lines=[])
    notices.post_to(entry.organisation, mail, purpose=f"entry-{event}", source=f"merge:{merge.pk}", now=now)
