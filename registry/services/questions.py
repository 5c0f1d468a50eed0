"""A firm asks the focal point about one look at its entry, and gets an answer by a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from organisations.models import User
from registry import emails
from registry.models import Entry, Look, LookMessage, LookQuestion, Side
from registry.permissions import may_answer_looks, may_propose
from registry.services import notices

ANSWERED_WITHIN: Final = timedelta(days=14)
MOST_MESSAGES: Final = 100  # of one thread


class UnableToAsk(Exception):
    """The person may not ask or answer here, the look is not one the firm reads of, or the thread is full."""


@transaction.atomic
def ask(*, entry: Entry, look: Look, text: str, by: User, today: date, now: datetime) -> LookQuestion:
    """Ask about a look, or ask on about one that was asked about before. Raises UnableToAsk."""
    is_told = Look.objects.at(entry.pk).told(today).filter(pk=look.pk).exists()
    if not may_propose(by, entry.organisation) or not is_told:
        raise UnableToAsk
    question, _made = LookQuestion.objects.select_for_update().get_or_create(
        entry=entry, look=look, defaults={"asked_at": now, "due_on": today + ANSWERED_WITHIN}
    )
    if question.answered_at:
        question.answered_at, question.asked_at, question.due_on = None, now, today + ANSWERED_WITHIN
        question.save(update_fields=["answered_at", "asked_at", "due_on"])
    _write(question, Side.FIRM, text, by=by, now=now)
    return question


@transaction.atomic
def answer(*, question: LookQuestion, text: str, by: User, now: datetime) -> LookQuestion:
    """Answer for the focal point, and tell the firm that there is an answer. Raises UnableToAsk."""
    question = LookQuestion.objects.select_for_update(of=("self",)).with_look().get(pk=question.pk)
    if not may_answer_looks(by, question):
        raise UnableToAsk
    _write(question, Side.FOCAL_POINT, text, by=by, now=now)
    if question.answered_at is None:
        question.answered_at = now
        question.save(update_fields=["answered_at"])
        firm = question.entry.organisation
        mail = emails.notice("answered", firm=firm.name, lines=[])
        notices.post_to(firm, mail, purpose="look-answered", source=f"look-question:{question.pk}", now=now)
    return question


def _write(question: LookQuestion, side: Side, text: str, *, by: User, now: datetime) -> None:
    """Write a message; the same words again from the same person are the same message, sent twice."""
    last = question.messages.order_by("-pk").first()
    if last and (last.by_id, last.text) == (by.pk, text):
        return
    if question.messages.count() >= MOST_MESSAGES:
        raise UnableToAsk
    LookMessage.objects.create(question=question, side=side, by=by, at=now, text=text)
