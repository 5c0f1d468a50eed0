"""Why a case is late, kept sealed with it: asked of whoever answers or puts off the answer after its day.

Nobody is held up in taking or closing what is late: the portal notes that it was, and the reason is asked afterwards
(explaining.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inquiries import deadlines
from inquiries.models import Breach, Inquiry
from inquiries.sealing import Place, seal, unseal
from inquiries.services import clock, thread
from inquiries.services.asking import OpenInquiry
from organisations.models import User

# What an official may say; the others the portal writes down itself.
REASONS = [(each.value, each.label) for each in Breach.Reason if each not in (Breach.Reason.UNANSWERED, Breach.Reason.UNSAID)]
LONGEST_WORDS = 1000


class UnableToMoveLate(Exception):
    """The day on which the answer was due is past, and no reason was given."""


@dataclass(frozen=True)
class Late:
    """A reason of the list (Breach.Reason) and the official's own words."""

    reason: str
    words: str


@dataclass(frozen=True)
class Explained:
    """A breach in the clear, for officials who may read the case."""

    breach: Breach
    words: str


def explain(opened: OpenInquiry, late: Late | None, *, by: User, today: date) -> None:
    """Write down why a locked inquiry is late, before the move that needs it; no more if it is not, or has been said.

    Raises UnableToMoveLate.
    """
    inquiry = opened.inquiry
    due = clock.late_since(inquiry, today=today)
    if due is None or (late is None and _is_explained(inquiry, due)):
        return
    if late is None or not late.words.strip():
        raise UnableToMoveLate
    breach = _breach(inquiry, due, reason=late.reason, by=by, today=today)
    seal_words(breach, late.words, opened)
    breach.save()


def seal_words(breach: Breach, words: str, opened: OpenInquiry) -> None:
    breach.sealed_words = seal(words, key=opened.key, place=_place(breach, opened))


def _place(breach: Breach, opened: OpenInquiry) -> Place:
    return Place("breach", opened.inquiry.pk, breach.pk)


def needs_reason(inquiry: Inquiry, *, today: date) -> bool:
    """Whether the next answer has to say why it is late, because nobody has for the day that is past."""
    due = clock.late_since(inquiry, today=today)
    return due is not None and not _is_explained(inquiry, due)


def _is_explained(inquiry: Inquiry, due: date) -> bool:
    return inquiry.breaches.filter(target=deadlines.ANSWER, due_on=due).exists()


def note_unanswered(inquiry: Inquiry, *, by: User, today: date) -> None:
    """Write down that a locked inquiry is being closed late and without an answer; nothing if it is not late."""
    due = clock.late_since(inquiry, today=today)
    if due is not None:
        _breach(inquiry, due, reason=Breach.Reason.UNANSWERED, by=by, today=today).save()


def note_taken(inquiry: Inquiry, *, by: User, today: date) -> None:
    """Write down that a locked inquiry is taken only now, if that is late."""
    _note_met(inquiry, deadlines.ACKNOWLEDGE, inquiry.acknowledge_on, by=by, today=today)


def note_closed(inquiry: Inquiry, *, by: User, today: date) -> None:
    """Write down that a locked inquiry is closed only now, if that is late."""
    _note_met(inquiry, deadlines.CLOSE, inquiry.close_on, by=by, today=today)


def _note_met(inquiry: Inquiry, target: str, due: date | None, *, by: User, today: date) -> None:
    if due is not None and due < today:
        noted = {"met_on": today, "reason": Breach.Reason.UNSAID, "by": by, "on": today, "sealed_words": b""}
        inquiry.breaches.get_or_create(target=target, due_on=due, defaults=noted)


def note_answered(inquiry: Inquiry, *, today: date) -> None:
    """Write down that what was late has been answered."""
    inquiry.breaches.filter(met_on=None).exclude(reason=Breach.Reason.UNANSWERED).update(met_on=today)


def explained(opened: OpenInquiry) -> list[Explained]:
    """Every breach of an inquiry, oldest first; raises CannotOpen if a row was tampered with."""
    inquiry = opened.inquiry
    found = inquiry.breaches.select_related("by").order_by("due_on", "pk")
    show = thread.clearing(opened)
    return [Explained(breach, show(_words(breach, opened))) for breach in found]


def _words(breach: Breach, opened: OpenInquiry) -> str:
    if not breach.sealed_words:
        return ""
    return unseal(bytes(breach.sealed_words), key=opened.key, place=_place(breach, opened))


def _breach(inquiry: Inquiry, due: date, *, reason: str, by: User, today: date) -> Breach:
    """The breach of that day, new or as it was explained before."""
    breach = inquiry.breaches.filter(target=deadlines.ANSWER, due_on=due).first() or Breach(inquiry=inquiry, due_on=due)
    breach.reason, breach.by, breach.on, breach.sealed_words = reason, by, today, b""
    return breach
