"""The officials' verbs."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inquiries.models import Inquiry, Message
from inquiries.permissions import may_read, may_route, may_work
from inquiries.querysets import reading_agencies
from inquiries.services import casebook, readers
from inquiries.services.asking import OpenInquiry
from inquiries.services.named import tell_news
from organisations.models import Kind, Organisation, User


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
    inquiry = _locked_for(inquiry, by)
    inquiry.officer = by
    casebook.move(inquiry, "take", by=by, today=today)
    return inquiry


@transaction.atomic
def route(inquiry: Inquiry, *, agency: Organisation, by: User, today: date) -> Inquiry:
    """Hand the case to an agency, which takes the place of the one before on the reader list; the clock runs on."""
    inquiry = _locked_for(inquiry, by)
    if not may_route(by, inquiry) or agency.kind != Kind.AGENCY:
        raise UnableToWork
    opened = open_for_official(inquiry, by=by)
    if inquiry.agency and inquiry.agency != agency:
        readers.dismiss(inquiry, agency=inquiry.agency)
    if not agency.is_focal_point:
        readers.admit(inquiry, agency=agency, key=opened.key)
    inquiry.agency, inquiry.officer = agency, None
    casebook.move(inquiry, "route", by=by, today=today)
    return inquiry


@transaction.atomic
def answer(inquiry: Inquiry, *, text: str, by: User, today: date) -> Message:
    """Send the answer."""
    return _write(inquiry, "answer", text=text, by=by, today=today)


@transaction.atomic
def ask_back(inquiry: Inquiry, *, text: str, by: User, today: date) -> Message:
    """Ask the asker something; the clock stands still until they write."""
    return _write(inquiry, "ask-back", text=text, by=by, today=today)


@transaction.atomic
def close(inquiry: Inquiry, *, by: User, today: date) -> Inquiry:
    inquiry = _locked_for(inquiry, by)
    casebook.move(inquiry, "close", by=by, today=today)
    return inquiry


def set_title(inquiry: Inquiry, *, title: str, by: User) -> Inquiry:
    """Give the case the desk's own title; the asker's words stay sealed and are never copied into it by the portal."""
    if not may_work(by, inquiry):
        raise UnableToWork
    inquiry.title = title
    inquiry.save(update_fields=["title"])
    return inquiry


def _write(inquiry: Inquiry, move: str, *, text: str, by: User, today: date) -> Message:
    inquiry = _locked_for(inquiry, by)
    opened = open_for_official(inquiry, by=by)
    casebook.move(inquiry, move, by=by, today=today)
    tell_news(inquiry, today=today)
    return casebook.add_message(inquiry, text, key=opened.key, by=by, today=today)


def _locked_for(inquiry: Inquiry, by: User) -> Inquiry:
    inquiry = casebook.locked(inquiry)
    if not may_work(by, inquiry):
        raise UnableToWork
    return inquiry
