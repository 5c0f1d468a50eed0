"""What a person decides about copies of which nobody knows whether they arrived."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mailroom.models import Choice, Envelope, Settlement, State


class UnableToSettle(Exception):
    """The message says why."""


@transaction.atomic
def send_again(envelope: Envelope, *, by: str, now: datetime) -> Envelope:
    """Send the copy once more, with the same Message-ID; raises UnableToSettle. `by` is the name of who decided."""
    envelope = _locked(envelope)
    envelope.next_attempt_at = now
    envelope.save(update_fields=["next_attempt_at"])
    return _noted(envelope, Choice.SEND_AGAIN, by=by, now=now)


@transaction.atomic
def take_as_arrived(envelope: Envelope, *, by: str, now: datetime) -> Envelope:
    """Count the copy as sent, because somebody found out that it arrived; raises UnableToSettle."""
    envelope = _locked(envelope)
    envelope.state, envelope.sent_at, envelope.is_held = State.SENT, now, False
    envelope.save(update_fields=["state", "sent_at", "is_held"])
    return _noted(envelope, Choice.ARRIVED, by=by, now=now)


def _locked(envelope: Envelope) -> Envelope:
    found = Envelope.objects.parked().select_for_update().filter(pk=envelope.pk).first()
    if found is None:
        raise UnableToSettle(_("This copy is not in doubt any more: somebody has decided, or the mail was stopped."))
    return found


def _noted(envelope: Envelope, choice: Choice, *, by: str, now: datetime) -> Envelope:
    Settlement.objects.create(envelope=envelope, choice=choice, by=by, at=now)
    return envelope
