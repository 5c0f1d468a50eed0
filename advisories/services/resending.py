"""Sending again what a mail server refused, on a person's word."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advisories import permissions
from advisories.models import Advisory, Event, Move
from advisories.services.editing import UnableTo, locked
from mailroom.services import retrying
from organisations.models import User


class UnableToRetry(UnableTo):
    pass


@transaction.atomic
def retry(advisory: Advisory, *, by: User, now: datetime, envelope: UUID | None = None) -> int:
    """Queue all failed copies again, or one of them, and write it into the history; return how many. Raises UnableToRetry.

    The history, which every official reads, says how many and not to whom.
    """
    advisory = locked(advisory)
    if not permissions.works_for(by, advisory):
        raise UnableToRetry(_("Only an editor or approver of the agency can send again."))
    if not advisory.is_current:
        raise UnableToRetry(_("It does not stand any more, so nothing of it is sent again."))
    number = retrying.retry(source=advisory.source, now=now, envelope=envelope)
    if not number:
        raise UnableToRetry(_("Nothing here has failed, or somebody has sent it again already."))
    note = ngettext("%(number)d copy", "%(number)d copies", number) % {"number": number}
    Event.objects.create(advisory=advisory, move=Move.RETRIED, revision=advisory.revision, by=by, at=now, note=note)
    return number
