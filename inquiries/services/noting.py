"""Notes of officials to one another, and who is named in them. No letter goes out: they are found at the desk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Prefetch
from django.utils.translation import gettext as _

from inquiries.models import Inquiry, Mention, Note
from inquiries.permissions import may_read
from inquiries.querysets import READER_ROLES, readers_of, reading_agencies
from inquiries.sealing import Place, seal, unseal
from inquiries.services import casebook, thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.casework import UnableToWork, open_for_official
from organisations.models import Organisation, User

MOST_NOTES = 100


class UnableToNote(Exception):
    """The note is refused; the message says why and what to do."""


@dataclass(frozen=True)
class NoteLine:
    """One note in the clear."""

    pk: UUID
    author: User
    agency: Organisation
    is_for_all_readers: bool
    text: str
    on: date
    named: list[User]


@transaction.atomic
def note(
    inquiry: Inquiry, *, text: str, for_all_readers: bool = False, mentions: Iterable[User] = (), by: User, today: date
) -> Note:
    """Keep a note for the official's own agency, or for all readers of the case; raises UnableToNote, UnableToWork, UnableToOpen.

    Whoever may read the case may keep notes, and is named by `@Full Name` in the text or in `mentions`. The same note sent twice in
    a row is one note.
    """
    inquiry = casebook.locked(inquiry)
    if not may_read(by, inquiry):
        raise UnableToWork
    opened = open_for_official(inquiry, by=by)
    agency = agency_of(inquiry, by)
    named = _named(inquiry, text, mentions, only=None if for_all_readers else agency)
    if (twice := _sent_before(text, opened, for_all_readers=for_all_readers, by=by, today=today)) is not None:
        return twice
    kept = Note(inquiry=inquiry, author=by, agency=agency, is_for_all_readers=for_all_readers, written_on=today)
    kept.position = (inquiry.notes.aggregate(last=Max("position"))["last"] or 0) + 1
    kept.sealed_text = seal(text, key=opened.key, place=_place(kept))
    kept.save(force_insert=True)
    Mention.objects.bulk_create(Mention(note=kept, user=user) for user in named if user != by)
    inquiry.drafts.filter(user=by, kind="note").delete()
    detail = _("for all readers") if for_all_readers else _("for %(agency)s") % {"agency": agency}
    casebook.record(inquiry, "note", by=by, today=today, detail=detail)
    return kept


def _sent_before(text: str, opened: OpenInquiry, *, for_all_readers: bool, by: User, today: date) -> Note | None:
    last = opened.inquiry.notes.filter(author=by).order_by("-position").first()
    if last and (last.written_on, last.is_for_all_readers) == (today, for_all_readers) and _unsealed(last, opened) == text:
        return last
    return None


def agency_of(inquiry: Inquiry, user: User) -> Organisation:
    """For which of their agencies an official reads an inquiry: the focal point if it is one of them; raises UnableToWork."""
    agencies = reading_agencies(user)
    listed = set(inquiry.reader_keys.values_list("agency", flat=True))
    for agency in sorted(agencies, key=lambda each: not each.is_focal_point):
        if agency.is_focal_point or agency.pk in listed:
            return agency
    raise UnableToWork


def read(opened: OpenInquiry, *, by: User) -> list[NoteLine]:
    """Return the notes that the official may read, the newest first, without what is hidden in the conversation that they quote."""
    found = Note.objects.visible_to(by).filter(inquiry=opened.inquiry).select_related("author", "agency")
    notes = list(
        found.prefetch_related(Prefetch("mentions", Mention.objects.select_related("user").order_by("pk"))).order_by("-position")[
            :MOST_NOTES
        ]
    )
    show = thread.clearing(opened)
    return [
        NoteLine(
            pk=each.pk,
            author=each.author,
            agency=each.agency,
            is_for_all_readers=each.is_for_all_readers,
            text=show(_unsealed(each, opened)),
            on=each.written_on,
            named=[mention.user for mention in each.mentions.all()],
        )
        for each in notes
    ]


def _unsealed(note_: Note, opened: OpenInquiry) -> str:
    return unseal(bytes(note_.sealed_text), key=opened.key, place=_place(note_))


def _place(note_: Note) -> Place:
    return Place("note", note_.inquiry_id, note_.pk)


@transaction.atomic
def see(mention: Mention, *, by: User, today: date) -> Mention:
    """The colleague has seen the note that names them. Twice does no more. Raises UnableToWork for anybody else."""
    mention = Mention.objects.select_for_update(of=("self",)).select_related("note").get(pk=mention.pk)
    if mention.user_id != by.pk:
        raise UnableToWork
    if mention.seen_on is None:
        mention.seen_on = today
        mention.save(update_fields=["seen_on"])
    return mention


# --- names ----------------------------------------------------------------------------------------------------------

# An @ at the beginning of a word; the one inside an address of mail is none.
_AT = re.compile(r"(?<![\w.+-])@(?=[^\W\d_])")


def _named(inquiry: Inquiry, text: str, mentions: Iterable[User], *, only: Organisation | None) -> list[User]:
    """Who is named, each once. A name that nobody who may read the note has is refused, so that no mention goes nowhere."""
    readers = {user.pk: user for user in _who_may_read(inquiry, only)}
    chosen = {user.pk: user for user in mentions}
    if deaf := [user for key, user in chosen.items() if key not in readers]:
        raise UnableToNote(_("%(name)s can't read this note. Keep it for all readers, or name somebody else.") % {"name": deaf[0]})
    by_name = sorted(readers.values(), key=lambda user: -len(str(user)))
    for at in _AT.finditer(text):
        rest = text[at.end() :].lower()
        user = next((user for user in by_name if re.match(rf"{re.escape(str(user).lower())}(?!\w)", rest)), None)
        if user is None:
            name = " ".join(text[at.end() :].split()[:2])[:60]
            raise UnableToNote(
                _("Nobody called “%(name)s” can read this note. Write the name as in the list below.") % {"name": name}
            )
        chosen[user.pk] = user
    return list(chosen.values())


def _who_may_read(inquiry: Inquiry, only: Organisation | None) -> Iterable[User]:
    readers = readers_of(inquiry)
    return readers.filter(memberships__organisation=only, memberships__role__in=READER_ROLES).distinct() if only else readers
