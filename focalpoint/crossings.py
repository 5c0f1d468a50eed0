"""The one file where the works meet: what the desk shows of all of them side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advisories import figures as advisory_figures
from advisories.models import Advisory
from advisories.permissions import may_see_desk
from inquiries import figures as inquiry_figures
from inquiries.cleaning.kinds import MOST_BYTES
from inquiries.forms.files import MOST_FILES, FilesField, FilesForm
from inquiries.models import Inquiry
from inquiries.permissions import may_keep_calendar, may_keep_the_gate, may_see_figures, may_see_queues
from organisations.permissions import Visitor
from organisations.uploads import takes_files
from registry import figures as registry_figures
from registry.permissions import may_countersign_any, may_decide_delays

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


MOST_CASES = 10  # shown beside an advisory; the queue has the rest


# What lets a view of advisories have files: as large and as many as an official's answer brings.
with_files = takes_files(most=MOST_FILES, each=MOST_BYTES)


class AttachForm(FilesForm):
    """Files for an advisory, looked at and cleaned as those of cases are."""

    files = FilesField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy(
            "PDF, JPEG, PNG, Word, Excel, OpenDocument text, CSV or plain text; 20 MB each. "
            "The names of authors, places and programs hidden in them are taken out."
        ),
        template_name="forms/field.html",  # nothing else is on its page, so nothing is folded
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned["files"]:
            self.add_error("files", _("Choose a file."))
        return cleaned


@dataclass(frozen=True)
class AnsweredBack:
    """What was asked about an advisory and seen of what it describes, as far as one official may see those cases."""

    asked: int
    seen: int
    cases: list[Inquiry]  # the newest
    queue: str

    @property
    def is_cut(self) -> bool:
        return self.asked + self.seen > len(self.cases)


@dataclass(frozen=True)
class Tile:
    """A number that is a link to the rows it counts. `tone` is "", "attention" or "late"."""

    label: str
    number: int
    link: str
    tone: str = ""


def dashboard(user: Visitor, *, now: datetime) -> list[Tile]:
    """What the official should look at first, of what the official may see."""
    return [
        *_deadline_tiles(user),
        *_inquiry_tiles(user, timezone.localdate(now)),
        *_gate_tiles(user, timezone.localdate(now)),
        *_registry_tiles(user, timezone.localdate(now)),
        *_advisory_tiles(user, now),
        *_source_tiles(user),
    ]


def reference(user: Visitor, typed: str) -> str:
    """Return in words the case or advisory that a person names as the reason of a look; empty where the person may read neither.

    A case is named by its reference, an advisory by its id, alone or in its address; never by what stands in them.
    """
    if case := Inquiry.objects.visible_to(user).filter(reference=typed.strip().upper()).first():
        return _("case %(reference)s") % {"reference": case.reference}
    named = _ID.search(typed.lower())
    if named and (advisory := Advisory.objects.for_desk(user).filter(pk=named[0]).first()):
        return _("advisory %(id)s") % {"id": advisory.pk}
    return ""


def answered_back(user: Visitor, advisory: Advisory) -> AnsweredBack | None:
    """Return what the official may see of it; None for who reads no cases, and of what is not out. Two queries."""
    if advisory.is_unpublished or not may_see_queues(user):
        return None
    asked, seen = inquiry_figures.about_advisory(user, advisory.pk)
    found = Inquiry.objects.visible_to(user).about_advisory(advisory.pk)
    cases = list(found.for_rows().in_order("newest")[:MOST_CASES]) if asked + seen else []
    return AnsweredBack(asked, seen, cases, f"{reverse('focalpoint:inquiries')}?queue=all&about={advisory.pk}")


def advisory_of(user: Visitor, inquiry: Inquiry) -> Advisory | None:
    """Return the advisory that a case is about, as far as the official may see that."""
    key = inquiry.about_key
    return Advisory.objects.for_desk(user).only("title", "tlp", "language").filter(pk=key).first() if key else None


def _inquiry_tiles(user: Visitor, today: date) -> list[Tile]:
    if not may_see_queues(user):
        return []
    counts = inquiry_figures.queues(user, today=today)
    called = inquiry_figures.mentions_unseen(user)
    queue = reverse("focalpoint:inquiries")
    return [
        Tile(_("New inquiries"), counts["new"], f"{queue}?queue=new", "attention" if counts["new"] else ""),
        Tile(_("Due this week"), counts["due_this_week"], f"{queue}?queue=due_this_week"),
        Tile(_("Overdue"), counts["overdue"], f"{queue}?queue=overdue", "late" if counts["overdue"] else ""),
        *_escalated(user, counts["escalated"], f"{queue}?queue=escalated"),
        Tile(_("Mine"), counts["mine"], f"{queue}?queue=mine"),
        Tile(_("Mentions of you"), called, reverse("focalpoint:mentions"), "attention" if called else ""),
        *_consulting_tiles(inquiry_figures.consulting(user, today=today)),
    ]


def _escalated(user: Visitor, number: int, link: str) -> list[Tile]:
    """What is late and waits for a supervisor."""
    return [Tile(_("Escalated"), number, link, "late" if number else "")] if may_see_figures(user) else []


def _deadline_tiles(user: Visitor) -> list[Tile]:
    """An alarm that is not there on a healthy database."""
    if not may_keep_calendar(user) or not (differed := inquiry_figures.deadlines_that_differed()):
        return []
    return [Tile(_("Deadlines that were wrong last night"), differed, reverse("focalpoint:deadlines"), "late")]


def _consulting_tiles(counts: dict[str, int]) -> list[Tile]:
    """What waits for a second official or for the official's agency; nothing is shown of what nobody waits for."""
    listing, to_approve = reverse("focalpoint:consultations"), reverse("focalpoint:to-approve")
    late = "late" if counts["asked_overdue"] else "attention"
    tiles = [
        Tile(_("Consultations for us"), counts["asked"], listing, late),
        Tile(_("Answers to approve"), counts["to_approve"], to_approve, "attention"),
        Tile(_("Disagreements to settle"), counts["to_settle"], to_approve, "attention"),
    ]
    return [tile for tile in tiles if tile.number]


