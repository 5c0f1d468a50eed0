"""Writing letters. Nothing here sends: a letter and its envelopes are rows, written in the transaction of whoever writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parseaddr
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mailroom import lifecycle, models
from mailroom.models import Envelope, Letter, Priority, State

LARGEST_LETTER = 1024 * 1024  # bytes of text and HTML together
LARGEST_LOGO = 32 * 1024  # bytes; every copy carries it
LONGEST_SUBJECT = 250
LONGEST_NAME = 200
ADDRESS = re.compile(models.ADDRESS)
LIST_ID = re.compile(r"[A-Za-z0-9.-]*")
STOP_ADDRESS = re.compile(r"(https?://[!-;=?-~]+/)?")  # no blank, no angle bracket: nothing that could end a header early
BATCH = 2000


class UnableToPost(Exception):
    """The letter can't be written; the message says what to mend."""


class Recipient(NamedTuple):
    address: str
    name: str = ""


class Closed(NamedTuple):
    """What everybody on the way may read of a copy to an address that has a certificate (`Letter.closed_subject`)."""

    subject: str = ""
    text: str = ""


def post(
    *,
    purpose: str,
    source: str,
    subject: str,
    text: str,
    to: Iterable[Recipient],
    now: datetime,
    html: str = "",
    language: str = "en",
    priority: Priority = Priority.ORDINARY,
    list_id: str = "",
    stop_address: str = "",
    not_before: datetime | None = None,
    repeats: bool = True,
    sender_name: str = "",
    reply_to: str = "",
    is_private: bool = False,
    logo: bytes = b"",
    closed: Closed | None = None,
) -> Letter:
    """Write a letter and one envelope for each address, in the caller's transaction; an address named twice gets one.

    `purpose` is a word such as "answer"; `source` says who had it written, such as "advisory:<uuid>", and is what `cancel` and
    `figures.totals` go by. `now` is stored and becomes the mail's Date, `not_before` holds the envelopes back until then: give
    coarse times where the moment could betray somebody. A copy's token and a slash, put behind `stop_address`, stop the list
    for its reader. A copy of which nobody knows whether it arrived goes again by itself if `repeats`, and waits for a person if
    not. It goes from the portal's own address, in the name of `sender_name` if there is one; answers go to `reply_to`. Of one
    that `is_private` nobody but its writer may learn an address. `logo` is a picture (PNG) for HTML that names it. With `closed`,
    copies to addresses that have a certificate are encrypted, and `closed` is all that stands outside, or is said where the
    certificate has ended. `to` is read a batch at a time, so that it may come from a cursor.
    Raises UnableToPost for a line break in the subject or a name, an address that is none, and content of over a megabyte.
    """
    letter = Letter(
        purpose=purpose,
        source=source,
        language=language,
        subject=subject,
        text=text,
        html=html,
        list_id=list_id,
        stop_address=stop_address,
        priority=priority,
        repeats=repeats,
        created_at=now,
    )
    letter.sender_name, letter.reply_to, letter.is_private = sender_name, reply_to, is_private
    letter.logo = logo
    letter.closed_subject, letter.closed_text = closed or Closed()
    due = not_before or now
    with transaction.atomic():
        _write(letter)
        recipients = (checked(recipient) for recipient in to)
        while batch := list(islice(recipients, BATCH)):
            Envelope.objects.bulk_create(
                [Envelope(letter=letter, address=to.address, name=to.name, priority=priority, next_attempt_at=due) for to in batch],
                ignore_conflicts=True,
            )
        return _counted(letter)


