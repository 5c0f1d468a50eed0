"""The firm's verbs on its own entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from catalogue.models import Segment
from organisations.models import Kind, Organisation, User
from registry.models import Entry, EntryChange, EntrySegment
from registry.permissions import may_edit_entry
from registry.services import projection

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


class UnableToSave(Exception):
    """The person may not edit this firm's entry, or named an organisation as association that is none."""


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
) -> Entry:
    """Make or change the organisation's entry, note which fields changed, and show the change under an active agreement.

    What `values` does not name stays as it is, and so do the memberships where they are None.

    Raises UnableToSave for a person who may not, and ValidationError for values that don't hold.
    """
    if not may_edit_entry(by, organisation):
        raise UnableToSave
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two first saves at once make one entry
    held = Entry.objects.select_for_update().filter(organisation=organisation).first()
    entry = held or Entry(organisation=organisation, created_at=now)
    changed = _change(entry, values)
    if held is None:
        entry.save(force_insert=True)
    elif changed:
        entry.save(update_fields=changed)
    if _replace_activities(entry, activities):
        changed.append("segments")
    if memberships is not None and _replace_memberships(entry, memberships):
        changed.append("memberships")
    if changed:
        EntryChange.objects.create(entry=entry, by=by, at=now, fields=changed)
        projection.project(entry=entry)
    return entry


def _change(entry: Entry, values: Mapping[str, Any]) -> list[str]:
    """Set the editable values, check them and return the names of those that are new."""
    before = {name: getattr(entry, name) for name in EDITABLE}
    for name in EDITABLE:
        setattr(entry, name, values.get(name, before[name]))
    entry.full_clean(exclude=["organisation"])  # also brings the registration number into its compact form
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