def _gate_tiles(user: Visitor, today: date) -> list[Tile]:
    if not may_keep_the_gate(user):
        return []
    waiting, listing = inquiry_figures.openings_to_decide(user), reverse("focalpoint:identities")
    tiles = [Tile(_("Identities to agree to open"), waiting, listing, "attention" if waiting else "")]
    if ran_out := inquiry_figures.openings_run_out(user, today=today):
        tiles.append(Tile(_("Identities you asked for that ran out"), ran_out, listing, "attention"))
    return tiles


def _registry_tiles(user: Visitor, today: date) -> list[Tile]:
    if not may_countersign_any(user):
        return []
    late = registry_figures.delays_waiting(today) if may_decide_delays(user) else 0
    waiting, asked = registry_figures.waiting_to_countersign(), registry_figures.questions_waiting()
    tiles = [Tile(_("Agreements to countersign"), waiting, reverse("focalpoint:agreements"), "attention" if waiting else "")]
    if asked:
        tone = "late" if registry_figures.questions_late(today) else "attention"
        tiles.append(Tile(_("Questions about looks"), asked, reverse("focalpoint:look-questions"), tone))
    if late:
        tiles.append(Tile(_("Delays of the ledger to decide"), late, reverse("focalpoint:delays"), "attention"))
    return tiles


def _advisory_tiles(user: Visitor, now: datetime) -> list[Tile]:
    if not may_see_desk(user):
        return []
    waiting, silent = advisory_figures.waiting_to_approve(user), len(advisory_figures.undelivered(now))
    listing = reverse("focalpoint:advisories")
    alarm = Tile(_("Urgent advisories that reached nobody"), silent, f"{listing}?queue=undelivered", "late")
    return [
        *([alarm] if silent else []),  # which is not there while mail works
        Tile(_("Advisories to approve"), waiting, f"{listing}?queue=waiting", "attention" if waiting else ""),
        Tile(_("Advisories being sent"), advisory_figures.being_sent(), f"{listing}?queue=sending"),
        Tile(_("Advisories published lately"), advisory_figures.published_recently(now), f"{listing}?queue=published"),
    ]


def _source_tiles(user: Visitor) -> list[Tile]:
    """What official sources said, for editors; and that one can't be read, for who keeps them."""
    new, failing = advisory_figures.candidates_new(user), advisory_figures.sources_failing(user)
    tiles = [
        Tile(_("New from official sources"), new, reverse("focalpoint:candidates"), "attention"),
        Tile(_("Sources that can’t be read"), failing, reverse("focalpoint:sources"), "late"),
    ]
    return [tile for tile in tiles if tile.number]
