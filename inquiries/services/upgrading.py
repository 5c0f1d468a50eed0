"""An asker says more about who they are. It goes one way: the office can't unlearn it."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inquiries import lifecycle
from inquiries.models import Inquiry
from inquiries.services import casebook, identities, modes
from inquiries.services.asking import OpenInquiry, UnableToReturn
from inquiries.services.identities import Confidential
from inquiries.services.named import Named
from keystore import services as keystore


class UnableToUpgrade(Exception):
    """The asker has said as much already, or more."""


def upgrade(*, opened: OpenInquiry, who: Confidential | Named, today: date) -> Inquiry:
    """Make an inquiry confidential or named, with the retention of its new mode. Sent twice in the same mode it does no more.

    Raises UnableToUpgrade, UnableToName and UnableToReachKeys.
    """
    share = keystore.deposit(opened.inquiry.pk, today=today)  # a case from before there were shares gets its own
    if not share:
        raise UnableToReturn  # erased meanwhile
    with transaction.atomic():
        inquiry = casebook.locked(opened.inquiry)
        before, after = inquiry.mode, modes.mode_of(who)
        if after == before:
            return inquiry
        if after not in lifecycle.UPGRADES[before]:
            raise UnableToUpgrade
        if before == lifecycle.CONFIDENTIAL:
            identities.forget(inquiry, today=today)
        modes.keep(inquiry, who, key=opened.key, share=share)
        inquiry.mode = after
        inquiry.save(update_fields=["mode"])
        casebook.move(inquiry, "asker-upgrades", by=None, today=today)
    return inquiry
