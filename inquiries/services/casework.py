"""The officials' verbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from inquiries.models import Inquiry, Message, NamedAsker, ProposedAnswer
from inquiries.permissions import may_read, may_reveal, may_route, may_work
from inquiries.querysets import reading_agencies
from inquiries.services import attachments, casebook, dismissing, lateness, proposals, readers, routing, second_official, together
from inquiries.services.asking import OpenInquiry
from inquiries.services.attachments import Incoming
from inquiries.services.lateness import Late
from organisations.models import Organisation, User


class UnableToWork(Exception):
    """The official may not work on this inquiry."""


def open_for_official(inquiry: Inquiry, *, by: User) -> OpenInquiry:
    """Return the inquiry with its key; raises UnableToWork or UnableToOpen."""
    if not may_read(by, inquiry):
        raise UnableToWork
    return OpenInquiry(inquiry, readers.case_key(inquiry, agencies=reading_agencies(by)))


@transaction.atomic
def take(inquiry: Inquiry, *, by: User, today: date) -> Inquiry:
    """Make the official the case officer."""
    inquiry = locked_for(inquiry, by)
    lateness.note_taken(inquiry, by=by, today=today)
    inquiry.officer = by
    casebook.move(inquiry, "take", by=by, today=today)
    return inquiry


@transaction.atomic
def route(inquiry: Inquiry, *, agency: Organisation, by: User, today: date) -> Inquiry:
    """Hand the case to an agency, which takes the place of the one before on the reader list; the clock runs on."""
    inquiry = locked_for(inquiry, by)
    if not may_route(by, inquiry) or not readers.may_be_reader(agency):
        raise UnableToWork
    give_to(inquiry, agency, by=by)
    inquiry.officer, inquiry.team = None, ""
    casebook.move(inquiry, "route", by=by, today=today, detail=str(agency))
    return inquiry


@transaction.atomic
def apply_rules(inquiry: Inquiry, *, by: User, today: date) -> Inquiry:
    """Have the rules decide anew, now that the desk knows more of the case than its asker said; not once somebody has taken it.

    Raises UnableToMove for a case that is taken, and UnableToRoute where no rule holds, which changes nothing.
    """
    inquiry = locked_for(inquiry, by)
    if not may_route(by, inquiry):
        raise UnableToWork
    if inquiry.officer is not None:
        raise casebook.UnableToMove(inquiry, "apply-rules")
    outcome = routing.decide(inquiry, segments=inquiry.segments.all())
    if outcome is None:
        raise routing.UnableToRoute
    give_to(inquiry, outcome.rule.agency, by=by)
    routing.put(inquiry, outcome.rule)
    casebook.move(inquiry, "apply-rules", by=by, today=today, detail=outcome.why)
    return inquiry


def give_to(inquiry: Inquiry, agency: Organisation | None, *, by: User) -> bool:
    """Let the agency take the place of the one before on the reader list of a locked inquiry; None is the focal point.

    Return whether the one before was taken off the list; it stays where it is consulted, and where it has the case already.
    """
    before = inquiry.agency
    if before == agency:
        return False
    opened = open_for_official(inquiry, by=by)
    if agency and not agency.is_focal_point:
        readers.admit(inquiry, agency=agency, key=opened.key)
    inquiry.agency = agency
    attachments.drop_proposed(inquiry)
    inquiry.proposals.void()
    return before is not None and dismissing.let_go(inquiry, agency=before)


@transaction.atomic
def answer(
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
) -> Message | ProposedAnswer:
    """Send the answer, to the cases answered together with this one as well; or propose it to a second official where one has to
    approve it (approving.py).

    `late` says why where the day of one is past, `revision` and `seen` are as in proposals.write. Raises UnableToMoveLate,
    UnableToAnswerYet while an agency's objection stands, and UnableToSend where the answer may not go to the others.
    """
    others = together.followers(inquiry)
    opened = opened_for_work(inquiry, by)
    inquiry = opened.inquiry
    if others:
        together.refuse_own_files(files, opened)
    if second_official.is_needed(inquiry, *others):
        lateness.explain(opened, late, by=by, today=today)
        proposed = proposals.write(
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
        inquiry.drafts.filter(user=by, kind="answer").delete()
        return proposed
    begun = inquiry.proposals.standing().first() if keeps_files else None
    earlier = attachments.of_proposal(begun, opened.key) if begun else []
    return send(opened, text=text, files=[*earlier, *files], late=late, others=others, by=by, today=today)


def send(
    opened: OpenInquiry,
    *,
    text: str,
    files: Sequence[Incoming] = (),
    late: Late | None = None,
    others: Sequence[Inquiry] = (),
    by: User,
    today: date,
) -> Message:
    """Send an answer in the name of `by`, its author, and end what others were asked; the rows are locked, the right checked."""
    inquiry = opened.inquiry
    dismissing.refuse_while_disputed(inquiry)
    lateness.explain(opened, late, by=by, today=today)
    lateness.note_answered(inquiry, today=today)
    casebook.move(inquiry, "answer", by=by, today=today)
    inquiry.drafts.filter(user=by, kind="answer").delete()
    message = casebook.add_message(inquiry, text, key=opened.key, by=by, today=today)
    attachments.keep(files, inquiry=inquiry, key=opened.key, message=message)
    if others:
        together.send(others, text=text, files=files, late=late, opened=opened, by=by, today=today)
    dismissing.end_all(inquiry, today=today)  # last: it erases the files of a draft, which are being sent
    return message


@transaction.atomic
def ask_back(inquiry: Inquiry, *, text: str, files: Sequence[Incoming] = (), by: User, today: date) -> Message:
    """Ask the asker something; the clock stands still until they write."""
    opened = opened_for_work(inquiry, by)
    inquiry = opened.inquiry
    casebook.move(inquiry, "ask-back", by=by, today=today)
    inquiry.drafts.filter(user=by, kind="ask-back").delete()
    message = casebook.add_message(inquiry, text, key=opened.key, by=by, today=today)
    attachments.keep(files, inquiry=inquiry, key=opened.key, message=message)
    return message


@transaction.atomic
def close(inquiry: Inquiry, *, by: User, today: date) -> Inquiry:
    inquiry = locked_for(inquiry, by)
    lateness.note_unanswered(inquiry, by=by, today=today)
    lateness.note_closed(inquiry, by=by, today=today)
    casebook.move(inquiry, "close", by=by, today=today)
    dismissing.end_all(inquiry, today=today)
    return inquiry


@transaction.atomic
def reveal(asker: NamedAsker, *, by: User, today: date) -> NamedAsker:
    """Note that an official looks at who asks by name, before they see it."""
    if not may_reveal(by, asker):
        raise UnableToWork
    casebook.record(casebook.locked(asker.inquiry), "reveal", by=by, today=today)
    return asker


def locked_for(inquiry: Inquiry, by: User) -> Inquiry:
    inquiry = casebook.locked(inquiry)
    if not may_work(by, inquiry):
        raise UnableToWork
    return inquiry


def opened_for_work(inquiry: Inquiry, by: User) -> OpenInquiry:
    """Lock an inquiry on which the official may work, and open it; raises UnableToWork or UnableToOpen."""
    return open_for_official(locked_for(inquiry, by), by=by)
