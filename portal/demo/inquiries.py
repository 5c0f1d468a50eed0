"""Plays the stories of the inquiries through the portal's own verbs, each on its day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from textwrap import dedent

from django.db import transaction

from catalogue.models import Segment
from inquiries import receipts
from inquiries.models import Breach, Details, Inquiry, ProposedAnswer
from inquiries.services import approving, asking, casework, clock, describing, escalating, extending
from inquiries.services.describing import Facts
from inquiries.services.lateness import Late
from organisations.models import User
from organisations.permissions import agencies_of
from portal.demo import askers, papers
from portal.demo.calendar import business_days
from portal.demo.records import Close, Extend, Says, Step, Story, Take, Writes
from portal.demo.stories import STORIES

TITLES = frozenset(story.title for story in STORIES if story.title)
OFFICERS = {
    "olev": "case-officer@focalpoint.example",
    "hille": "hille.kivilaane@focalpoint.example",
    "tarvo": "tarvo.sinirada@focalpoint.example",
    "licensing": "case-officer@licensing-board.example",
}
# Who approves what an official proposes, by the official.
SECONDS = {
    "case-officer@licensing-board.example": "peep.rohtlaan@licensing-board.example",
    **dict.fromkeys((OFFICERS[name] for name in ("olev", "hille", "tarvo")), "approver@focalpoint.example"),
}
ROUTES = "olev"  # who hands a case to the agency of the officer who takes it, where that is not the focal point


def are_there() -> bool:
    return Inquiry.objects.filter(title__in=TITLES).exists()


def tell(*, today: date) -> Iterator[Story]:
    """Play every story, the oldest first, and yield each one when it is done; all of them in one transaction."""
    with transaction.atomic():
        days = business_days(today, max(story.ago for story in STORIES))
        officers = {short: User.objects.get(email=email) for short, email in OFFICERS.items()}
        segments = {segment.code: segment for segment in Segment.objects.filter(is_current=True)}
        for story in sorted(STORIES, key=lambda story: -story.ago):
            _play(story, days=days, officers=officers, segments=segments)
            yield story
        escalating.escalate(today=days[0], limit=len(STORIES))


def words(text: str) -> str:
    """Return a text as a person would have typed it: one line a paragraph."""
    paragraphs = dedent(text).strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _play(story: Story, *, days: list[date], officers: dict[str, User], segments: dict[str, Segment]) -> None:
    filed = asking.submit(
        topic=story.topic,
        subject=story.subject,
        text=words(story.text),
        segments=[segments[code] for code in story.segments],
        destination=story.destination,
        details=Details(story.items, story.red_flags),
        identity=askers.who_asks(story.subject),
        files=[papers.received(name) for name in story.files],
        today=days[story.ago],
    )
    officer = None
    for step in story.steps:
        if isinstance(step, Take):
            officer = officers[step.officer]
            _route(filed.inquiry, to=officer, by=officers[ROUTES], day=days[step.ago])
        _step(step, filed, story=story, officer=officer, day=days[step.ago])
    askers.say_more(filed, story.subject, days=days)
    askers.wish(filed.inquiry, story.subject, days=days)


# What the desk says of its own late answers, one after the other.
REASONS = (
    Late("complex", "No precedent: we had to settle with licensing from which number on motors for a farm are a sign."),
    Late("workload", "Two of four were at the plenary in Vienna, and the week before was short."),
    Late("agency", "The authority for asset freezes answered after six days; we had asked it on the second."),
    Late("absence", "The officer fell ill and the case was not handed on. A deputy is named now."),
)


def _late(inquiry: Inquiry, day: date) -> Late | None:
    return REASONS[Breach.objects.count() % len(REASONS)] if clock.late_since(inquiry, today=day) else None


def _route(inquiry: Inquiry, *, to: User, by: User, day: date) -> None:
    agency = agencies_of(to)[0]
    if not agency.is_focal_point:
        casework.route(inquiry, agency=agency, by=by, today=day)
        inquiry.refresh_from_db()


def _say(step: Says, inquiry: Inquiry, *, officer: User, day: date) -> None:
    """A word of the office; what needs a second official gets one the same day."""
    if step.move != "answer":
        casework.ask_back(inquiry, text=words(step.text), by=officer, today=day)
        return
    files = [papers.received(name) for name in step.files]
    said = casework.answer(inquiry, text=words(step.text), files=files, late=_late(inquiry, day), by=officer, today=day)
    if isinstance(said, ProposedAnswer):
        second = User.objects.get(email=SECONDS[officer.email])
        approving.approve(inquiry, revision=said.number, by=second, today=day)


def _step(step: Step, filed: asking.Filed, *, story: Story, officer: User | None, day: date) -> None:
    inquiry = filed.inquiry
    if isinstance(step, Writes):
        opened = asking.open_with_receipt(receipts.read(filed.receipt))
        asking.write_again(opened=opened, text=words(step.text), today=day)
        return
    if officer is None:
        raise ValueError(f"{story.subject}: nobody has taken it")
    if isinstance(step, Take):
        casework.take(inquiry, by=officer, today=day)
        inquiry.refresh_from_db()
        seen = describing.facts_of(inquiry).version
        describing.describe(inquiry, facts=Facts(title=story.title), seen=seen, by=officer, today=day)
    elif isinstance(step, Says):
        _say(step, inquiry, officer=officer, day=day)
    elif isinstance(step, Extend):
        extending.extend(inquiry, days=step.days, text=words(step.text), late=_late(inquiry, day), by=officer, today=day)
    elif isinstance(step, Close):
        casework.close(inquiry, by=officer, today=day)
