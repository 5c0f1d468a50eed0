"""From a draft to everybody's inbox: each verb checks the move, changes the row and writes the history in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from advisories import lifecycle, permissions
from advisories.disclosure import is_stricter, may_be_mailed
from advisories.emails import Mail, compose, compose_withdrawal, list_id, stop_address
from advisories.models import Advisory, Approval, Event, Mandate, Move, Revision, Subscription
from advisories.services import webhooks
from catalogue.models import Segment
from mailroom.models import Envelope, Priority
from mailroom.services import UnableToPost, cancel, post_to_query
from organisations.models import Kind, Organisation, User

COLUMNS = ("kind", "tlp", "urgency", "title", "summary", "body", "what_to_do", "what_changed", "language", "valid_from", "valid_to")
PRIORITIES = {"routine": Priority.BULK, "priority": Priority.ORDINARY, "urgent": Priority.URGENT}


SCHEDULE = ("scheduled_for", "scheduled_by")


class UnableTo(Exception):
    """The verb is refused; the message says why and what to do."""


class UnableToDraft(UnableTo):
    pass


class UnableToRevise(UnableTo):
    pass


class UnableToSubmit(UnableTo):
    pass


class UnableToApprove(UnableTo):
    pass


class UnableToReturn(UnableTo):
    pass


class UnableToPublish(UnableTo):
    pass


class UnableToWithdraw(UnableTo):
    pass


class UnableToCorrect(UnableTo):
    pass


@dataclass(frozen=True)
class Content:
    """What an editor writes."""

    kind: str
    tlp: str
    urgency: str
    title: str
    summary: str
    body: str
    what_to_do: str = ""
    what_changed: str = ""
    language: str = "en"
    valid_from: date | None = None
    valid_to: date | None = None  # the last day
    segments: Sequence[Segment] = ()

    @property
    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in COLUMNS}


@transaction.atomic
def draft(*, content: Content, agency: Organisation, by: User, now: datetime) -> Advisory:
    """Begin an advisory of `agency`; raises UnableToDraft for somebody who is no editor of it."""
    if agency not in permissions.agencies_to_draft_for(by):
        raise UnableToDraft(_("Only an editor of the agency can draft an advisory for it."))
    if wrong := _unfit(content):
        raise UnableToDraft(wrong)
    advisory = Advisory.objects.create(agency=agency, author=by, revised_by=by, created_at=now, **content.columns)
    advisory.segments.set(content.segments)
    _keep_revision(advisory, content, by=by, now=now)
    _note(advisory, Move.DRAFTED, by=by, now=now)
    return advisory


@transaction.atomic
def revise(advisory: Advisory, *, content: Content, revision: int, by: User, now: datetime) -> Advisory:
    """Change the words; the advisory is a draft again, and what was approved is void.

    `revision` is the number that the editor had before them. Raises UnableToRevise if somebody has changed the words since.
    """
    advisory = locked(advisory)
    if not permissions.may_edit(by, advisory):
        raise UnableToRevise(_("This advisory can't be changed by you, or not any more."))
    if advisory.revision != revision:
        raise UnableToRevise(_("Somebody changed the advisory after you opened it. Copy what you wrote and open it anew."))
    if wrong := _unfit(content):
        raise UnableToRevise(wrong)
    for name, value in content.columns.items():
        setattr(advisory, name, value)
    advisory.revision += 1
    advisory.revised_by = by
    unschedule(advisory)
    advisory.state = _after(advisory, "revise")
    advisory.save(update_fields=[*content.columns, "revision", "revised_by", "state", *SCHEDULE])
    advisory.segments.set(content.segments)
    _keep_revision(advisory, content, by=by, now=now)
    _note(advisory, Move.REVISED, by=by, now=now)
    return advisory


@transaction.atomic
def submit_for_review(advisory: Advisory, *, by: User, now: datetime) -> Advisory:
    """Ask others to approve; raises UnableToSubmit."""
    advisory = locked(advisory)
    if not permissions.may_submit(by, advisory):
        raise UnableToSubmit(_("Only an editor of the agency can submit a draft."))
    if advisory.corrects:
        _refuse_unfit(advisory, advisory.corrects)
    return moved(advisory, "submit", Move.SUBMITTED, by=by, now=now)


def _refuse_unfit(advisory: Advisory, wrong: Advisory) -> None:
    if not advisory.what_changed.strip():
        raise UnableToSubmit(_("Say what has changed: whoever got the other one reads that first."))
    if is_stricter(advisory.tlp, wrong.tlp):
        raise UnableToSubmit(
            _("A correction goes to all who got what it corrects, so its label can't be stricter than %(label)s.")
            % {"label": wrong.get_tlp_display()}
        )


@transaction.atomic
def correct(wrong: Advisory, *, by: User, now: datetime) -> Advisory:
    """Begin a correction of what is out: a draft with its words. One that has begun already is returned as it stands.

    Raises UnableToCorrect.
    """
    wrong = locked(wrong)
    if not permissions.may_correct(by, wrong):
        raise UnableToCorrect(_("Only an editor of the agency can correct, and only what is published."))
    if begun := Advisory.objects.filter(corrects=wrong).first():
        return begun
    words = {name: getattr(wrong, name) for name in COLUMNS} | {"what_changed": ""}
    content = Content(**words, segments=list(wrong.segments.all()))
    advisory = draft(content=content, agency=wrong.agency, by=by, now=now)
    advisory.corrects = wrong
    advisory.save(update_fields=["corrects"])
    return advisory


@transaction.atomic
def approve(advisory: Advisory, *, revision: int, by: User, now: datetime) -> Advisory:
    """Approve the words that were read; `revision` is their number.

    The advisory is approved once as many have as `lifecycle.approvals_needed` says. Raises UnableToApprove for the author and
    whoever last changed the words, for a second yes of one person, and where the words have changed since they were read.
    """
    advisory = locked(advisory)
    if by.pk in (advisory.author_id, advisory.revised_by_id):
        raise UnableToApprove(_("You wrote these words; somebody else must approve them."))
    if not permissions.may_approve(by, advisory):
        raise UnableToApprove(
            _("You can't approve this advisory: it isn't waiting, you are no approver here, or you already have.")
        )
    if advisory.revision != revision:
        raise UnableToApprove(_("The advisory was changed after you opened it. Read it anew before you approve it."))
    Approval.objects.create(
        advisory=advisory, revision=revision, approver=by, author=advisory.author, revised_by=advisory.revised_by, at=now
    )
    if _approvals(advisory) >= advisory.approvals_needed:
        advisory.state = _after(advisory, "approve")
        advisory.save(update_fields=["state"])
    _note(advisory, Move.APPROVED, by=by, now=now)
    return advisory


@transaction.atomic
def return_to_author(advisory: Advisory, *, note: str, by: User, now: datetime) -> Advisory:
    """Send the advisory back with a note of what to mend; raises UnableToReturn."""
    advisory = locked(advisory)
    if not permissions.may_return(by, advisory):
        raise UnableToReturn(_("Only an approver of the agency can return an advisory that waits or is approved."))
    if not note.strip():
        raise UnableToReturn(_("Say what to mend."))
    # What was approved before is approved no more, even if the author leaves the words as they are.
    advisory.approvals.filter(revision=advisory.revision).delete()
    unschedule(advisory)
    return moved(advisory, "return", Move.RETURNED, by=by, now=now, note=note.strip())


@transaction.atomic
def publish(advisory: Advisory, *, by: User, now: datetime, today: date) -> Advisory:
    """Bring the advisory out and write its mail to everybody who is to get it, all in one transaction; raises UnableToPublish."""
    advisory = locked(advisory)
    if not permissions.may_publish(by, advisory):
        raise UnableToPublish(_("Only an editor or approver of the agency can publish, and only what is approved."))
    bring_out(advisory, "publish", by=by, now=now, today=today)
    return advisory


def unschedule(advisory: Advisory) -> None:
    """Take it off the clock; whoever calls saves SCHEDULE."""
    advisory.scheduled_for = advisory.scheduled_by = None


def bring_out(advisory: Advisory, move: str, *, by: User, now: datetime, today: date) -> None:
    """Publish a locked advisory and write its mail, within the caller's transaction; raises UnableToPublish."""
    if _approvals(advisory) < advisory.approvals_needed:
        raise UnableToPublish(_("Not enough people have approved these words."))
    if advisory.valid_to and advisory.valid_to < today:
        raise UnableToPublish(_("Its last day is over. Change its last day; somebody else approves it anew."))
    unschedule(advisory)
    advisory.state = _after(advisory, move)
    advisory.published_at, advisory.published_by = now, by
    advisory.save(update_fields=["state", "published_at", "published_by", *SCHEDULE])
    _note(advisory, Move.PUBLISHED, by=by, now=now)
    if advisory.corrects:
        _replace(locked(advisory.corrects), by=by, now=now)
    try:
        _post(advisory, compose(advisory), audience(advisory, today=today), source=advisory.source, now=now)
    except UnableToPost as error:
        raise UnableToPublish(str(error)) from error
    webhooks.announce(advisory, corrected=_corrected_by(advisory), now=now, today=today)


