"""The firm's verbs on its own entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalogue.models import Segment
from organisations.models import Kind, Organisation, User
from organisations.permissions import memberships as memberships_of
from registry.disclosure import Field
from registry.models import Entry, EntryChange, EntryDraft, EntrySegment, Evidence, EvidenceLevel
from registry.permissions import may_confirm, may_edit_entry
from registry.services import history, projection

EDITABLE = (
    "legal_name",
    "unit_name",
    "trading_names",
    "country",
    "registration_number",
    "vat_number",
    "lei",
    "eori",
    "ror",
    "size_band",
    "region",
    "other_regions",
    "nace",
    "products",
    "control_entries",
    "markets",
    "certifications",
    "compliance",
    "partners",
    "willingness",
    "website",
    "contact_email",
)


LONGEST_DRAFT = 100_000


class UnableToKeep(Exception):
    """The draft is longer than any entry can be."""


class UnableToConfirm(Exception):
    """The person is no official who confirms, or acts for the firm as well."""


class UnableToSave(Exception):
    """The person may not edit this firm's entry, or named as association what is none; or the entry was merged away."""


@dataclass(frozen=True)
class Activity:
    """What a firm does in one segment; `readiness` is a technology readiness level, 1 to 9."""

    segment: Segment
    role: str
    readiness: int | None = None


@transaction.atomic
def save_entry(
    *,
    organisation: Organisation,
    values: Mapping[str, Any],
    activities: Iterable[Activity],
    by: User,
    now: datetime,
    memberships: Iterable[Organisation] | None = None,
    keeps_draft: bool = False,
) -> Entry:
    """Make or change the organisation's entry, note which fields changed, and show the change under an active agreement.

    What `values` does not name stays as it is, and so do the memberships where they are None. A draft goes, unless it is kept.

    Raises UnableToSave for a person who may not, and ValidationError for values that don't hold.
    """
    if not may_edit_entry(by, organisation):
        raise UnableToSave
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two first saves at once make one entry
    held = Entry.objects.select_for_update().filter(organisation=organisation).first()
    if held and held.is_merged:
        raise UnableToSave
    entry = held or Entry(organisation=organisation, created_at=now, confirmed_on=timezone.localdate(now))
    before = history.said(held, EDITABLE) if held else {}
    changed = _change(entry, values)
    if held is None:
        entry.save(force_insert=True)
    elif changed:
        entry.save(update_fields=changed)
    if _replace_activities(entry, activities):
        changed.append("segments")
    if memberships is not None and _replace_memberships(entry, memberships):
        changed.append("memberships")
    drafts = EntryDraft.objects.none() if keeps_draft else EntryDraft.objects.filter(organisation=organisation)
    drafts.delete()
    if changed:
        after = history.said(entry, EDITABLE)
        _take_back_evidence(entry, _shown(before), _shown(after), by=by, now=now)
        change = EntryChange.objects.create(entry=entry, by=by, at=now, fields=changed)
        history.keep(change, before=before, after=after)
        projection.project(entry=entry)
    return entry


@transaction.atomic
def keep_draft(*, organisation: Organisation, typed: Mapping[str, list[str]], by: User, now: datetime) -> EntryDraft:
    """Keep what is typed into the entry's form, in place of what was kept before; nothing is checked and nothing shown.

    Raises UnableToSave for a person who may not, and UnableToKeep for more than anybody types.
    """
    if not may_edit_entry(by, organisation):
        raise UnableToSave
    # PostgreSQL keeps no NUL in JSON; the form refuses it later where it stands.
    kept = {name: [value.replace("\0", "") for value in values] for name, values in typed.items()}
    if sum(len(name) + sum(map(len, values)) for name, values in kept.items()) > LONGEST_DRAFT:
        raise UnableToKeep
    draft, _ = EntryDraft.objects.update_or_create(organisation=organisation, defaults={"typed": kept, "by": by, "at": now})
    return draft


