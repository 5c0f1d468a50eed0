"""The revisions of an answer before it goes. Each is a row of its own, sealed with the case key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Max
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.models import ProposedAnswer
from inquiries.sealing import Place, seal, unseal
from inquiries.services import attachments, casebook, thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.attachments import File, Incoming
from organisations.models import User


class UnableToPropose(Exception):
    """The draft or proposal is refused; the message says why and what to do."""


@dataclass(frozen=True)
class Standing:
    """The latest revision of an answer that has not gone, in the clear."""

    proposed: ProposedAnswer
    text: str
    note: str
    is_overtaken: bool
    files: list[File]


def write(
    opened: OpenInquiry,
    *,
    text: str,
    files: Sequence[Incoming] = (),
    keeps_files: bool = True,
    is_proposed: bool,
    revision: int | None = None,
    seen: int | None = None,
    by: User,
    today: date,
) -> ProposedAnswer:
    """Make the next revision of a locked inquiry's answer, which voids the one before it; ask for approval if `is_proposed`.

    The files of the revision before it stay with the answer if it `keeps_files`; `files` come to them.
    `revision` is the number that the writer had before them, 0 for none, and `seen` the position of the last message they had
    read. The same words sent twice are one revision. Raises UnableToPropose and UnableToMove.
    """
    inquiry = opened.inquiry
    if lifecycle.after(inquiry.state, "propose") is None:
        raise casebook.UnableToMove(inquiry, "propose")
    standing = inquiry.proposals.standing().first()
    state = lifecycle.PROPOSED if is_proposed else lifecycle.DRAFT
    if standing and keeps_files and not files and _is_same(opened, standing, text, state, by):
        return standing
    if revision is not None and revision != (standing.number if standing else 0):
        raise UnableToPropose(_("Somebody changed the answer after you opened it. Copy what you wrote and open it anew."))
    inquiry.proposals.void()
    latest = inquiry.messages.aggregate(last=Max("position"))["last"] or 0
    made = ProposedAnswer(inquiry=inquiry, state=state, author=by, written_on=today)
    made.number = (inquiry.proposals.aggregate(last=Max("number"))["last"] or 0) + 1
    made.round = 1 + inquiry.proposals.filter(state=lifecycle.SENT).count()
    made.after = latest if seen is None else min(seen, latest)
    made.sealed_text = seal(text, key=opened.key, place=_place("proposed answer", made))
    made.save(force_insert=True)
    if standing and keeps_files:
        standing.attachments.update(proposal=made)
    elif standing:
        standing.attachments.all().delete()
    attachments.keep(files, inquiry=inquiry, key=opened.key, proposal=made)
    if is_proposed:
        casebook.move(inquiry, "propose", by=by, today=today)
    return made


def _is_same(opened: OpenInquiry, standing: ProposedAnswer, text: str, state: str, by: User) -> bool:
    return (standing.author, standing.state) == (by, state) and text_of(opened, standing) == text


def standing(opened: OpenInquiry) -> Standing | None:
    """Return what stands, or None; raises CannotOpen if the row was tampered with."""
    inquiry = opened.inquiry
    found = inquiry.proposals.standing().select_related("author", "decided_by").first()
    if found is None:
        return None
    found.inquiry = inquiry
    overtaken = inquiry.messages.filter(position__gt=found.after).exists()
    show = thread.clearing(opened)
    files = [replace(file, name=show(file.name)) for file in attachments.of_proposal(found, opened.key)]
    return Standing(found, show(text_of(opened, found)), show(note_on(opened, found)), overtaken, files)


def text_of(opened: OpenInquiry, proposed: ProposedAnswer) -> str:
    return unseal(bytes(proposed.sealed_text), key=opened.key, place=_place("proposed answer", proposed))


def note_on(opened: OpenInquiry, proposed: ProposedAnswer) -> str:
    """What it was returned with, or nothing."""
    if proposed.sealed_note is None:
        return ""
    return unseal(bytes(proposed.sealed_note), key=opened.key, place=_place("note on an answer", proposed))


def seal_note(opened: OpenInquiry, proposed: ProposedAnswer, note: str) -> None:
    proposed.sealed_note = seal(note, key=opened.key, place=_place("note on an answer", proposed))


def _place(column: str, proposed: ProposedAnswer) -> Place:
    return Place(column, proposed.inquiry_id, proposed.pk)
