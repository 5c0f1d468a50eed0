"""Hiding a passage of a conversation from everybody, and taking one out for good.

What is hidden stays under the seal, and a supervisor can have it shown again; `thread.read` leaves it out for askers and officials
alike, and `thread.clearing` out of what quotes them. What is taken out is overwritten under a new seal, and so is each quote of it
in what the office wrote beside the conversation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from inquiries.models import ExpertRequest, Inquiry, Message, Opening, Publication, Redaction, RedactionMode
from inquiries.models.redaction import where
from inquiries.permissions import may_take_out
from inquiries.redaction import GONE, Stretch, blocked, found, quotes, without
from inquiries.sealing import Place, seal, unseal
from inquiries.services import attachments, casebook, experts, identities, proving, publishing, thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.casework import UnableToWork, locked_for, open_for_official
from keystore import services as keystore
from organisations.models import User

AROUND = 40  # characters of context on either side of a place
# What the office wrote beside the conversation: whose rows, which column, and the name of its place under the seal. A gatekeeper's
# reason is written once (migration `0002_guards`): the database lets it be overwritten only where something was taken out of the
# case.
BESIDE = (
    ("notes", "sealed_text", "note"),
    ("drafts", "sealed_text", "draft"),
    ("proposals", "sealed_text", "proposed answer"),
    ("proposals", "sealed_note", "note on an answer"),
    ("consultations", "sealed_question", "consultation question"),
    ("consultations", "sealed_view", "consultation view"),
    ("settlements", "sealed_reasons", "settlement"),
    ("breaches", "sealed_words", "breach"),
    ("expert_requests", "sealed_excerpt", "expert excerpt"),
    ("expert_requests", "sealed_answer", "expert answer"),
    ("openings", "sealed_reason", "reason"),
    ("openings", "sealed_refusal", "refusal"),
)


class UnableToRedact(Exception):
    """The passage can't be hidden as asked; the message says why and what to do."""


class UnableToChoose(UnableToRedact):
    """The passage stands in several places; `places` are all of them, to choose from."""

    def __init__(self, places: Sequence[Standing]) -> None:
        super().__init__(_("The passage stands in several places. Choose those that are meant."))
        self.places = places


@dataclass(frozen=True)
class Standing:
    """A place where a passage stands: in a message, in a part of the items, or without either in the subject.

    `number` counts messages from 1.
    """

    message: Message | None
    part: str
    number: int
    stretch: Stretch
    before: str
    passage: str
    after: str

    @property
    def key(self) -> str:
        """Names the place, for a form."""
        return f"{where(self.message.pk if self.message else None, self.part)}:{self.stretch.start}"


def standings(opened: OpenInquiry, passage: str) -> list[Standing]:
    """Where a passage stands in what can still be read; what touches a hidden stretch is left out, so that nobody can guess it."""
    hidden = thread.stretches(opened.inquiry.redactions.all())
    return [
        _standing(source, each, hidden[source.where])
        for source in _sources(opened)
        for each in found(source.text, passage)
        if not any(each.meets(other) for other in hidden[source.where])
    ]


@dataclass(frozen=True)
class _Source:
    """One text of a case as it is sealed, and which one it is."""

    text: str
    part: str = ""
    message: Message | None = None
    number: int = 0

    @property
    def where(self) -> str:
        return where(self.message.pk if self.message else None, self.part)


def _sources(opened: OpenInquiry) -> Iterator[_Source]:
    yield _Source(thread.sealed_subject(opened))
    for part, text in thread.sealed_details(opened).texts().items():
        yield _Source(text, part)
    for number, message in enumerate(opened.inquiry.messages.in_order(), start=1):
        yield _Source(thread.sealed_text(message, opened), message=message, number=number)


def _standing(source: _Source, stretch: Stretch, hidden: Iterable[Stretch]) -> Standing:
    shown = blocked(source.text, hidden)
    return Standing(
        message=source.message,
        part=source.part,
        number=source.number,
        stretch=stretch,
        before=shown[max(0, stretch.start - AROUND) : stretch.start],
        passage=shown[stretch.start : stretch.end],
        after=shown[stretch.end : stretch.end + AROUND],
    )


@transaction.atomic
def redact(
    inquiry: Inquiry, *, passage: str, places: Collection[str] = (), mode: str, reason: str, by: User, today: date
) -> list[Publication]:
    """Hide a passage, or take it out, in the one place where it stands or in the `places` chosen by their keys.

    Return the answers for everybody, drafted from the case, that hold the passage and are for people to mend. Raises
    UnableToRedact, UnableToChoose, UnableToWork or UnableToOpen.
    """
    inquiry = locked_for(inquiry, by)
    if mode == RedactionMode.PERMANENT and not may_take_out(by, inquiry):
        raise UnableToRedact(_("Only a supervisor takes words out for good. You can hide them."))
    opened = open_for_official(inquiry, by=by)
    chosen = _chosen(standings(opened, passage), places)
    exact = [each.passage for each in chosen]
    _refuse_where_it_stands_in_the_clear(opened, exact, reason)
    rows = [
        Redaction.objects.create(
            inquiry=inquiry,
            message=each.message,
            part=each.part,
            start=each.stretch.start,
            end=each.stretch.end,
            reason=reason,
            by=by,
            on=today,
        )
        for each in chosen
    ]
    if mode == RedactionMode.PERMANENT:
        _take_out(rows, opened, exact)
    casebook.record(inquiry, "redact" if mode == RedactionMode.PERMANENT else "mask", by=by, today=today, detail=reason)
    return _publications_with(inquiry, exact)