def post_to_query(
    *,
    purpose: str,
    source: str,
    subject: str,
    text: str,
    audience: QuerySet[Any, tuple[Any, ...]],
    now: datetime,
    html: str = "",
    language: str = "en",
    priority: Priority = Priority.BULK,
    list_id: str = "",
    stop_address: str = "",
    not_before: datetime | None = None,
    repeats: bool = True,
    among: QuerySet[Any, tuple[str]] | None = None,
    once: bool = False,
    closed: Closed | None = None,
) -> Letter:
    """Like `post`, to the columns of `audience` by one INSERT … SELECT: as quick for a hundred thousand.

    They are address, name and, for a letter that answers others, the envelope that each copy answers. `among` narrows them to the
    addresses that it gives, such as those that read a language; `once` leaves out whoever gets another letter of the same source:
    the caller holds a lock on what that source stands for, so that no two write at once.
    """
    letter = Letter(
        purpose=purpose,
        source=source,
        language=language,
        subject=subject,
        text=text,
        html=html,
        list_id=list_id,
        stop_address=stop_address,
        priority=priority,
        repeats=repeats,
        created_at=now,
    )
    letter.closed_subject, letter.closed_text = closed or Closed()
    query, parameters = audience.query.sql_with_params()
    where, more = _narrowed(letter.source if once else "", among)
    columns, answers = ("address, name, answers", "answers") if _has_three(audience) else ("address, name", "NULL::uuid")
    with transaction.atomic():
        _write(letter)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO mailroom_envelope (id, letter_id, address, name, answers, token, priority, state, attempts, doubts,
                    next_attempt_at, lease_holder, last_error, is_held, has_slot)
                SELECT gen_random_uuid(), %s, address, name, {answers}, replace(gen_random_uuid()::text, '-', ''), %s, %s, 0, 0,
                    %s, '', '', false, false
                FROM ({query}) AS audience ({columns})
                {where}
                ON CONFLICT DO NOTHING
                """,  # noqa: S608  the inner query is the ORM's own, with its parameters apart
                [letter.pk, priority, State.QUEUED, not_before or now, *parameters, *more],
            )
        return _counted(letter)


def _narrowed(source: str, among: QuerySet[Any, tuple[str]] | None) -> tuple[str, list[Any]]:
    """The condition that leaves only addresses of `among`, and none that has an envelope of `source`; with its parameters."""
    conditions: list[str] = []
    parameters: list[Any] = []
    if among is not None:
        query, found = among.query.sql_with_params()
        parameters = list(found)
        conditions.append(f"lower(audience.address) IN (SELECT lower(chosen.address) FROM ({query}) AS chosen (address))")  # noqa: S608  the ORM's own
    if source:
        conditions.append(
            "NOT EXISTS (SELECT FROM mailroom_envelope AS other JOIN mailroom_letter AS beside ON beside.id = other.letter_id"
            " WHERE beside.source = %s AND lower(other.address) = lower(audience.address))"
        )
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return where, [*parameters, *([source] if source else [])]


@transaction.atomic
def forget(*, purpose: str, before: datetime) -> int:
    """Delete the letters of a purpose that were written before then, with their envelopes, and return how many.

    One whose envelopes are not all at their end waits, so that nothing is lost on its way.
    """
    under_way = Envelope.objects.exclude(state__in=lifecycle.FINAL).values("letter")
    over = Letter.objects.filter(purpose=purpose, created_at__lt=before).exclude(pk__in=under_way)
    return over.delete()[1].get("mailroom.Letter", 0)


def take_away(*, source: str) -> None:
    """Take away the letters of `source` with all their envelopes, also those that are still to go, and what they said."""
    Letter.objects.of_source(source).delete()


def checked(recipient: Recipient) -> Recipient:
    """Return the recipient with an address fit for SMTP, its domain in ASCII; raises UnableToPost for what is none."""
    address, name = recipient.address.strip(" "), recipient.name.strip(" ")
    if not (address + name).isprintable():
        raise UnableToPost(_("A name or an address holds a line break or a control character; take it out."))
    if len(name) > LONGEST_NAME:
        raise UnableToPost(_("The name of a recipient is too long; shorten it to %(most)d characters.") % {"most": LONGEST_NAME})
    try:
        validate_email(address)
        mailbox, _at, domain = address.rpartition("@")
        plain = f"{mailbox}@{domain.encode('idna').decode()}"
    except (ValidationError, UnicodeError) as error:
        raise UnableToPost(_("One of the addresses is not an email address; correct it or take it out.")) from error
    if not ADDRESS.fullmatch(plain):
        raise UnableToPost(_("One of the addresses is of a form that mail servers often refuse; use a plain one."))
    return Recipient(plain, name)


def _has_three(audience: QuerySet[Any, tuple[Any, ...]]) -> bool:
    return len(audience.query.values_select) == 3


def _write(letter: Letter) -> None:
    if not letter.subject.strip() or not (letter.subject + letter.closed_subject).isprintable():
        raise UnableToPost(_("The subject must be one line, without line breaks and control characters."))
    if max(len(letter.subject), len(letter.closed_subject)) > LONGEST_SUBJECT:
        raise UnableToPost(_("The subject is too long; shorten it to %(most)d characters.") % {"most": LONGEST_SUBJECT})
    _check_sender(letter)
    if not LIST_ID.fullmatch(letter.list_id):
        raise UnableToPost(_("The list's name may hold letters, digits, dots and dashes only."))
    if not STOP_ADDRESS.fullmatch(letter.stop_address):
        raise UnableToPost(_("The address that stops the list must be a plain one that ends in a slash."))
    if "\0" in letter.text + letter.html + letter.closed_text:
        raise UnableToPost(_("The text holds a null character; take it out."))
    if len(letter.text.encode()) + len(letter.html.encode()) > LARGEST_LETTER:
        raise UnableToPost(_("The letter is too long for mail: at most one megabyte of text."))
    if len(letter.logo) > LARGEST_LOGO:
        raise UnableToPost(_("The logo is too large for mail: at most 32 kB."))
    letter.subject = letter.subject.strip()
    letter.message_id_domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    letter.save(force_insert=True)


def _check_sender(letter: Letter) -> None:
    if not letter.sender_name.isprintable() or len(letter.sender_name) > LONGEST_NAME:
        raise UnableToPost(_("The sender's name must be one line of at most %(most)d characters.") % {"most": LONGEST_NAME})
    if letter.reply_to:
        letter.reply_to = checked(Recipient(letter.reply_to)).address


def _counted(letter: Letter) -> Letter:
    letter.addressed = letter.envelopes.count()
    letter.save(update_fields=["addressed"])
    return letter
