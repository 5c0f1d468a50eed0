"""From a draft to everybody's inbox: each verb checks the move, changes the row and writes the history in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from advisories import lifecycle, permissions
from advisories.disclosure import is_stricter, may_be_mailed, may_be_repeated
from advisories.emails import Mail, compose, compose_withdrawal, list_id, stop_address
from advisories.models import (
    ActivityRole,
    Advisory,
    Approval,
    Attachment,
    Event,
    Mandate,
    Move,
    Revision,
    Subscription,
    Texts,
    Translation,
)
from advisories.querysets import SubscriptionQuerySet
from advisories.references import read
from advisories.services import webhooks
from advisories.services.digesting import call_back, copies_of
from catalogue import regions
from catalogue.models import ControlEntry, Segment
from mailroom.models import Envelope, Priority
from mailroom.querysets import EnvelopeQuerySet
from mailroom.services import UnableToPost, post_to_query
from organisations.models import Organisation, User

SINGLES = Subscription.SINGLE_PURPOSES
SINGLE = SINGLES[0]
TEXTS = ("title", "summary", "body", "what_to_do", "what_changed")
LISTS = ("control_entries", "destinations", "roles", "legal_references")
COLUMNS = ("kind", "tlp", "urgency", *TEXTS, "language", "valid_from", "valid_to", *LISTS)
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
    control_entries: Sequence[str] = ()  # codes
    destinations: Sequence[str] = ()  # ISO 3166 codes of countries, UN M49 numbers of regions
    roles: Sequence[str] = ()
    legal_references: Sequence[str] = ()
    segments: Sequence[Segment] = ()
    supersedes: Sequence[Advisory] = ()  # what it replaces when it comes out

    @property
    def columns(self) -> dict[str, Any]:
        return {name: list(value) if name in LISTS else value for name in COLUMNS for value in [getattr(self, name)]}


@transaction.atomic
def draft(*, content: Content, agency: Organisation, by: User, now: datetime) -> Advisory:
    """Begin an advisory of `agency`; raises UnableToDraft for somebody who is no editor of it."""
    if agency not in permissions.agencies_to_draft_for(by):
        raise UnableToDraft(_("Only an editor of the agency can draft an advisory for it."))
    if wrong := _unfit(content, agency):
        raise UnableToDraft(wrong)
    advisory = Advisory.objects.create(agency=agency, author=by, revised_by=by, created_at=now, **content.columns)
    _relate(advisory, content)
    _keep_revision(advisory, content, by=by, now=now)
    _note(advisory, Move.DRAFTED, by=by, now=now)
    return advisory


def content_of(advisory: Advisory) -> Content:
    """What it says now."""
    words = {name: getattr(advisory, name) for name in COLUMNS}
    return Content(**words, segments=list(advisory.segments.all()), supersedes=list(advisory.supersedes.all()))


@transaction.atomic
def revise(advisory: Advisory, *, content: Content, revision: int, by: User, now: datetime, note: str = "") -> Advisory:
    """Change the words; the advisory is a draft again, and what was approved is void. Translations stay as they are.

    `revision` is the number that the editor had before them. Raises UnableToRevise if somebody has changed the words since.
    """
    advisory = locked(advisory)
    if not permissions.may_edit(by, advisory):
        raise UnableToRevise(_("This advisory can't be changed by you, or not any more."))
    if advisory.revision != revision:
        raise UnableToRevise(_("Somebody changed the advisory after you opened it. Copy what you wrote and open it anew."))
    if wrong := _unfit(content, advisory.agency):
        raise UnableToRevise(wrong)
    if any(each.language == content.language for each in advisory.translated):
        raise UnableToRevise(_("There is a translation into this language. Remove it before the original is in it."))
    is_said_anew = any(getattr(advisory, name) != getattr(content, name) for name in (*TEXTS, "language"))
    for name, value in content.columns.items():
        setattr(advisory, name, value)
    advisory.revision += 1
    advisory.revised_by = by
    unschedule(advisory)
    advisory.state = _after(advisory, "revise")
    advisory.save(update_fields=[*content.columns, "revision", "revised_by", "state", *SCHEDULE])
    _relate(advisory, content)
    _keep_revision(advisory, content, by=by, now=now)
    _keep_translations(advisory, is_said_anew=is_said_anew)
    _note(advisory, Move.REVISED, by=by, now=now, note=note)
    return advisory


def _keep_translations(advisory: Advisory, *, is_said_anew: bool) -> None:
    """Carry them into the new revision; what was up to date stays so unless the original says something else now."""
    kept = advisory.translated
    for each in kept:
        if not each.is_behind and not is_said_anew:
            each.made_from = advisory.revision
        each.pk, each.revision = None, advisory.revision
    Translation.objects.bulk_create(kept)


@transaction.atomic
def submit_for_review(advisory: Advisory, *, by: User, now: datetime) -> Advisory:
    """Ask others to approve; raises UnableToSubmit."""
    advisory = locked(advisory)
    if not permissions.may_submit(by, advisory):
        raise UnableToSubmit(_("Only an editor of the agency can submit a draft."))
    if advisory.corrects:
        _refuse_unfit(advisory, advisory.corrects)
    for each in advisory.translated:
        if each.is_behind:
            raise UnableToSubmit(
                _("The original was changed after it was translated (%(language)s). Check that version and save it, or remove it.")
                % {"language": each.language_name}
            )
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
    content = replace(content_of(wrong), what_changed="", supersedes=())  # what that one replaced is replaced already
    advisory = draft(content=content, agency=wrong.agency, by=by, now=now)
    advisory.corrects = wrong
    advisory.save(update_fields=["corrects"])
    for each in wrong.translated:
        each.pk, each.advisory, each.revision, each.made_from, each.what_changed = None, advisory, advisory.revision, None, ""
    Translation.objects.bulk_create(wrong.translated)
    _carry_files(wrong, advisory)
    return advisory


def _carry_files(wrong: Advisory, right: Advisory) -> None:
    """Give a correction the files of what it corrects, without keeping their bytes again."""
    carried = [
        Attachment(advisory=right, name=each.name, media_type=each.media_type, content_id=each.content_id, added_in=right.revision)
        for each in wrong.files
    ]
    Attachment.objects.bulk_create(carried)


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
        refusal = _("What it corrects is not out any more, so there is nobody to tell.")
        _replace(advisory.corrects, advisory, "correct", Move.CORRECTED, refusal, by=by, now=now)
    superseded = list(advisory.supersedes.order_by("pk"))
    for old in superseded:
        refusal = _("“%(title)s” is not out any more. Take it from what this one replaces.") % {"title": old.title}
        _replace(old, advisory, "supersede", Move.SUPERSEDED, refusal, by=by, now=now)
    try:
        _post(advisory, compose, audience(advisory, today=today), source=advisory.source, now=now)
        if (single := single_audience(advisory, today=today)).exists():
            _post(advisory, compose, single, source=advisory.source, now=now, is_single=True)
    except UnableToPost as error:
        raise UnableToPublish(str(error)) from error
    webhooks.announce(advisory, corrected=_corrected_by(advisory), now=now, today=today)
    for old in superseded:
        webhooks.announce_replacement(old, now=now, today=today)


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
    call_back(advisory)
    to = copies_of([advisory]).told().order_by().values_list("address", "name")
    ours, single = to.exclude(letter__purpose__in=SINGLES), to.filter(letter__purpose__in=SINGLES)
    _post(advisory, compose_withdrawal, ours, source=advisory.withdrawal_source, now=now)
    if single.exists():
        _post(advisory, compose_withdrawal, single, source=advisory.withdrawal_source, now=now, is_single=True)
    webhooks.announce_withdrawal(advisory, now=now, today=timezone.localdate(now))
    return advisory


def _replace(old: Advisory, new: Advisory, move: str, noted: Move, refusal: str, *, by: User, now: datetime) -> None:
    """What is corrected or superseded stands no more, and what of it has not left stays here; raises UnableToPublish."""
    old = locked(old)
    state = lifecycle.after(old.state, move)
    if state is None:
        raise UnableToPublish(refusal)
    old.state = state
    old.save(update_fields=["state"])
    _note(old, noted, by=by, now=now, note=new.title)
    call_back(old)


def audience(advisory: Advisory, *, today: date) -> QuerySet[Any, tuple[Any, ...]]:
    """Addresses and names of those who get a mail of its own: subscribers whom it concerns, and associations mandated to relay.

    A correction goes to those whom what it corrects has reached, or who still wait for it, and to nobody else; with the copy that
    it answers.
    Who chose digests waits for the next one. An organisation that could not read the page gets no mail either: of TLP:RED only
    agencies hear.
    """
    if advisory.corrects:
        return _answering(told(advisory, today=today).exclude(letter__purpose__in=SINGLES))
    subscriptions = _at_once(advisory).of_organisations().values_list("address", "organisation__name")
    if not may_be_mailed(advisory.tlp):
        return subscriptions
    relays = Mandate.objects.getting(advisory, today=today)
    return subscriptions.union(relays.values_list("address", "association__name"))


def single_audience(advisory: Advisory, *, today: date) -> QuerySet[Any, tuple[Any, ...]]:
    """The same for single addresses, but for those that get it as an organisation's."""
    if advisory.corrects:
        return _answering(told(advisory, today=today).filter(letter__purpose__in=SINGLES))
    single = _at_once(advisory).single().at_other_addresses_than(_at_once(advisory).of_organisations())
    single = single.at_other_addresses_than(Mandate.objects.getting(advisory, today=today))
    return single.values_list("address", Value(""))


