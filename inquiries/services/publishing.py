"""An answer for everybody, drawn from an inquiry: drafted, checked, approved by somebody else, out after a while, corrected.

Drafts are sealed with a key of the office's ring, because what is to become anonymous may not be so yet. What comes out carries no
date by which its asker could be told: it waits PUBLICATION_DELAY_DAYS after its approval, and up to as many again by chance.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import F, Q, Value
from django.utils.translation import gettext as _

from catalogue.models import Segment
from inquiries import lifecycle, phrases, traces
from inquiries.models import Inquiry, Publication, PublicationRevision, PublicationSegment
from inquiries.permissions import (
    agencies_to_publish_for,
    may_approve_publication,
    may_edit_publication,
    may_read,
    may_withdraw_publication,
)
from inquiries.redaction import quotes
from inquiries.sealing import CannotOpen, Place, derive, seal, unseal
from inquiries.services import casebook, casework, readers, thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.readers import UnableToOpen
from inquiries.services.thread import Thread
from inquiries.traces import Trace
from organisations.models import Organisation, User

log = logging.getLogger(__name__)


class UnableToPublish(Exception):
    """The verb is refused; the message says why and what to do."""


@dataclass(frozen=True)
class Words:
    title: str
    question: str
    answer: str


@dataclass(frozen=True)
class About:
    """What a published answer is found by."""

    topic: str
    segments: Sequence[Segment] = ()
    codes: Sequence[str] = ()


@transaction.atomic
def draft(inquiry: Inquiry, *, words: Words, about: About, agency: Organisation, by: User, today: date) -> Publication:
    """Begin an answer for everybody; raises UnableToPublish where the asker objects or the official may not."""
    inquiry = casebook.locked(inquiry)
    if inquiry.objects_to_publication:
        raise UnableToPublish(_("The asker does not want this answer to be published. Nothing of it may be."))
    if agency not in agencies_to_publish_for(by, inquiry):
        raise UnableToPublish(_("Only who works on an answered inquiry can draft an answer for everybody from it."))
    _refuse_hidden(inquiry, words)
    publication = Publication.objects.create(inquiry=inquiry, agency=agency, author=by, topic=about.topic, drafted_on=today)
    _describe(publication, about)
    _keep(publication, words, note="", by=by, today=today)
    return publication


@transaction.atomic
def revise(
    publication: Publication, *, words: Words, about: About, note: str = "", revision: int, by: User, today: date
) -> Publication:
    """Change the words; what was approved is void. `revision` is the number that the writer had before them."""
    publication = _locked(publication)
    if not may_edit_publication(by, publication):
        raise UnableToPublish(_("This answer can't be changed by you, or not any more."))
    if publication.revision != revision:
        raise UnableToPublish(_("Somebody changed the answer after you opened it. Copy what you wrote and open it anew."))
    if publication.is_out and not note.strip():
        raise UnableToPublish(_("Say what has changed: readers see it beside the answer."))
    _refuse_hidden(publication.inquiry, words)
    publication.state = _after(publication, "revise")
    publication.not_before = None
    publication.save(update_fields=["state", "not_before"])
    _describe(publication, about)
    _keep(publication, words, note=note.strip(), by=by, today=today)
    return publication


@transaction.atomic
def submit(publication: Publication, *, by: User) -> Publication:
    """Ask somebody else to approve."""
    publication = _locked(publication)
    if not may_edit_publication(by, publication):
        raise UnableToPublish(_("Only who works for the agency can submit its draft."))
    return _moved(publication, "submit")


@transaction.atomic
def approve(publication: Publication, *, revision: int, by: User, today: date) -> Publication:
    """Approve the words that were read, and set the day on which they come out: a correction at once, what is new after a while."""
    publication = _locked(publication)
    if publication.revision != revision:
        raise UnableToPublish(_("The answer was changed after you opened it. Read it anew before you approve it."))
    if not may_approve_publication(by, publication):
        raise UnableToPublish(_("You can't approve this answer: it isn't waiting, or you wrote some of its words."))
    _refuse_hidden(publication.inquiry, words_of(publication))
    publication.revisions.filter(number=revision).update(approver=by, approved_on=today)
    publication.not_before = today if publication.is_out else today + _delay()
    publication.state = _after(publication, "approve")
    publication.save(update_fields=["state", "not_before"])
    return publication


@transaction.atomic
def give_back(publication: Publication, *, note: str, by: User) -> Publication:
    """Return the draft to its writer with a note of what to mend."""
    publication = _locked(publication)
    if not may_approve_publication(by, publication, move="return"):
        raise UnableToPublish(_("You can't return this answer: it isn't waiting, or you wrote some of its words."))
    publication.revisions.filter(number=publication.revision).update(approver=None, approved_on=None, returned_with=note)
    publication.not_before = None
    publication.save(update_fields=["not_before"])
    return _moved(publication, "return")


@transaction.atomic
def withdraw(publication: Publication, *, reason: str, by: User, today: date) -> Publication:
    """Take back what is out; its page says so and why."""
    publication = _locked(publication)
    if not may_withdraw_publication(by, publication):
        raise UnableToPublish(_("Only an approver of the agency can withdraw, and only what has come out."))
    publication.state = _after(publication, "withdraw")
    publication.not_before = None
    publication.withdrawn_on, publication.withdrawal_reason = today, reason
    publication.save(update_fields=["state", "not_before", "withdrawn_on", "withdrawal_reason"])
    return publication


@transaction.atomic
def discard(publication: Publication, *, by: User) -> None:
    """Delete a draft that never came out."""
    publication = _locked(publication)
    if publication.published_revision is not None or not may_edit_publication(by, publication):
        raise UnableToPublish(_("Only a draft that never came out can be discarded, by who works for the agency."))
    publication.delete()


def publish_due(*, today: date) -> int:
    """Bring out what is approved and has waited long enough; return how many. The order is by chance and tells nothing."""
    due = list(Publication.objects.due(today).values_list("pk", flat=True)[:1000])
    secrets.SystemRandom().shuffle(due)
    return sum(_bring_out(pk, today=today) for pk in due)


@transaction.atomic
def _bring_out(pk: Any, *, today: date) -> bool:
    publication = Publication.objects.select_for_update().filter(pk=pk).due(today).first()
    if publication is None:  # withdrawn or changed since
        return False
    revision = publication.revisions.get(number=publication.revision)
    words = _opened(revision)
    try:
        is_hidden = holds_hidden(publication.inquiry, words)
    except UnableToOpen:
        log.warning("An answer for everybody waits: its case can't be opened to look for hidden words.")
        return False
    if is_hidden:
        revision.approver, revision.approved_on, revision.returned_with = None, None, _hidden_words()
        revision.save(update_fields=["approver", "approved_on", "returned_with"])
        publication.not_before, publication.state = None, _after(publication, "return")
        publication.save(update_fields=["not_before", "state"])
        return False
    publication.title, publication.question, publication.answer = words.title, words.question, words.answer
    publication.published_revision = revision.number
    publication.changed_on = today if publication.published_on else None
    publication.published_on = publication.published_on or today
    publication.state = _after(publication, "publish")
    publication.search = (
        SearchVector(Value(words.title), config="english", weight="A")
        + SearchVector(Value(" ".join(publication.codes)), config="simple", weight="A")
        + SearchVector(Value(words.question), config="english", weight="B")
        + SearchVector(Value(words.answer), config="english", weight="C")
    )
    publication.save()
    revision.published_on = today
    revision.save(update_fields=["published_on"])
    return True


def object_to_publication(opened: OpenInquiry, *, objects: bool) -> Inquiry:
    """Note the asker's wish. An objection deletes drafts that have not come out; what is out is for government to withdraw."""
    with transaction.atomic():
        inquiry = casebook.locked(opened.inquiry)
        inquiry.objects_to_publication = objects
        inquiry.save(update_fields=["objects_to_publication"])
        if objects:
            forget(inquiry)
    return inquiry