def _chosen(places: Sequence[Standing], keys: Collection[str]) -> list[Standing]:
    if not places:
        raise UnableToRedact(
            _("These words do not stand in the conversation, letter by letter, or they are hidden already. Copy them from it.")
        )
    if len(places) == 1:
        return list(places)
    chosen = [each for each in places if each.key in keys]
    if not chosen:
        raise UnableToChoose(places)
    return chosen


def _refuse_where_it_stands_in_the_clear(opened: OpenInquiry, passages: Sequence[str], reason: str) -> None:
    inquiry = opened.inquiry
    if quotes(reason, passages):
        raise UnableToRedact(_("The reason repeats the passage. Give it without those words: it is kept in the history."))
    if quotes(" ".join([inquiry.title, inquiry.summary, *inquiry.tags]), passages):
        raise UnableToRedact(_("The title, the summary or a tag holds the passage. Change the facts first."))
    open_requests = [each for each in inquiry.expert_requests.all() if each.may_end]
    if any(quotes(asked.excerpt, passages) for asked in experts.read(opened, open_requests)):
        raise UnableToRedact(_("An outside expert can still open an excerpt that holds the passage. Take the excerpt back first."))


def _publications_with(inquiry: Inquiry, passages: Sequence[str]) -> list[Publication]:
    return [
        each
        for each in inquiry.publications.exclude(withdrawn_on__isnull=False).order_by("pk")
        if quotes(" ".join(vars(publishing.words_of(each)).values()), passages)
    ]


@transaction.atomic
def take_out(redaction: Redaction, *, by: User, today: date) -> Redaction:
    """Take out for good what was hidden; raises UnableToRedact, UnableToWork or UnableToOpen."""
    redaction, opened = _opened_for_supervisor(redaction, by)
    if redaction.is_permanent:
        return redaction
    text = thread.sealed_at(redaction, opened)
    _take_out([redaction], opened, [text[redaction.start : redaction.end]])
    casebook.record(opened.inquiry, "redact", by=by, today=today, detail=redaction.reason)
    return redaction


@transaction.atomic
def show_again(redaction: Redaction, *, by: User, today: date) -> None:
    """Show what was hidden; what was taken out is gone. Raises UnableToRedact, UnableToWork or UnableToOpen."""
    redaction, opened = _opened_for_supervisor(redaction, by)
    if redaction.is_permanent:
        raise UnableToRedact(_("These words were taken out for good. Nobody can show them again."))
    casebook.record(opened.inquiry, "unmask", by=by, today=today, detail=redaction.reason)
    redaction.delete()


def _opened_for_supervisor(redaction: Redaction, by: User) -> tuple[Redaction, OpenInquiry]:
    inquiry = locked_for(redaction.inquiry, by)
    if not may_take_out(by, inquiry):
        raise UnableToRedact(_("Only a supervisor shows hidden words again or takes them out for good."))
    known = inquiry.redactions.select_related("message").filter(pk=redaction.pk).first()
    if known is None:
        raise UnableToWork  # shown again by somebody else meanwhile
    return known, open_for_official(inquiry, by=by)


def _take_out(rows: Sequence[Redaction], opened: OpenInquiry, passages: Sequence[str]) -> None:
    """Overwrite the words of `rows` and every quote of them in what the office wrote, all under new seals."""
    filed, version = proving.filed_hash(opened)
    first = opened.inquiry.messages.in_order()[0]
    for row in rows:
        row.mode = RedactionMode.PERMANENT
        row.filed = filed if row.message is None or row.message == first else ""
        row.filed_version = version
        row.save(update_fields=["mode", "filed", "filed_version"])
    for name in {row.where for row in rows}:
        there = [row for row in rows if row.where == name]
        _overwrite(there[0], opened, [Stretch(row.start, row.end) for row in there])
    for related, column, place in BESIDE:
        for each in getattr(opened.inquiry, related).all():
            _reseal(each, column, place, passages, opened)
    attachments.rename(opened.inquiry, opened.key, lambda name: without(name, passages, marker=GONE))


def _overwrite(redaction: Redaction, opened: OpenInquiry, gone: Sequence[Stretch]) -> None:
    """Overwrite the stretches `gone` of the text that a redaction is of."""
    inquiry, message, text = opened.inquiry, redaction.message, blocked(thread.sealed_at(redaction, opened), gone)
    if message is not None:
        message.sealed_text = seal(text, key=opened.key, place=thread.message_place(message, opened))
        message.save(update_fields=["sealed_text"])
    elif redaction.part:
        details = thread.sealed_details(opened).changed(lambda part, was: text if part == redaction.part else was)
        inquiry.sealed_details = seal(details.as_text(), key=opened.key, place=thread.details_place(opened))
        inquiry.save(update_fields=["sealed_details"])
    else:
        inquiry.sealed_subject = seal(text, key=opened.key, place=thread.subject_place(opened))
        inquiry.save(update_fields=["sealed_subject"])


def _key_of(row: Model, opened: OpenInquiry) -> bytes:
    """What a row of BESIDE is sealed with: the case key, or one that it opens."""
    if isinstance(row, ExpertRequest):
        return experts.key_of(row, opened)
    if isinstance(row, Opening):
        return identities.ledger_key_of(opened.inquiry, key=opened.key, share=keystore.share_of(opened.inquiry.pk))
    return opened.key


def _reseal(row: Model, column: str, name: str, passages: Sequence[str], opened: OpenInquiry) -> None:
    if not (sealed := bytes(getattr(row, column) or b"")):
        return
    key = _key_of(row, opened)
    place = Place(name, opened.inquiry.pk, row.pk)
    text = unseal(sealed, key=key, place=place)
    if quotes(text, passages):
        setattr(row, column, seal(without(text, passages, marker=GONE), key=key, place=place))
        row.save(update_fields=[column])
