"""Asking somebody outside government: an excerpt, a link by mail, a code by telephone, an answer. Nothing else goes out.

The link's 256 random bits and the code together make, with the server's key, the key that opens the excerpt. Whoever reads the
expert's mail lacks the code, whoever overhears the code lacks the link, and a copy of the database has neither: it holds a keyed
digest of the link and nothing at all of the code. A code is right if what it makes opens what is wrapped for it, which the
cipher's tag tells in constant time.
"""

from __future__ import annotations

import json
import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from inquiries import emails, lifecycle
from inquiries.models import ExpertRequest, Label
from inquiries.models.inquiry import Inquiry
from inquiries.sealing import CannotOpen, Place, new_case_key, seal, seal_bytes, unseal, unseal_bytes, unwrap, wrap
from inquiries.services import casebook, casework, clock, consulting, dismissing, thread
from inquiries.services.asking import OpenInquiry, derive_secret
from keystore import services as keystore
from organisations.models import User

LINK_BYTES = 32
CODE_DIGITS = 8
LINK_LASTS = timedelta(days=30)
VISIT_LASTS = timedelta(hours=2)


class UnableToAsk(Exception):
    """The verb is refused; the message says why and what to do."""


class UnableToFind(Exception):
    """No link like this is good: it never was, or it has expired, was withdrawn or locked. Nobody outside is told which."""