def forget(inquiry: Inquiry) -> None:
    """Delete what is drafted from an inquiry and not out."""
    inquiry.publications.filter(published_revision=None).delete()


def rate(publication: Publication, *, is_helpful: bool) -> None:
    """Count one reader's opinion; who gave it is not known, so one reader may give several."""
    column = "helpful" if is_helpful else "unhelpful"
    Publication.objects.public().filter(pk=publication.pk).update(**{column: F(column) + 1})


# --- reading --------------------------------------------------------------------------------------------------------


def words_of(publication: Publication) -> Words:
    """The latest words, out or not; raises UnableToOpen if the key is missing."""
    return _opened(publication.revisions.get(number=publication.revision))


def titles(publications: Iterable[Publication]) -> dict[UUID, str]:
    """The latest title of each, out or not, in one query; none where the key is missing."""
    latest = Q()
    for publication in publications:
        latest |= Q(publication=publication, number=publication.revision)
    found = {}
    for revision in PublicationRevision.objects.filter(latest) if latest else ():
        with suppress(UnableToOpen):
            found[revision.publication_id] = _opened(revision).title
    return found


@dataclass(frozen=True)
class Version:
    """One published state of an answer."""

    number: int
    on: date
    note: str
    words: Words


def history(publication: Publication) -> list[Version]:
    """All words that ever came out, the newest first."""
    out = publication.revisions.exclude(published_on=None).order_by("-number")[:50]
    return [Version(each.number, each.published_on, each.note, _opened(each)) for each in out if each.published_on]