def _at_once(advisory: Advisory) -> SubscriptionQuerySet:
    return Subscription.objects.getting(advisory).at_once(advisory)


def _answering(copies: EnvelopeQuerySet) -> QuerySet[Any, tuple[Any, ...]]:
    return copies.order_by("-letter__created_at").values_list("address", "name", "pk")


def told(advisory: Advisory, *, today: date) -> EnvelopeQuerySet:
    """The copies that have reached somebody, or may have, of what a correction corrects, and those whose reader still waits.

    Who waited for one that is called back would hear nothing otherwise: they get the correction if it would go to them by itself
    today, unless a person has stopped the mail they waited for. A digest is made anew with the correction.
    """
    copies = copies_of(_corrected_by(advisory))
    return copies.told() | copies.filter(pk__in=_waiting(advisory, today).values("pk"))


def _waiting(advisory: Advisory, today: date) -> EnvelopeQuerySet:
    stopped = Event.objects.filter(move=Move.STOPPED, advisory__in=_corrected_by(advisory)).values_list("advisory", flat=True)
    # Whoever waited for the second of three, or for the first, waits no more once somebody has stopped the second.
    sources = [each.source for each in takewhile(lambda each: each.pk not in stopped, _corrected_by(advisory))]
    readers = _lowered(Subscription.objects.getting(advisory)).union(_lowered(Mandate.objects.getting(advisory, today=today)))
    waiting = Envelope.objects.filter(letter__source__in=sources).on_their_way_or_called_back()
    return waiting.alias(lowered=Lower("address")).filter(lowered__in=readers)


