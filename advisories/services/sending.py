"""What a person does with mail under way: stop it for a while or for good, and decide about copies in doubt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.models import Advisory, Event, Move
from advisories.services.editing import UnableTo, locked
from mailroom import figures as mail_figures
from mailroom import services as mailroom
from mailroom.models import Envelope
from mailroom.services import doubts
from organisations.models import User

Decide = Callable[..., Envelope]


class UnableToSteer(UnableTo):
    pass


@transaction.atomic
def pause(advisory: Advisory, *, by: User, now: datetime) -> Advisory:
    """Let no more of its mail leave until somebody resumes; what tells of its withdrawal goes on. Raises UnableToSteer."""
    advisory = _steered(advisory, by=by)
    if not mail_figures.may_leave(advisory.source) or not mailroom.pause(source=advisory.source):
        raise UnableToSteer(_("There is no mail under way that could be paused."))
    return _noted(advisory, Move.PAUSED, by=by, now=now)


@transaction.atomic
def resume(advisory: Advisory, *, by: User, now: datetime) -> Advisory:
    """Let its paused mail go on; raises UnableToSteer."""
    advisory = _steered(advisory, by=by)
    if not mailroom.resume(source=advisory.source):
        raise UnableToSteer(_("Its mail is not paused."))
    return _noted(advisory, Move.RESUMED, by=by, now=now)


@transaction.atomic
def stop(advisory: Advisory, *, by: User, now: datetime) -> Advisory:
    """Stop for good what has not left; the advisory stays published. Raises UnableToSteer."""
    advisory = _steered(advisory, by=by)
    stopped = mailroom.cancel(source=advisory.source)
    if not stopped:
        raise UnableToSteer(_("There is no mail left that could be stopped."))
    return _noted(advisory, Move.STOPPED, by=by, now=now, note=str(stopped))


@transaction.atomic
def send_again(advisory: Advisory, *, copy: UUID, by: User, now: datetime) -> Advisory:
    """Send once more a copy that may have arrived; raises UnableToSteer."""
    return _settle(advisory, doubts.send_again, copy=copy, by=by, now=now)


@transaction.atomic
def take_as_arrived(advisory: Advisory, *, copy: UUID, by: User, now: datetime) -> Advisory:
    """Count as sent a copy that somebody knows to have arrived; raises UnableToSteer."""
    return _settle(advisory, doubts.take_as_arrived, copy=copy, by=by, now=now)


def _settle(advisory: Advisory, decide: Decide, *, copy: UUID, by: User, now: datetime) -> Advisory:
    advisory = _steered(advisory, by=by)
    envelope = Envelope.objects.filter(letter__source__in=advisory.sources, pk=copy).first()
    if envelope is None:
        raise UnableToSteer(_("That copy is none of this advisory."))
    try:
        decide(envelope, by=str(by), now=now)
    except doubts.UnableToSettle as error:
        raise UnableToSteer(str(error)) from error
    return advisory


def _steered(advisory: Advisory, *, by: User) -> Advisory:
    advisory = locked(advisory)
    if not permissions.may_steer(by, advisory):
        raise UnableToSteer(_("Only an editor or approver of the agency can decide about its mail, once it is out."))
    return advisory


def _noted(advisory: Advisory, move: Move, *, by: User, now: datetime, note: str = "") -> Advisory:
    Event.objects.create(advisory=advisory, move=move, revision=advisory.revision, by=by, at=now, note=note)
    return advisory