class WrongCode(Exception):
    """The code does not belong to the link. `left` is how often it may still be tried; at nought the link is dead."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


@dataclass(frozen=True)
class Sent:
    """What is asked: the letter that carries the link, for `post` unless it has left before, and the code, for the official."""

    asked: ExpertRequest
    letter: EmailMultiAlternatives | None
    code: str


@dataclass(frozen=True)
class Shown:
    """All that the expert sees."""

    asked: ExpertRequest
    excerpt: str
    key: bytes


@dataclass(frozen=True)
class Request:
    """A request in the clear, for officials."""

    asked: ExpertRequest
    name: str
    address: str
    excerpt: str
    answer: str


# --- officials ------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(
    inquiry: Inquiry,
    *,
    name: str,
    address: str,
    label: str,
    excerpt: str,
    days: int = consulting.BUSINESS_DAYS,
    form: bytes | None = None,
    by: User,
    today: date,
) -> Sent:
    """Send an excerpt to an outside expert. Link and code are kept nowhere.

    `form` is the random content of the form: sent again, it makes no second request and gives the code again as long as nobody
    has used it, with the letter if that has not left yet. Raises UnableToAsk.
    """
    opened = casework.opened_for_work(inquiry, by)
    inquiry = opened.inquiry
    content = form or secrets.token_bytes(32)
    asked = ExpertRequest(pk=uuid.UUID(bytes=derive_secret(content + inquiry.pk.bytes, "expert", 16)), inquiry=inquiry)
    token, code = _link_of(content), _code_of(content)
    if known := ExpertRequest.objects.filter(pk=asked.pk).first():
        return _sent_before(opened, known, token, code)
    if label not in Label.values:
        raise UnableToAsk(_("Under this label nothing may leave government."))
    if inquiry.reference.lower() in excerpt.lower():
        raise UnableToAsk(
            _("The excerpt names the reference of the case. Take it out: the expert must not learn which case it is.")
        )
    casebook.move(inquiry, "consult-expert", by=by, today=today, detail=Label(label).label)
    key = new_case_key()
    asked.label, asked.asked_by, asked.asked_on = label, by, today
    asked.due_on = clock.office_calendar().after(today, days)
    asked.number = (inquiry.expert_requests.aggregate(last=Max("number"))["last"] or 0) + 1
    contact = json.dumps({"name": name, "address": address})
    asked.sealed_contact = seal(contact, key=opened.key, place=_place("expert contact", asked))
    asked.sealed_excerpt = seal(excerpt, key=key, place=_place("expert excerpt", asked))
    asked.wrapped_key = seal_bytes(key, key=opened.key, place=_place("expert key", asked))
    _link(asked, token=token, code=code, key=key, today=today)
    asked.save(force_insert=True)
    return Sent(asked, _letter(opened, asked, token), code)


@transaction.atomic
def renew(asked: ExpertRequest, *, by: User, today: date) -> Sent:
    """Send a new link and give a new code, where the old one was lost, locked or has expired; the old one dies at once."""
    asked, opened = _locked_for(asked, by)
    if asked.state not in lifecycle.EXPERT_MOVES["renew-expert"]:
        raise UnableToAsk(_("The expert has answered, or the excerpt was withdrawn: send a new one."))
    content = secrets.token_bytes(32)
    token, code = _link_of(content), _code_of(content)
    asked.state = lifecycle.EXPERT_MOVES["renew-expert"][asked.state]
    asked.tries_left = ExpertRequest.TRIES
    _link(asked, token=token, code=code, key=key_of(asked, opened), today=today)
    asked.save(update_fields=["state", "tries_left", "link_digest", "link_key", "expires_on", "is_posted"])
    casebook.record(opened.inquiry, "renew-expert", by=by, today=today)
    return Sent(asked, _letter(opened, asked, token), code)


def post(sent: Sent) -> bool:
    """Give the letter to the mail server, after the transaction that made the link; return whether it took it, now or before.

    Until it has, the request says that nobody has the link, also where this process dies in between: the official sends the form
    again, which posts the same letter, or a new link.
    """
    if sent.letter is None:
        return True
    try:
        sent.letter.send()
    except (SMTPException, OSError):
        return False
    # Of this link only: a colleague may have made a new one meanwhile.
    ExpertRequest.objects.filter(pk=sent.asked.pk, link_digest=sent.asked.link_digest).update(is_posted=True)
    return True


def _letter(opened: OpenInquiry, asked: ExpertRequest, token: str) -> EmailMultiAlternatives:
    contact = _contact(opened, asked)
    return emails.expert_link(asked, token, name=contact["name"], address=contact["address"])


@transaction.atomic
def end(asked: ExpertRequest, *, by: User, today: date) -> ExpertRequest:
    """Take the excerpt back: the link opens nothing from now on."""
    asked, opened = _locked_for(asked, by)
    if asked.state not in lifecycle.EXPERT_MOVES["end-expert"]:
        raise UnableToAsk(_("The expert has answered, or the excerpt was withdrawn before."))
    dismissing.end_expert_request(asked, today=today)
    casebook.record(opened.inquiry, "end-expert", by=by, today=today)
    return asked


def read(opened: OpenInquiry, requests: Iterable[ExpertRequest]) -> list[Request]:
    """Return requests of the opened inquiry in the clear; raises CannotOpen if a row was tampered with."""
    show = thread.clearing(opened)
    return [_read(opened, asked, show) for asked in requests]


def _read(opened: OpenInquiry, asked: ExpertRequest, show: Callable[[str], str]) -> Request:
    key, contact = key_of(asked, opened), _contact(opened, asked)
    answer = unseal(bytes(asked.sealed_answer), key=key, place=_place("expert answer", asked)) if asked.sealed_answer else ""
    excerpt = unseal(bytes(asked.sealed_excerpt), key=key, place=_place("expert excerpt", asked))
    return Request(asked, contact["name"], contact["address"], show(excerpt), show(answer))


# --- the expert -----------------------------------------------------------------------------------------------------


def find(token: str, *, today: date) -> ExpertRequest:
    """Return the request of a link; raises UnableToFind. It opens nothing yet."""
    found = ExpertRequest.objects.with_link(_digest(token), today).first()
    if found is None:
        raise UnableToFind
    return found


def open_with_code(token: str, *, code: str, today: date) -> Shown:
    """Return what the expert may see; raises UnableToFind, WrongCode and UnableToReachKeys. Wrong codes are counted in the row."""
    with transaction.atomic():
        asked = _locked_by_link(token, today)
        if not asked.is_open:
            raise UnableToFind
        shown = _opened(asked, token, code)
        if shown is None:
            left = _count_wrong(asked, today=today)
        elif asked.read_on is None:
            asked.read_on = today
            asked.save(update_fields=["read_on"])
            casebook.record(asked.inquiry, "portal-expert-reads", by=None, today=today)
    if shown is None:  # raised outside, so that the count stays
        raise WrongCode(left)
    return shown


@transaction.atomic
def answer(token: str, *, code: str, text: str, today: date) -> ExpertRequest:
    """Record the expert's answer, once; the link opens nothing afterwards. Raises UnableToFind and UnableToReachKeys."""
    asked = _locked_by_link(token, today)
    if asked.is_answered:  # the same form sent twice
        return asked
    shown = _opened(asked, token, code)
    if shown is None or asked.read_on is None:
        raise UnableToFind
    asked.state = lifecycle.EXPERT_MOVES["portal-expert-answers"][asked.state]
    asked.sealed_answer = seal(text, key=shown.key, place=_place("expert answer", asked))
    asked.answered_on, asked.link_key = today, None
    asked.save(update_fields=["state", "sealed_answer", "answered_on", "link_key"])
    casebook.record(asked.inquiry, "portal-expert-answers", by=None, today=today)
    return asked


def visit(asked: ExpertRequest, code: str, *, now: datetime) -> str:
    """Return a sealed pass that stands for the code on the pages of one visit, so that no page, cookie or row holds it."""
    expires = int((now + VISIT_LASTS).timestamp()).to_bytes(8, "big")
    return urlsafe_b64encode(seal_bytes(expires + code.encode(), key=_visit_key(), place=_visit_place(asked))).decode()


