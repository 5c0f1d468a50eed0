"""Four eyes: one official writes an answer, another of the same agency lets it go. Nobody approves what they had a hand in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.models import Inquiry, Message, ProposedAnswer
from inquiries.permissions import may_approve_answer
from inquiries.redaction import GONE
from inquiries.services import attachments, casebook, casework, lateness, proposals, thread, together
from inquiries.services.attachments import Incoming
from inquiries.services.lateness import Late
from inquiries.services.proposals import UnableToPropose
from organisations.models import User


class UnableToApprove(Exception):
    """The approval or return is refused; the message says why and what to do."""


@transaction.atomic
def draft(
    inquiry: Inquiry,
    *,
    text: str,
    files: Sequence[Incoming] = (),
    keeps_files: bool = True,
    revision: int | None = None,
    seen: int | None = None,
    by: User,
    today: date,
) -> ProposedAnswer:
    """Keep an answer for later, for whoever works on the case."""
    opened = casework.opened_for_work(inquiry, by)
    return proposals.write(
        opened,
        text=text,
        files=files,
        keeps_files=keeps_files,
        is_proposed=False,
        revision=revision,
        seen=seen,
        by=by,
        today=today,
    )


@transaction.atomic
def propose(
    inquiry: Inquiry,
    *,
    text: str,
    files: Sequence[Incoming] = (),
    keeps_files: bool = True,
    late: Late | None = None,
    revision: int | None = None,
    seen: int | None = None,
    by: User,
    today: date,
) -> ProposedAnswer:
    """Ask a second official to approve an answer, whether or not its topic needs one. Raises UnableToMoveLate."""
    opened = casework.opened_for_work(inquiry, by)
    lateness.explain(opened, late, by=by, today=today)
    return proposals.write(
        opened,
        text=text,
        files=files,
        keeps_files=keeps_files,
        is_proposed=True,
        revision=revision,
        seen=seen,
        by=by,
        today=today,
    )


@transaction.atomic
def approve(inquiry: Inquiry, *, revision: int, late: Late | None = None, by: User, today: date) -> Message:
    """Approve the words that were read, and send them in the name of their author.

    `late` says why where the day passed while they waited. Raises UnableToApprove, UnableToAnswerYet and UnableToMoveLate.
    """
    others = together.followers(inquiry)
    proposed = _locked_proposal(inquiry, revision, by)
    opened = casework.open_for_official(proposed.inquiry, by=by)
    casebook.record(opened.inquiry, "approve", by=by, today=today)
    _decide(proposed, "approve", by=by, today=today)
    text = proposals.text_of(opened, proposed)
    if GONE in text or thread.clearing(opened)(text) != text:
        raise UnableToApprove(
            _("The answer repeats words that were hidden or taken out since. Return it, to be said without them.")
        )
    files = attachments.of_proposal(proposed, opened.key)
    message = casework.send(opened, text=text, files=files, late=late, others=others, by=proposed.author, today=today)
    proposed.attachments.all().delete()
    return message


@transaction.atomic
def give_back(inquiry: Inquiry, *, revision: int, note: str, by: User, today: date) -> ProposedAnswer:
    """Return the answer to whoever works on the case, with a note of what to mend."""
    proposed = _locked_proposal(inquiry, revision, by)
    opened = casework.open_for_official(proposed.inquiry, by=by)
    proposals.seal_note(opened, proposed, note)
    _decide(proposed, "return-proposal", by=by, today=today)
    casebook.record(opened.inquiry, "return-proposal", by=by, today=today)
    return proposed


def _decide(proposed: ProposedAnswer, move: str, *, by: User, today: date) -> None:
    proposed.state = lifecycle.PROPOSAL_MOVES[move][proposed.state]
    proposed.decided_by, proposed.decided_on = by, today
    proposed.save(update_fields=["state", "decided_by", "decided_on", "sealed_note"])


def _locked_proposal(inquiry: Inquiry, revision: int, by: User) -> ProposedAnswer:
    inquiry = casebook.locked(inquiry)
    proposed = inquiry.proposals.standing().select_related("author").first()
    if proposed is None or proposed.number != revision:
        raise UnableToApprove(_("The answer was changed or sent after you opened it. Read it anew before you decide."))
    proposed.inquiry = inquiry
    if not may_approve_answer(by, proposed):
        raise UnableToApprove(
            _("You can't decide on this answer: it isn't waiting, the asker has written since, or you wrote some of its words.")
        )
    return proposed


__all__ = ["UnableToApprove", "UnableToPropose", "approve", "draft", "give_back", "propose"]