@transaction.atomic
def withdraw(advisory: Advisory, *, reason: str, by: User, now: datetime) -> Advisory:
    """Take back what is out, with a reason that its page shows, and stop the mail that has not left and tell those whom it reached.

    Raises UnableToWithdraw.
    """
    advisory = locked(advisory)
    if not permissions.may_withdraw(by, advisory):
        raise UnableToWithdraw(_("Only an approver of the agency can withdraw, and only what is published."))
    if not reason.strip():
        raise UnableToWithdraw(_("Say why the advisory is withdrawn: its readers will see it."))
    advisory.state = _after(advisory, "withdraw")
    advisory.withdrawn_at, advisory.withdrawn_by, advisory.withdrawal_reason = now, by, reason.strip()
    advisory.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    _note(advisory, Move.WITHDRAWN, by=by, now=now)
    cancel(source=advisory.source)
    told = Envelope.objects.of_source(advisory.source).told().order_by().values_list("address", "name")
    _post(advisory, compose_withdrawal(advisory), told, source=advisory.withdrawal_source, now=now)
    webhooks.announce_withdrawal(advisory, now=now, today=timezone.localdate(now))
    return advisory


def _replace(wrong: Advisory, *, by: User, now: datetime) -> None:
    """What is corrected stands no more, and what of it has not left stays here."""
    state = lifecycle.after(wrong.state, "correct")
    if state is None:
        raise UnableToPublish(_("What it corrects is not out any more, so there is nobody to tell."))
    wrong.state = state
    wrong.save(update_fields=["state"])
    _note(wrong, Move.CORRECTED, by=by, now=now)
    cancel(source=wrong.source)


