"""Taking a file out of the conversation for everybody: hidden until a supervisor shows it again, or for good."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inquiries.models import Attachment, Inquiry
from inquiries.permissions import may_take_out
from inquiries.services import attachments, casebook, thread
from inquiries.services.casework import UnableToWork, locked_for, open_for_official
from organisations.models import User


class UnableToWithhold(Exception):
    """The file can't be hidden, shown or taken out as asked; the message says why and what to do."""


@transaction.atomic
def withhold(inquiry: Inquiry, *, file: UUID, reason: str, by: User, today: date) -> Attachment:
    """Hide a file of the conversation; its `reason` stays in the history. Raises UnableToWithhold, UnableToWork or UnableToOpen."""
    inquiry = locked_for(inquiry, by)
    found = inquiry.attachments.shown().exclude(message=None).filter(pk=file).first()
    if found is None:
        raise UnableToWithhold(_("This file is not in the conversation any more. Look at it anew."))
    if thread.clearing(open_for_official(inquiry, by=by))(reason) != reason:
        raise UnableToWithhold(_("The reason repeats hidden words. Give it without them: it is kept in the history."))
    found.withheld_by, found.withheld_on, found.withheld_reason = by, today, reason
    found.save(update_fields=["withheld_by", "withheld_on", "withheld_reason"])
    casebook.record(inquiry, "mask-file", by=by, today=today, detail=reason)
    return found


@transaction.atomic
def show_again(inquiry: Inquiry, *, file: UUID, by: User, today: date) -> Attachment:
    """Bring a hidden file back; raises UnableToWithhold or UnableToWork."""
    inquiry, found = _withheld(inquiry, file, by)
    casebook.record(inquiry, "unmask-file", by=by, today=today, detail=found.withheld_reason)
    found.withheld_by, found.withheld_on, found.withheld_reason = None, None, ""
    found.save(update_fields=["withheld_by", "withheld_on", "withheld_reason"])
    return found


@transaction.atomic
def take_out(inquiry: Inquiry, *, file: UUID, by: User, today: date) -> None:
    """Erase a hidden file for good; raises UnableToWithhold, UnableToWork or UnableToOpen."""
    inquiry, found = _withheld(inquiry, file, by)
    attachments.empty(found, open_for_official(inquiry, by=by).key)
    casebook.record(inquiry, "redact-file", by=by, today=today, detail=found.withheld_reason)


def _withheld(inquiry: Inquiry, file: UUID, by: User) -> tuple[Inquiry, Attachment]:
    inquiry = locked_for(inquiry, by)
    if not may_take_out(by, inquiry):
        raise UnableToWithhold(_("Only a supervisor shows hidden files again or takes them out for good."))
    found = inquiry.attachments.withheld().filter(pk=file, is_gone=False).first()
    if found is None:
        raise UnableToWithhold(_("This file is not hidden any more, or it is gone for good. Look at it anew."))
    return inquiry, found


__all__ = ["UnableToWithhold", "UnableToWork", "show_again", "take_out", "withhold"]
