"""Answering several cases that ask the same with one answer.

No asker ever reads another's words: each case keeps its own receipt, thread, key and deadline, and only the office's answer,
written once in the main case, goes to all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from uuid import UUID

from django.utils.translation import gettext as _

from inquiries import lifecycle, phrases
from inquiries.cleaning.cleaner import clean
from inquiries.cleaning.sandbox import UnableToClean
from inquiries.models import Inquiry, Relation
from inquiries.querysets import is_fetched
from inquiries.services import attachments, casebook, dismissing, lateness, readers, thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.attachments import Incoming
from inquiries.services.lateness import Late
from inquiries.services.receiving import Received
from organisations.models import User


class UnableToSend(Exception):
    """The answer may not go to all whom it would go to; the message says why and what to do."""


def held(keys: Iterable[UUID]) -> list[Inquiry]:
    """Lock several cases, always in the same order, so that two officials don't wait for one another."""
    return list(Inquiry.objects.select_for_update(of=("self",)).filter(pk__in=list(keys)).order_by("pk"))


def waiting_with(inquiry: Inquiry) -> list[Inquiry]:
    """The cases that would be answered together with this one now, for a page to show."""
    if is_fetched(inquiry, "events") and not any(event.kind == "merge-in" for event in inquiry.events.all()):
        return []
    merged = Relation.objects.merged().filter(other=inquiry).select_related("inquiry")
    return [each.inquiry for each in merged if each.inquiry.state in lifecycle.UNANSWERED_STATES]


def followers(inquiry: Inquiry) -> list[Inquiry]:
    """The cases that are answered together with this one and still wait for an answer, held together with it."""
    merged = list(Relation.objects.merged().filter(other=inquiry).values_list("inquiry", flat=True))
    rows = held([inquiry.pk, *merged]) if merged else []
    return [row for row in rows if row.pk != inquiry.pk and row.state in lifecycle.UNANSWERED_STATES]


def send(
    cases: Iterable[Inquiry],
    *,
    text: str,
    files: Sequence[Incoming] = (),
    late: Late | None,
    opened: OpenInquiry,
    by: User,
    today: date,
) -> None:
    """Send the main case's answer to `cases`, in the caller's transaction; `opened` is the main case.

    Their words are not shown to the official, who need not be able to read them: the portal itself seals the answer with their
    keys.
    Raises UnableToSend where the answer repeats what only the asker of the main case said, UnableToMoveLate where one is late.
    """
    _refuse_own_words(text, opened)
    refuse_own_files(files, opened)
    for case in cases:
        key = readers.portals_key(case)
        dismissing.refuse_while_disputed(case)
        lateness.explain(OpenInquiry(case, key), late, by=by, today=today)
        lateness.note_answered(case, today=today)
        casebook.move(case, "answer", by=by, today=today, detail=str(opened.inquiry))
        message = casebook.add_message(case, text, key=key, by=by, today=today)
        attachments.keep(files, inquiry=case, key=key, message=message)
        dismissing.end_all(case, today=today)


def refuse_own_files(files: Iterable[Incoming], opened: OpenInquiry) -> None:
    """Raise UnableToSend where a file is the asker's own, or repeats in its name or words what only they said.

    What a picture shows is read by nobody but the official.
    """
    own = {file.sha256 for line in thread.read(opened).lines if line.is_from_asker for file in line.files}
    for file in files:
        if own & {file.sha256, file.digest if isinstance(file, Received) else ""}:
            raise UnableToSend(
                _("The answer goes to other askers too, and “%(name)s” is a file of this one’s. Leave it out.")
                % {"name": file.name}
            )
        _refuse_own_words(f"{file.name}\n{_words_of(file)}", opened)


def _words_of(file: Incoming) -> str:
    """The words in a file, read anew where it has been kept since it came."""
    if isinstance(file, Received):
        return file.text
    try:
        read = clean(BytesIO(b"".join(file.pieces())), name=file.name)
    except UnableToClean as error:
        raise UnableToSend(_("“%(name)s” can’t be looked at just now: %(why)s") % {"name": file.name, "why": error}) from error
    read.content.close()
    return read.text


def _refuse_own_words(text: str, opened: OpenInquiry) -> None:
    asked = thread.read(opened)
    said = [line.text for line in asked.lines if line.is_from_asker]
    own = [asked.subject, *said, *asked.details.texts().values()]
    if thread.clearing(opened)(text) != text:
        raise UnableToSend(_("The answer goes to other askers too, and repeats words hidden in this case. Say it otherwise."))
    if spans := phrases.shared(text, *own):
        words = text[spans[0].start : spans[0].end][:200]
        raise UnableToSend(
            _("The answer goes to other askers too, and repeats this one’s own words: “%(words)s”. Say it otherwise.")
            % {"words": words}
        )
