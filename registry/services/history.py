"""The history of an entry, for its firm alone: what each change said before and after, by whom and when, and what was confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import CharField, Value

from organisations.models import User
from registry.models import ChangedValue, Entry, EntryChange, Evidence
from registry.permissions import may_edit_entry

PAGE: Final = 50
CHANGE, EVIDENCE = "change", "evidence"


class UnableToForget(Exception):
    """The person may not edit the firm's entry."""


@dataclass(frozen=True)
class Event:
    """One step of the history: a change, or a confirmation that came or lapsed."""

    at: datetime
    change: EntryChange | None = None
    evidence: Evidence | None = None


def said(entry: Entry, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what the entry says now in the columns named, and in its technologies and memberships."""
    activities = entry.activities.select_related("segment").order_by("segment__code", "role")
    return {name: getattr(entry, name) for name in names} | {
        "segments": [
            {"code": held.segment.code, "label": held.segment.label, "role": held.role, "readiness": held.readiness}
            for held in activities
        ],
        "memberships": list(entry.memberships.order_by("name", "pk").values_list("name", flat=True)),
    }


def keep(change: EntryChange, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Keep what the fields of a change said, in the transaction of the change itself."""
    ChangedValue.objects.bulk_create(
        ChangedValue(change=change, field=name, before=before.get(name), after=after.get(name)) for name in change.fields
    )


@transaction.atomic
def forget(*, change: EntryChange, by: User) -> None:
    """Forget what a change said: what a firm takes out of its entry must not have to live on here. Raises UnableToForget."""
    if not may_edit_entry(by, change.entry.organisation):
        raise UnableToForget
    change.values.all().delete()


def page(entry: Entry, *, number: int) -> Page[Event]:
    """Return one page of the history, newest first; raises EmptyPage beyond the last."""
    kinds = {CHANGE: EntryChange.objects.filter(entry=entry), EVIDENCE: Evidence.objects.filter(entry=entry)}
    steps = [
        found.order_by().annotate(kind=Value(kind, output_field=CharField())).values_list("at", "kind", "pk")
        for kind, found in kinds.items()
    ]
    paginator: Paginator[Any] = Paginator(steps[0].union(steps[1], all=True).order_by("-at", "kind", "-pk"), PAGE)
    found = paginator.page(number)
    rows = list(found.object_list)
    changes = EntryChange.objects.select_related("by").prefetch_related("values").in_bulk(_keys(rows, CHANGE))
    evidence = Evidence.objects.select_related("by").in_bulk(_keys(rows, EVIDENCE))
    found.object_list = [
        Event(at, change=changes[pk]) if kind == CHANGE else Event(at, evidence=evidence[pk]) for at, kind, pk in rows
    ]
    return found


def _keys(rows: list[tuple[datetime, str, int]], wanted: str) -> list[int]:
    return [pk for _at, kind, pk in rows if kind == wanted]
