"""Who gets nothing of a list any more: because they said so, or because their mail comes back.

Asked for when an envelope is claimed, so that it holds at once.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mailroom.models import Envelope, Reason, Suppression


class UnableToLift(Exception):
    """The message says why."""


@transaction.atomic
def stop(*, token: str, now: datetime) -> str:
    """Stop the list for the address to which the copy with this token went, and return the address.

    Doing it twice does nothing more. A token that nobody has, or one of a letter of no list, stops nothing: "" comes back. So does
    one of a private letter, whose writer keeps the list (`services.private`).
    """
    envelope = Envelope.objects.select_related("letter").filter(token=token).first()
    if envelope is None or not envelope.letter.list_id or envelope.letter.is_private:
        return ""
    suppress(address=envelope.address, list_id=envelope.letter.list_id, reason=Reason.UNSUBSCRIBED, now=now)
    return envelope.address


def suppress(*, address: str, list_id: str, reason: Reason, now: datetime, status: str = "") -> None:
    """Keep a list from an address, or all lists where `list_id` is empty; one that is kept from it already stays as it is.

    `status` is what the mail server said where mail came back (x.y.z, RFC 3463).
    """
    row = Suppression(address=address, list_id=list_id, reason=reason, status=status, at=now)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)


def lift(suppression: Suppression, *, because: str, by: str, now: datetime) -> None:
    """Let the list go to the address again, from the next letter on; raises UnableToLift. `by` is the name of who decided."""
    if not because.strip():
        raise UnableToLift(_("Say why the address gets mail again: who asked for it, and how."))
    Suppression.objects.in_force().filter(pk=suppression.pk).update(lifted_at=now, lifted_by=by, lifted_because=because.strip())


def take_up(*, address: str, list_id: str, by: str, now: datetime) -> None:
    """Let the list go to the address again because its own people enter it anew."""
    found = Suppression.objects.in_force().of(address, list_id)
    found.update(lifted_at=now, lifted_by=by, lifted_because=_("Entered anew."))