def source(inquiry: Inquiry | None, *, by: User) -> Thread | None:
    """The conversation that an answer is drawn from, for who may read it; None for others, and where no key opens it."""
    if inquiry is None or not may_read(by, inquiry):
        return None
    try:
        return thread.read(casework.open_for_official(inquiry, by=by))
    except (UnableToOpen, CannotOpen):
        return None


@dataclass(frozen=True)
class Echo:
    """A stretch of a draft that is the asker's own, word for word."""

    field: str
    text: str


def echoes(words: Words, thread: Thread) -> list[Echo]:
    """What of the draft stands word for word in what the asker wrote: whoever knows the asker may know it again."""
    asked = [thread.subject, *thread.details.texts().values(), *(line.text for line in thread.lines if line.is_from_asker)]
    return [
        Echo(field, text[span.start : span.end]) for field, text in asdict(words).items() for span in phrases.shared(text, *asked)
    ]


@dataclass(frozen=True)
class Clue:
    """What in a draft could tell who asked, as the finder sees it that askers have for their own words."""

    field: str
    trace: Trace


def clues(words: Words) -> list[Clue]:
    return [Clue(field, trace) for field, text in asdict(words).items() for trace in traces.find(text)]


def holds_hidden(inquiry: Inquiry | None, words: Words) -> bool:
    """Whether a draft holds words that have been hidden in the case since they were read there; raises UnableToOpen."""
    if inquiry is None or not inquiry.redactions.exists():
        return False
    opened = OpenInquiry(inquiry, readers.portals_key(inquiry))
    return quotes("\n".join(asdict(words).values()), thread.passages(opened))


def _refuse_hidden(inquiry: Inquiry | None, words: Words) -> None:
    try:
        is_hidden = holds_hidden(inquiry, words)
    except UnableToOpen as error:
        raise UnableToPublish(_("The case can’t be opened to look for hidden words. Nothing is lost: try again later.")) from error
    if is_hidden:
        raise UnableToPublish(_hidden_words())


def _hidden_words() -> str:
    return _("It holds words that were hidden in the case. Say it without them.")


def _opened(revision: PublicationRevision) -> Words:
    for secret in settings.OFFICE_KEYS.values():
        key = derive(revision.publication_id.bytes, purpose="publication", server_key=secret)
        with suppress(CannotOpen):
            return Words(**json.loads(unseal(bytes(revision.sealed_words), key=key, place=_place(revision))))
    raise UnableToOpen


def _keep(publication: Publication, words: Words, *, note: str, by: User, today: date) -> None:
    publication.revision += 1
    publication.save(update_fields=["revision"])
    revision = PublicationRevision(publication=publication, number=publication.revision, note=note, by=by, on=today)
    key = derive(publication.pk.bytes, purpose="publication", server_key=next(iter(settings.OFFICE_KEYS.values())))
    revision.sealed_words = seal(json.dumps(asdict(words)), key=key, place=_place(revision))
    revision.save(force_insert=True)


def _place(revision: PublicationRevision) -> Place:
    return Place("publication", revision.publication_id, revision.pk)


def _describe(publication: Publication, about: About) -> None:
    publication.topic, publication.codes = about.topic, sorted(set(about.codes))
    publication.save(update_fields=["topic", "codes"])
    PublicationSegment.objects.filter(publication=publication).exclude(segment__in=about.segments).delete()
    PublicationSegment.objects.bulk_create(
        (PublicationSegment(publication=publication, segment=segment) for segment in set(about.segments)), ignore_conflicts=True
    )


def _delay() -> timedelta:
    days = settings.PUBLICATION_DELAY_DAYS
    return timedelta(days=days + (secrets.randbelow(days) if days else 0))


def _locked(publication: Publication) -> Publication:
    rows = Publication.objects.select_for_update(of=("self",)).select_related("agency", "inquiry")
    return rows.get(pk=publication.pk)


def _after(publication: Publication, move: str) -> str:
    state = lifecycle.PUBLICATION_MOVES[move].get(publication.state)
    if state is None:
        raise UnableToPublish(
            _("That is not possible while the answer is “%(state)s”.") % {"state": publication.get_state_display()}
        )
    return state


def _moved(publication: Publication, move: str) -> Publication:
    publication.state = _after(publication, move)
    publication.save(update_fields=["state"])
    return publication
