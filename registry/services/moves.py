"""What every verb on an agreement is made of: the entry's row is held, the state moves by the table, the history gets a row."""

from __future__ import annotations

from datetime import datetime

from organisations.models import User
from registry import lifecycle
from registry.models import AgreementEvent, AgreementVersion, Entry, Side

LONGEST_REASON = 1000


class UnableToAgree(Exception):
    """The person may not do this for this firm, or on the other side."""


class UnableToMove(Exception):
    """The version is not in a state from which this move is allowed; somebody else may have been quicker."""

    def __init__(self, version: AgreementVersion, move: str) -> None:
        super().__init__(f"{move} is not allowed while the agreement is {version.state}")
        self.version = version


class ReasonMissing(Exception):
    """The other side is owed a reason."""


def hold(entry: Entry) -> None:
    """Hold the entry's row until the transaction ends, so that the verbs on one agreement come one by one."""
    Entry.objects.select_for_update().values_list("pk").get(pk=entry.pk)


def held(version: AgreementVersion) -> AgreementVersion:
    """Fetch the version anew while its entry is held."""
    hold(version.agreement.entry)
    return AgreementVersion.objects.with_firm().get(pk=version.pk)


def move(version: AgreementVersion, verb: str) -> None:
    """Set the state after the verb, unsaved; raises UnableToMove."""
    state = lifecycle.after(version.state, verb)
    if state is None:
        raise UnableToMove(version, verb)
    version.state = state


def end(
    version: AgreementVersion, verb: str, *, by: User | None, now: datetime, side: Side | None = None, reason: str = ""
) -> None:
    """End the version by `verb`. Its projected rows must be gone already: the database refuses otherwise."""
    move(version, verb)
    version.ended_at, version.is_active, version.suspended_by = now, False, ""
    version.save(update_fields=["state", "ended_at", "is_active", "suspended_by"])
    record(version, verb, by=by, now=now, side=side, reason=reason)


def record(
    version: AgreementVersion, verb: str, *, by: User | None, now: datetime, side: Side | None = None, reason: str = ""
) -> None:
    AgreementEvent.objects.create(version=version, move=verb, by=by, at=now, side=side or "", reason=reason)


def said(reason: str) -> str:
    """The reason without white space round it; raises ReasonMissing for an empty one."""
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()[:LONGEST_REASON]