def _lowered(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    found: QuerySet[Any, Any] = rows.annotate(lowered=Lower("address")).values("lowered")
    return found


def addresses(advisory: Advisory, *, today: date) -> int:
    """To how many addresses it would go now."""
    if advisory.corrects:
        return told(advisory, today=today).values("address").distinct().count()
    return audience(advisory, today=today).count() + single_audience(advisory, today=today).count()


def _corrected_by(advisory: Advisory) -> list[Advisory]:
    """What it corrects, and what that one corrected: whoever missed the first correction is told by the second."""
    found: list[Advisory] = []
    while wrong := advisory.corrects:
        found.append(wrong)
        advisory = wrong
    return found


def _post(
    advisory: Advisory,
    write: Callable[..., Mail],
    to: QuerySet[Any, tuple[Any, ...]],
    *,
    source: str,
    now: datetime,
    is_single: bool = False,
) -> None:
    """Write a letter in each language: first the translations, to those who read them, then the original to everybody else."""
    for words in advisory.translated:
        among = _readers_of(advisory, words.language)
        mail = write(advisory, words, is_single=is_single)
        _post_one(advisory, words, mail, to, source=source, now=now, among=among, is_single=is_single)
    mail = write(advisory, advisory, is_single=is_single)
    _post_one(advisory, advisory, mail, to, source=source, now=now, among=None, is_single=is_single)


def _readers_of(advisory: Advisory, language: str) -> QuerySet[Any, tuple[Any, ...]]:
    """Addresses that have asked for a language, or have got in it what this advisory corrects or takes back."""
    asked = Subscription.objects.active().filter(language=language).values_list("address")
    told = copies_of([advisory, *_corrected_by(advisory)]).filter(letter__language=language).values_list("address")
    return asked.union(told)


def _post_one(
    advisory: Advisory,
    words: Texts,
    mail: Mail,
    to: QuerySet[Any, tuple[Any, ...]],
    *,
    source: str,
    now: datetime,
    among: QuerySet[Any, tuple[Any, ...]] | None,
    is_single: bool,
) -> None:
    post_to_query(
        purpose=SINGLE if is_single else "advisory",
        source=source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        closed=mail.closed,
        language=words.language,
        audience=to,
        now=now,
        priority=PRIORITIES[advisory.urgency],
        list_id=list_id(),
        stop_address=stop_address(),
        repeats=may_be_repeated(advisory.tlp),
        among=among,
        once=bool(advisory.translated),
    )


def _relate(row: Advisory | Revision, content: Content) -> None:
    row.segments.set(content.segments)
    row.supersedes.set(content.supersedes)


def _unfit(content: Content, agency: Organisation) -> str:
    """What is wrong with the words as they were brought, or nothing."""
    if not content.title.isprintable():
        return _("The title must be one line, without line breaks and control characters.")
    if content.valid_from and content.valid_to and content.valid_to < content.valid_from:
        return _("Its last day would be before its first.")
    for old in content.supersedes:
        if not Advisory.objects.supersedable().filter(pk=old.pk, agency=agency).exists():
            return _("It can't replace “%(title)s”, which is not out any more or is another agency's.") % {"title": old.title}
    return _unknown(content)


def _unknown(content: Content) -> str:
    """What it names that there isn't."""
    for code in content.control_entries:
        if not ControlEntry.objects.paragraphs().filter(code=code).exists():
            return _("No edition of the control lists has the entry %(code)s.") % {"code": code}
    for place in content.destinations:
        if regions.find(place) != place:
            return _("There is no country or region %(place)s.") % {"place": place}
    if set(content.roles) - set(ActivityRole.values):
        return _("It names a role that there isn't.")
    if any(str(read(line)) != line for line in content.legal_references):
        return _("A legal reference begins with a CELEX number or an ELI address, such as 32021R0821.")
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
    _relate(revision, content)


def _note(advisory: Advisory, move: Move, *, by: User | None, now: datetime, note: str = "") -> None:
    Event.objects.create(advisory=advisory, move=move, revision=advisory.revision, by=by, at=now, note=note)
