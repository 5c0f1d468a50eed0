"""An asker says more about who they are, or corrects it. It goes one way: the office can't unlearn it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from inquiries import lifecycle
from inquiries.models import Inquiry
from inquiries.services import casebook, identities, modes
from inquiries.services.asking import OpenInquiry, UnableToReturn, derive_secret
from inquiries.services.identities import Confidential
from inquiries.services.named import Named
from keystore import services as keystore

UPGRADES = "asker-upgrades"
CORRECTS = "asker-corrects"


class UnableToUpgrade(Exception):
    """The asker has said as much already, or more."""


def upgrade(*, opened: OpenInquiry, who: Confidential | Named, form: bytes | None = None, today: date) -> Inquiry:
    """Make an inquiry confidential or named, with the retention of its new mode. Sending the same `form` again does no more.

    Raises UnableToUpgrade, UnableToName and UnableToReachKeys.
    """
    share = _share(opened, today=today)
    with transaction.atomic():
        inquiry = casebook.locked(opened.inquiry)
        if _is_done(inquiry, form, UPGRADES):
            return inquiry
        before, after = inquiry.mode, modes.mode_of(who)
        if after not in lifecycle.UPGRADES[before]:
            raise UnableToUpgrade
        if before == lifecycle.CONFIDENTIAL:
            identities.forget(inquiry, today=today)
        modes.keep(inquiry, who, key=opened.key, share=share)
        inquiry.mode = after
        inquiry.save(update_fields=["mode"])
        casebook.move(inquiry, UPGRADES, by=None, today=today, pk=_event_of(inquiry, form, UPGRADES))
    return inquiry


def correct(*, opened: OpenInquiry, who: Confidential, form: bytes | None = None, today: date) -> Inquiry:
    """Let a confidential asker say anew who they are, in place of what they said. Sending the same `form` again does no more.

    What gatekeepers have under way goes on: who is granted a reading reads the new words. Raises UnableToCorrect and
    UnableToReachKeys.
    """
    share = _share(opened, today=today)
    with transaction.atomic():
        inquiry = casebook.locked(opened.inquiry)
        if _is_done(inquiry, form, CORRECTS):
            return inquiry
        identities.replace(inquiry, who, key=opened.key, share=share)
        casebook.record(inquiry, CORRECTS, by=None, today=today, pk=_event_of(inquiry, form, CORRECTS))
    return inquiry


def _share(opened: OpenInquiry, *, today: date) -> bytes:
    """The share of a case; one from before there were any gets its own. Raises UnableToReturn if it has been erased meanwhile."""
    share = keystore.deposit(opened.inquiry.pk, today=today)
    if not share:
        raise UnableToReturn
    return share


def _event_of(inquiry: Inquiry, form: bytes | None, kind: str) -> UUID | None:
    """The key of the history row that a form leads to, so that the form sent again finds it."""
    return None if form is None else UUID(bytes=derive_secret(inquiry.pk.bytes + form, kind, 16))


def _is_done(inquiry: Inquiry, form: bytes | None, kind: str) -> bool:
    event = _event_of(inquiry, form, kind)
    return event is not None and inquiry.events.filter(pk=event).exists()