def code_of_visit(asked: ExpertRequest, sealed: str, *, now: datetime) -> str | None:
    """Return the code in a pass, or None if it is forged, too old or one of another request."""
    try:
        content = unseal_bytes(urlsafe_b64decode(sealed), key=_visit_key(), place=_visit_place(asked))
    except (CannotOpen, ValueError):
        return None
    return content[8:].decode() if int.from_bytes(content[:8], "big") >= now.timestamp() else None


# --- link, code and keys --------------------------------------------------------------------------------------------


def _link(asked: ExpertRequest, *, token: str, code: str, key: bytes, today: date) -> None:
    """Give a request a new link, which nobody has yet; the one before opens nothing any more."""
    asked.is_posted = False
    asked.expires_on = max(today + LINK_LASTS, asked.due_on)
    asked.link_digest = _digest(token)
    share = keystore.share_of(asked.inquiry_id)
    asked.link_key = wrap(key, under=_link_secret(token, code), share=share, place=_place("expert link", asked))


def _opened(asked: ExpertRequest, token: str, code: str) -> Shown | None:
    """Open a living request; None if the code is wrong. Once the case is erased its share is gone, and nothing opens."""
    share = keystore.share_of(asked.inquiry_id)
    try:
        key = unwrap(bytes(asked.link_key or b""), under=_link_secret(token, code), share=share, place=_place("expert link", asked))
    except CannotOpen:
        return None
    return Shown(asked, unseal(bytes(asked.sealed_excerpt), key=key, place=_place("expert excerpt", asked)), key)


def _locked_by_link(token: str, today: date) -> ExpertRequest:
    """Fetch the request of a link under its inquiry's lock; raises UnableToFind."""
    inquiry = casebook.locked(find(token, today=today).inquiry)
    asked = find(token, today=today)  # anew: it may have been withdrawn while we waited
    asked.inquiry = inquiry
    return asked


def _count_wrong(asked: ExpertRequest, *, today: date) -> int:
    """Count a wrong code and return how many more are allowed; the last one locks the link."""
    left = asked.tries_left - 1
    if left:
        asked.tries_left = left
        asked.save(update_fields=["tries_left"])
        return left
    asked.state = lifecycle.EXPERT_MOVES["portal-expert-locks"][asked.state]
    asked.tries_left, asked.link_digest, asked.link_key = 0, None, None
    asked.save(update_fields=["state", "tries_left", "link_digest", "link_key"])
    casebook.record(asked.inquiry, "portal-expert-locks", by=None, today=today)
    return 0


def _sent_before(opened: OpenInquiry, known: ExpertRequest, token: str, code: str) -> Sent:
    if not known.is_open or known.read_on or bytes(known.link_digest or b"") != _digest(token):
        raise UnableToAsk(_("This excerpt was sent before. Its code is not shown again: send a new link if the expert needs one."))
    return Sent(known, _letter(opened, known, token) if known.is_unposted else None, code)


def _link_of(content: bytes) -> str:
    return urlsafe_b64encode(derive_secret(content, "expert token", LINK_BYTES)).decode().rstrip("=")


def _code_of(content: bytes) -> str:
    number = int.from_bytes(derive_secret(content, "expert code", 16), "big")
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def _digest(token: str) -> bytes:
    return derive_secret(token.encode()[:200], "expert digest", 32)


def _link_secret(token: str, code: str) -> bytes:
    return derive_secret(f"{token}|{code}".encode(), "expert link", 32)


def key_of(asked: ExpertRequest, opened: OpenInquiry) -> bytes:
    """The key that seals an excerpt and its answer."""
    return unseal_bytes(bytes(asked.wrapped_key), key=opened.key, place=_place("expert key", asked))


def _contact(opened: OpenInquiry, asked: ExpertRequest) -> dict[str, str]:
    found: dict[str, str] = json.loads(unseal(bytes(asked.sealed_contact), key=opened.key, place=_place("expert contact", asked)))
    return found


def _place(column: str, asked: ExpertRequest) -> Place:
    return Place(column, asked.inquiry_id, asked.pk)


def _visit_place(asked: ExpertRequest) -> Place:
    return Place("expert visit", uuid.UUID(int=0), asked.pk)


def _visit_key() -> bytes:
    return derive_secret(b"", "expert visit", 32)


def _locked_for(asked: ExpertRequest, by: User) -> tuple[ExpertRequest, OpenInquiry]:
    opened = casework.opened_for_work(asked.inquiry, by)
    found = ExpertRequest.objects.get(pk=asked.pk)
    found.inquiry = opened.inquiry
    return found, opened
