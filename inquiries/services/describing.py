"""The desk's own words about a case: they are not sealed, are searched, and never hold the asker's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from catalogue.models import ControlEntry, Segment
from inquiries.models import Event, Flag, Inquiry, InquirySegment, Priority
from inquiries.services import casebook
from inquiries.services.casework import locked_for
from organisations.models import User


class UnableToDescribe(Exception):
    """Somebody changed the facts after they were shown; `facts` is how they stand now."""

    def __init__(self, facts: Facts) -> None:
        super().__init__("the facts were changed meanwhile")
        self.facts = facts


LISTS = ("flags", "tags", "codes", "segments")
LONGEST_DETAIL: int = Event._meta.get_field("detail").max_length or 0  # noqa: SLF001  Django's documented _meta
COLUMNS = ("title", "summary", "priority", "flags", "tags", "codes")


@dataclass(frozen=True)
class Facts:
    """`segments` are codes of those that the desk has added beside the asker's. Lists come out sorted, each thing once."""

    title: str = ""
    summary: str = ""
    priority: str = Priority.NORMAL
    flags: Sequence[str] = ()
    tags: Sequence[str] = ()
    codes: Sequence[str] = ()
    segments: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("title", "summary"):
            object.__setattr__(self, name, getattr(self, name).strip())
        for name in LISTS:
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))

    @property
    def version(self) -> str:
        """Names these very facts, so that a form can say which ones it was filled from."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def facts_of(inquiry: Inquiry) -> Facts:
    columns = {name: getattr(inquiry, name) for name in COLUMNS}
    segments: list[str] | None = getattr(inquiry, "desk_segments", None)
    if segments is None:  # as where the row is locked, to be changed
        added = InquirySegment.objects.filter(inquiry=inquiry, is_by_desk=True)
        segments = list(added.values_list("segment__code", flat=True))
    return Facts(**columns, segments=segments)


@transaction.atomic
def describe(inquiry: Inquiry, *, facts: Facts, seen: str, by: User, today: date) -> Inquiry:
    """Set the facts; `seen` is the version that the official had before them. Raises UnableToDescribe, UnableToWork."""
    inquiry = locked_for(inquiry, by)
    before = facts_of(inquiry)
    if before.version != seen:
        raise UnableToDescribe(before)
    changes = _changes(before, facts)
    if not changes:
        return inquiry
    for name in COLUMNS:
        value = getattr(facts, name)
        setattr(inquiry, name, list(value) if name in LISTS else value)
    inquiry.save(update_fields=COLUMNS)
    _add_segments(inquiry, facts.segments)
    casebook.settle(inquiry)  # how soon an answer is due follows from the priority
    for detail in _lines(changes):
        casebook.record(inquiry, "describe", by=by, today=today, detail=detail)
    return inquiry


def _add_segments(inquiry: Inquiry, codes: Sequence[str]) -> None:
    added = InquirySegment.objects.filter(inquiry=inquiry, is_by_desk=True)
    added.exclude(segment__code__in=codes).delete()
    segments = Segment.objects.current().filter(code__in=codes)
    InquirySegment.objects.bulk_create(
        (InquirySegment(inquiry=inquiry, segment=segment, is_by_desk=True) for segment in segments), ignore_conflicts=True
    )


def _lines(changes: list[str]) -> list[str]:
    """The changes put together into as few lines of history as they fit on."""
    lines = [changes[0][:LONGEST_DETAIL]]
    for change in changes[1:]:
        longer = f"{lines[-1]}; {change}"
        if len(longer) > LONGEST_DETAIL:
            lines.append(change[:LONGEST_DETAIL])
        else:
            lines[-1] = longer
    return lines


def _changes(before: Facts, after: Facts) -> list[str]:
    """What to say in the history of each fact that changed."""
    lines = []
    if before.title != after.title:
        lines.append(_("title: %(title)s") % {"title": after.title or _("none")})
    if before.summary != after.summary:
        lines.append(_("summary") if after.summary else _("summary: none"))
    if before.priority != after.priority:
        lines.append(_("priority: %(priority)s") % {"priority": Priority(after.priority).label})
    for label, old, new in (
        (_("flags"), _labels(before.flags), _labels(after.flags)),
        (_("tags"), before.tags, after.tags),
        (_("control entries"), before.codes, after.codes),
        (_("segments"), before.segments, after.segments),
    ):
        if old != new:
            lines.append(f"{label}: {_difference(old, new)}")
    return lines


def _labels(flags: Sequence[str]) -> list[str]:
    return [str(Flag(flag).label) for flag in flags]


def _difference(old: Sequence[str], new: Sequence[str]) -> str:
    added = [f"+ {each}" for each in new if each not in old]
    return ", ".join([*added, *(f"− {each}" for each in old if each not in new)])


def unknown_codes(codes: Sequence[str]) -> dict[str, list[str]]:
    """Those of `codes` that the control lists in force don't have, each with the nearest that they have, at most five."""
    paragraphs = ControlEntry.objects.current().paragraphs()
    known = set(paragraphs.filter(code__in=codes).values_list("code", flat=True))
    return {code: _nearest(code) for code in codes if code not in known}


def _nearest(code: str) -> list[str]:
    """What stands below a code's beginning: the longest beginning below which there is anything."""
    paragraphs = ControlEntry.objects.current().paragraphs().in_order()
    for length in range(len(code), 1, -1):
        if below := list(paragraphs.filter(code__startswith=code[:length]).values_list("code", flat=True)[:5]):
            return below
    return []
