"""Offer, signature, countersignature and end of an agreement. Every verb holds the entry's row, so that they come one by one."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from organisations.models import User
from registry import disclosure, lifecycle
from registry.disclosure import Cell, Field, Terms
from registry.models import Agreement, AgreementEvent, AgreementVersion, Entry
from registry.permissions import may_countersign, may_propose, may_sign
from registry.services import projection


class UnableToAgree(Exception):
    """The person may not do this for this firm, or on the other side."""


class UnableToMove(Exception):
    """The version is not in a state from which this move is allowed; somebody else may have been quicker."""

    def __init__(self, version: AgreementVersion, move: str) -> None:
        super().__init__(f"{move} is not allowed while the agreement is {version.state}")
        self.version = version


class UnableToOffer(Exception):
    """The terms allow nothing, or contradict themselves in the cells named."""

    def __init__(self, contradictions: list[tuple[Cell, frozenset[Field]]]) -> None:
        super().__init__("the terms are empty or contradictory")
        self.contradictions = contradictions


class UnableToSign(Exception):
    """The text that was shown is not the text that is stored."""


class NothingToWithdraw(Exception):
    """No version of the agreement is open any more."""


@transaction.atomic
def offer(*, entry: Entry, terms: Terms, valid_from: date, valid_until: date, by: User, now: datetime) -> AgreementVersion:
    """Propose terms as a new version; one that was only on its way gives place to it, one in force stays until countersignature.

    Proposing the same again returns the version it made. Raises UnableToAgree, UnableToOffer, or `disclosure.UnableToRead` for
    terms that can't be granted.
    """
    if not may_propose(by, entry.organisation):
        raise UnableToAgree
    terms = disclosure.write(disclosure.read(terms))
    if (wrong := disclosure.contradictions(terms)) or not disclosure.compile(terms):
        raise UnableToOffer(wrong)
    _hold(entry)
    agreement, _ = Agreement.objects.get_or_create(entry=entry, defaults={"created_at": now})
    pending = agreement.versions.pending().select_for_update(of=("self",)).first()
    if pending and (pending.terms, pending.valid_from, pending.valid_until) == (terms, valid_from, valid_until):
        return pending
    if pending:
        _end(pending, "amend", by=by, now=now)
    last = agreement.versions.aggregate(last=Max("number"))["last"] or 0
    version = AgreementVersion(
        agreement=agreement,
        number=last + 1,
        terms=terms,
        valid_from=valid_from,
        valid_until=valid_until,
        offered_by=by,
        offered_at=now,
    )
    version.sha256 = disclosure.digest(version.document)
    version.save(force_insert=True)
    _record(version, "offer", by=by, now=now)
    return version


@transaction.atomic
def sign(*, version: AgreementVersion, sha256: str, by: User, now: datetime) -> AgreementVersion:
    """Sign for the firm the text whose digest is `sha256`. Raises UnableToAgree, UnableToMove or UnableToSign."""
    version = _held(version)
    if not may_sign(by, version.agreement.entry.organisation):
        raise UnableToAgree
    _move(version, "sign")
    _compare(version, sha256)
    version.signed_by, version.signed_at = by, now
    version.save(update_fields=["state", "signed_by", "signed_at"])
    _record(version, "sign", by=by, now=now)
    return version


@transaction.atomic
def countersign(*, version: AgreementVersion, sha256: str, by: User, now: datetime) -> AgreementVersion:
    """Sign for the focal point: the version becomes active, the one before it ends, and the audiences see what it allows.

    Raises UnableToAgree, UnableToMove (another official was quicker) or UnableToSign.
    """
    version = _held(version)
    if not may_countersign(by, version):
        raise UnableToAgree
    _move(version, "countersign")
    _compare(version, sha256)
    entry = version.agreement.entry
    projection.hide(entry=entry)
    for earlier in version.agreement.versions.filter(state__in=(lifecycle.ACTIVE, lifecycle.SUSPENDED)):
        _end(earlier, "amend", by=by, now=now)
    version.countersigned_by, version.countersigned_at, version.is_active = by, now, True
    version.save(update_fields=["state", "countersigned_by", "countersigned_at", "is_active"])
    _record(version, "countersign", by=by, now=now)
    projection.project(entry=entry)
    return version


@transaction.atomic
def withdraw(*, entry: Entry, by: User, now: datetime) -> list[AgreementVersion]:
    """End every open version, at once: what was shown is gone when this returns. Raises UnableToAgree or NothingToWithdraw."""
    if not may_sign(by, entry.organisation):
        raise UnableToAgree
    _hold(entry)
    versions = list(AgreementVersion.objects.filter(agreement__entry=entry, state__in=lifecycle.OPEN_STATES))
    if not versions:
        raise NothingToWithdraw
    projection.hide(entry=entry)
    for version in versions:
        _end(version, "terminate", by=by, now=now)
    return versions


@transaction.atomic
def expire(*, today: date, now: datetime) -> int:
    """End the versions whose period is over and return how many; the gateway stops showing them on the day by itself."""
    over = list(AgreementVersion.objects.filter(state__in=lifecycle.OPEN_STATES, valid_until__lt=today).with_firm())
    for found in over:
        version = _held(found)
        if version.state in lifecycle.OPEN_STATES:
            if version.is_active:
                projection.hide(entry=version.agreement.entry)
            _end(version, "expire", by=None, now=now)
    return len(over)


def _hold(entry: Entry) -> None:
    """Hold the entry's row until the transaction ends."""
    Entry.objects.select_for_update().get(pk=entry.pk)


def _held(version: AgreementVersion) -> AgreementVersion:
    """Fetch the version anew while its entry is held."""
    _hold(version.agreement.entry)
    return AgreementVersion.objects.with_firm().get(pk=version.pk)


def _move(version: AgreementVersion, move: str) -> None:
    state = lifecycle.after(version.state, move)
    if state is None:
        raise UnableToMove(version, move)
    version.state = state


def _compare(version: AgreementVersion, sha256: str) -> None:
    if sha256 != version.sha256 or not version.is_intact:
        raise UnableToSign


def _end(version: AgreementVersion, move: str, *, by: User | None, now: datetime) -> None:
    _move(version, move)
    version.ended_at, version.is_active = now, False
    version.save(update_fields=["state", "ended_at", "is_active"])
    _record(version, move, by=by, now=now)


def _record(version: AgreementVersion, move: str, *, by: User | None, now: datetime) -> None:
    AgreementEvent.objects.create(version=version, move=move, by=by, at=now)