def audience(advisory: Advisory, *, today: date) -> QuerySet[Any, tuple[Any, ...]]:
    """Addresses and names of those who get the advisory by mail: subscribers whom it concerns, and associations mandated to relay.

    A correction goes to those whom what it corrects has reached, or may have, and to nobody else; with the copy that it answers. An
    organisation that could not read the page gets no mail either: of TLP:RED only agencies hear.
    """
    if advisory.corrects:
        told = Envelope.objects.filter(letter__source__in=[each.source for each in _corrected_by(advisory)]).told()
        return told.order_by("-letter__created_at").values_list("address", "name", "pk")
    subscriptions = Subscription.objects.active().concerned_by(advisory)
    if not may_be_mailed(advisory.tlp):
        return subscriptions.filter(organisation__kind=Kind.AGENCY).values_list("address", "organisation__name")
    relays = Mandate.objects.to_relay().in_force(today).concerned_by(advisory)
    return subscriptions.values_list("address", "organisation__name").union(relays.values_list("address", "association__name"))


def addresses(advisory: Advisory, *, today: date) -> int:
    """To how many addresses it would go now."""
    found = audience(advisory, today=today)
    return found.order_by().values("address").distinct().count() if advisory.corrects else found.count()


def _corrected_by(advisory: Advisory) -> list[Advisory]:
    """What it corrects, and what that one corrected: whoever missed the first correction is told by the second."""
    found: list[Advisory] = []
    while wrong := advisory.corrects:
        found.append(wrong)
        advisory = wrong
    return found


def _post(advisory: Advisory, mail: Mail, to: QuerySet[Any, tuple[Any, ...]], *, source: str, now: datetime) -> None:
    post_to_query(
        purpose="advisory",
        source=source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=advisory.language,
        audience=to,
        now=now,
        priority=PRIORITIES[advisory.urgency],
        list_id=list_id(),
        stop_address=stop_address(),
    )


def _unfit(content: Content) -> str:
    """What is wrong with the words as they were brought, or nothing."""
    if not content.title.isprintable():
        return _("The title must be one line, without line breaks and control characters.")
    if content.valid_from and content.valid_to and content.valid_to < content.valid_from:
        return _("Its last day would be before its first.")
    return ""


def locked(advisory: Advisory) -> Advisory:
    """Read it anew, and keep it from everybody else until the transaction ends."""
    return Advisory.objects.select_for_update(of=("self",)).select_related("agency", "corrects").get(pk=advisory.pk)


def _after(advisory: Advisory, move: str) -> str:
    state = lifecycle.after(advisory.state, move)
    if state is None:
        raise UnableTo(_("That is not possible while the advisory is “%(state)s”.") % {"state": advisory.get_state_display()})
    return state


def moved(advisory: Advisory, move: str, noted: Move, *, by: User | None, now: datetime, note: str = "") -> Advisory:
    """Make the move, save it and write it into the history; raises UnableTo where the state doesn\'t allow it."""
    advisory.state = _after(advisory, move)
    advisory.save(update_fields=["state", *SCHEDULE])
    _note(advisory, noted, by=by, now=now, note=note)
    return advisory


def _approvals(advisory: Advisory) -> int:
    return advisory.approvals.filter(revision=advisory.revision).count()


def _keep_revision(advisory: Advisory, content: Content, *, by: User, now: datetime) -> None:
    revision = Revision.objects.create(advisory=advisory, number=advisory.revision, by=by, at=now, **content.columns)
    revision.segments.set(content.segments)


def _note(advisory: Advisory, move: Move, *, by: User | None, now: datetime, note: str = "") -> None:
    Event.objects.create(advisory=advisory, move=move, revision=advisory.revision, by=by, at=now, note=note)
