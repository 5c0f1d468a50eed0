"""What the case page shows beside the conversation: notes, drafts, facts, redactions, links, readers, history. One query each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery, prefetch_related_objects
from django.utils.translation import gettext_lazy

from inquiries.forms.casework import QuestionForm
from inquiries.forms.describing import FactsForm, initial
from inquiries.forms.noting import HandOverForm, NoteForm
from inquiries.forms.redacting import RedactForm
from inquiries.forms.relating import LinkForm
from inquiries.models import Absence, Attachment, Event, Flag, Inquiry, ReaderKey, Redaction, Relation, Reply
from inquiries.models.thread import HISTORY_GROUPS
from inquiries.permissions import may_take_out, may_use_replies
from inquiries.querysets import readers_of
from inquiries.services import describing, drafting, noting, routing
from inquiries.services import history as histories
from inquiries.services.asking import OpenInquiry
from organisations.models import Organisation, User

HISTORY_LABELS = {
    "all": gettext_lazy("All"),
    "moves": gettext_lazy("Moves"),
    "notes": gettext_lazy("Notes"),
    "facts": gettext_lazy("Facts and links"),
    "redactions": gettext_lazy("Redactions"),
}
# What changes who reads a case: it goes to one agency, by a rule or by hand; another one is asked, or left out again.
_SORTED = ("portal-routes", "apply-rules")
_HANDED = ("route", *_SORTED)
_CONSULTED = ("consult", "end-consultation", "portal-ends-consultation", "portal-dismisses-agency")
_GROUPED = frozenset().union(*HISTORY_GROUPS.values())


@dataclass(frozen=True)
class Reader:
    """An agency that may read the case, since when if the history says so."""

    agency: Organisation
    since: date | None


def with_parts(inquiry: Inquiry) -> Inquiry:
    """Fetch once what several parts of the page ask for: who holds a key, the history in its order, redactions, files.

    What never happened is not asked for.
    """
    keys = ReaderKey.objects.select_related("agency").order_by("agency__name", "pk")
    events = Event.objects.select_related("official").order_by("position")
    prefetch_related_objects([inquiry], Prefetch("reader_keys", keys), Prefetch("events", events))
    redactions = (
        Redaction.objects.in_order().select_related("by") if _happened(inquiry, "mask", "redact") else Redaction.objects.none()
    )
    files = Attachment.objects.in_order().select_related("message", "withheld_by")
    found = files if getattr(inquiry, "has_files", True) else files.none()
    prefetch_related_objects([inquiry], Prefetch("redactions", redactions), Prefetch("attachments", found))
    return inquiry


def _happened(inquiry: Inquiry, *kinds: str) -> bool:
    return any(event.kind in kinds for event in inquiry.events.all())


def words(opened: OpenInquiry, *, by: User) -> dict[str, Any]:
    """What opens with the case key: notes, and the official's own drafts in the forms that they belong to."""
    drafts = drafting.kept(opened, by=by)
    return {
        "notes": noting.read(opened, by=by) if _happened(opened.inquiry, "note") else [],
        "drafts": drafts,
        "question_form": QuestionForm(initial={"text": drafts.get("ask-back", "")}, auto_id="question_%s"),
        "note_draft": drafts.get("note", ""),
    }


def context(inquiry: Inquiry, *, by: User, moves: Iterable[str], today: date, note_draft: str = "") -> dict[str, Any]:
    """What needs no key. Forms that an official may not send are not made."""
    people = colleagues(inquiry, today=today)
    facts = describing.facts_of(inquiry)
    works = bool(moves)
    return {
        "colleagues": people,
        "flag_labels": [Flag(flag).label for flag in inquiry.flags],
        "redactions": inquiry.redactions.all(),
        "withheld": [file for file in inquiry.attachments.all() if file.withheld_on],
        "may_take_out": may_take_out(by, inquiry),
        "relations": _relations(inquiry, by),
        "note_form": NoteForm(initial={"text": note_draft}, colleagues=[each for each in people if each != by], auto_id="note_%s"),
        "facts_form": FactsForm(initial=initial(facts), auto_id="facts_%s") if works else None,
        "hand_over_form": HandOverForm(colleagues=people, auto_id="hand_%s") if works else None,
        "redact_form": RedactForm(may_take_out=may_take_out(by, inquiry), auto_id="redact_%s") if works else None,
        "link_form": LinkForm(auto_id="link_%s"),
        "replies": _replies(inquiry, by) if works else [],
    }


def history(events: Iterable[Event], narrowed_to: str, *, by: User, known: Iterable[str]) -> list[Event]:
    """The events of one group; moves are all that is in no other one. `known`: references of cases that the official may read."""
    events = histories.readable(events, by=by, known=known)
    if narrowed_to == "moves":
        return [event for event in events if event.kind not in _GROUPED]
    if narrowed_to in HISTORY_GROUPS:
        return [event for event in events if event.kind in HISTORY_GROUPS[narrowed_to]]
    return events


def readers(inquiry: Inquiry, events: Iterable[Event]) -> list[Reader]:
    """The agencies on the reader list, each once, with the day since which each has read the case without a break."""
    agencies = {row.agency_id: row.agency for row in inquiry.reader_keys.all() if row.agency}
    events = list(events)
    return [Reader(agency, _since(agency, events)) for agency in agencies.values()]


def _since(agency: Organisation, events: Iterable[Event]) -> date | None:
    since, has_it, is_asked = None, False, False
    for event in events:
        if event.kind in _HANDED:
            has_it = _is_named(agency, event)
        elif event.kind in _CONSULTED and _is_named(agency, event):
            is_asked = event.kind == "consult"
            has_it = has_it and event.kind != "portal-dismisses-agency"
        since = (since or event.on) if has_it or is_asked else None
    return since


def _is_named(agency: Organisation, event: Event) -> bool:
    names = str(agency), agency.name
    return routing.was_sent_to(event.detail, names) if event.kind in _SORTED else event.detail in names


def colleagues(inquiry: Inquiry, *, today: date) -> list[User]:
    """All who may read the case, by name, each with the last day of an absence that they are in, as `away_until`."""
    away = Absence.objects.on(today).filter(user=OuterRef("pk")).order_by("-last_on", "pk").values("last_on")[:1]
    return list(readers_of(inquiry).annotate(away_until=Subquery(away)))


def _relations(inquiry: Inquiry, by: User) -> list[tuple[Relation, Inquiry, bool]]:
    """Each link with the case at its other end, and whether this one is the one answered together with that."""
    if not _happened(inquiry, "link", "merge", "merge-in"):
        return []
    rows = Relation.objects.of(inquiry).visible_to(by).select_related("inquiry", "other")
    return [(row, row.other if row.inquiry_id == inquiry.pk else row.inquiry, row.inquiry_id == inquiry.pk) for row in rows]


def _replies(inquiry: Inquiry, by: User) -> list[Reply]:
    return list(Reply.objects.visible_to(by).offered().for_case(inquiry)[:100]) if may_use_replies(by) else []