@transaction.atomic
def discard_draft(*, organisation: Organisation, by: User) -> bool:
    """Forget what was typed and not saved, and tell whether there was any. Raises UnableToSave."""
    if not may_edit_entry(by, organisation):
        raise UnableToSave
    return bool(EntryDraft.objects.filter(organisation=organisation).delete()[0])


@transaction.atomic
def confirm(*, entry_id: uuid.UUID, field: Field, level: str, reason: str, by: User, now: datetime) -> Evidence:
    """Note that an official of the focal point has a document or a register for what a field says, and show it with the field.

    The caller has seen the field through the gateway, which wrote the ledger. Raises UnableToConfirm for a person who may not or
    acts for the firm as well, and ValidationError for a level or reason that doesn't hold.
    """
    entry = Entry.objects.select_for_update().select_related("organisation").get(pk=entry_id)
    if not may_confirm(by, entry.organisation) or field == Field.PEOPLE:  # people speak for themselves
        raise UnableToConfirm
    held = next(held for held in memberships_of(by) if held.organisation.is_focal_point)
    evidence = Evidence(
        entry=entry, field=field, level=level, reason=reason.strip(), institution=held.organisation.name, by=by, at=now
    )
    evidence.full_clean(exclude=["entry", "by"])
    evidence.save(force_insert=True)
    projection.project(entry=entry)
    return evidence


def _shown(said: Mapping[str, Any]) -> dict[str, Any]:
    """What each field shows of what the entry says: who sees the technologies alone is not to learn of a level that changes."""
    activities = said.get("segments", ())
    levels = [activity["readiness"] for activity in activities if activity["readiness"] is not None]
    return {
        **said,
        Field.REGISTRATION_NUMBER: (said.get("country"), said.get("registration_number")),
        Field.SEGMENTS: [(activity["code"], activity["role"]) for activity in activities],
        Field.READINESS: max(levels, default=None),
    }


def _take_back_evidence(entry: Entry, before: Mapping[str, Any], after: Mapping[str, Any], *, by: User, now: datetime) -> None:
    """What was confirmed of an earlier value says nothing of the new one."""
    Evidence.objects.bulk_create(
        Evidence(entry=entry, field=field, level=EvidenceLevel.SAID, by=by, at=now)
        for field in projection.evidence(entry)
        if before.get(field) != after.get(field)
    )


def _change(entry: Entry, values: Mapping[str, Any]) -> list[str]:
    """Set the editable values, check them and return the names of those that are new."""
    before = {name: getattr(entry, name) for name in EDITABLE}
    for name in EDITABLE:
        setattr(entry, name, values.get(name, before[name]))
    entry.full_clean(
        exclude=["organisation", "confirmed_on", "lapsed_on", "merged_into", "merged_on", "is_current"]
    )  # also brings the registration number into its compact form
    return [name for name in EDITABLE if getattr(entry, name) != before[name]]


def _replace_activities(entry: Entry, activities: Iterable[Activity]) -> bool:
    """Make the entry's activities those given, and tell whether that changed them."""
    wanted = {(activity.segment.pk, activity.role): activity.readiness for activity in activities}
    held = {(row.segment_id, row.role): row.readiness for row in entry.activities.all()}
    if wanted == held:
        return False
    entry.activities.all().delete()
    EntrySegment.objects.bulk_create(
        EntrySegment(entry=entry, segment_id=segment, role=role, readiness=readiness)
        for (segment, role), readiness in wanted.items()
    )
    return True


def _replace_memberships(entry: Entry, associations: Iterable[Organisation]) -> bool:
    wanted = {association.pk: association for association in associations}
    if any(association.kind != Kind.ASSOCIATION for association in wanted.values()):
        raise UnableToSave
    if wanted.keys() == set(entry.memberships.values_list("pk", flat=True)):
        return False
    entry.memberships.set(wanted.values())
    return True
