"""Offer, signature, countersignature and end of an agreement. Every verb holds the entry's row, so that they come one by one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from organisations.models import Organisation, Role, User
from organisations.permissions import SecondFactor
from registry import disclosure, lifecycle, signing
from registry.disclosure import Cell, Field, Rule, Terms
from registry.models import Agreement, AgreementVersion, Entry, Side, association_names
from registry.permissions import COUNTERSIGNING_ROLES, may_countersign, may_propose, may_sign
from registry.services import notices, projection
from registry.services.moves import UnableToAgree, UnableToMove, end, held, hold, move, record

__all__ = ["UnableToAgree", "UnableToMove"]
# A sign-in longer ago is no signature: the person confirms the second factor anew.
LONGEST_SIGNED_IN = timedelta(hours=12)


class UnableToOffer(Exception):
    """The terms allow nothing, contradict themselves in the cells named, or permit what they prohibit."""

    def __init__(self, contradictions: list[tuple[Cell, frozenset[Field]]], overruled: list[Rule]) -> None:
        super().__init__("the terms are empty or contradictory")
        self.contradictions = contradictions
        self.overruled = overruled


class UnableToSign(Exception):
    """The text that was shown is not the text that is stored."""


class NotConfirmed(Exception):
    """The person who signs has not confirmed a second factor, or too long ago."""


class NothingToWithdraw(Exception):
    """No version of the agreement is open any more."""


@transaction.atomic
def offer(
    *,
    entry: Entry,
    terms: Terms,
    valid_from: date,
    valid_until: date,
    by: User,
    now: datetime,
    answers: AgreementVersion | None = None,
) -> AgreementVersion:
    """Propose terms as a new version; one that was only on its way gives place to it, one in force stays until countersignature.

    Proposing the same again returns the version it made. Raises UnableToAgree, UnableToOffer, or `disclosure.UnableToRead` for
    terms that can't be granted.
    """
    if not may_propose(by, entry.organisation):
        raise UnableToAgree
    return propose(
        entry, terms=terms, valid_from=valid_from, valid_until=valid_until, side=Side.FIRM, by=by, now=now, answers=answers
    )


def propose(
    entry: Entry,
    *,
    terms: Terms,
    valid_from: date,
    valid_until: date,
    side: Side,
    by: User,
    now: datetime,
    answers: AgreementVersion | None = None,
    reason: str = "",
) -> AgreementVersion:
    """Write a proposal of one side, inside the caller's transaction.

    Raises UnableToAgree for an entry that was merged away, UnableToOffer or `disclosure.UnableToRead`.
    """
    terms = disclosure.write(disclosure.read(terms))
    if len(association_names(terms)) < len(disclosure.named_in(terms)):
        raise disclosure.UnableToRead("an organisation is named that is no association")
    wrong, overruled = disclosure.contradictions(terms), disclosure.overruled(terms)
    if wrong or overruled or not disclosure.compile(terms):
        raise UnableToOffer(wrong, overruled)
    hold(entry)
    if Entry.objects.filter(pk=entry.pk, merged_into__isnull=False).exists():
        raise UnableToAgree
    agreement, _ = Agreement.objects.get_or_create(entry=entry, defaults={"created_at": now})
    pending = agreement.versions.pending().select_for_update(of=("self",)).first()
    if pending and (pending.side, pending.terms, pending.valid_from, pending.valid_until) == (side, terms, valid_from, valid_until):
        return pending
    if pending:
        end(pending, "amend", by=by, now=now, side=side)
    last = agreement.versions.aggregate(last=Max("number"))["last"] or 0
    version = AgreementVersion(
        agreement=agreement,
        number=last + 1,
        terms=terms,
        valid_from=valid_from,
        valid_until=valid_until,
        side=side,
        answers=answers,
        offered_by=by,
        offered_at=now,
    )
    version.sha256 = disclosure.digest(version.document)
    version.save(force_insert=True)
    record(version, "counter" if side == Side.FOCAL_POINT else "offer", by=by, now=now, side=side, reason=reason)
    return version


@transaction.atomic
def sign(
    *, version: AgreementVersion, sha256: str, by: User, second_factor: SecondFactor | None, now: datetime
) -> AgreementVersion:
    """Sign for the firm the text whose digest is `sha256`. Raises UnableToAgree, NotConfirmed, UnableToMove or UnableToSign."""
    version = held(version)
    firm = version.agreement.entry.organisation
    if not may_sign(by, firm):
        raise UnableToAgree
    signer = _signer(by, firm, Role.SIGNATORY, second_factor, now=now)
    move(version, "sign")
    _compare(version, sha256)
    standing = version.agreement.versions.standing().first()
    version.signature = signing.signature(
        version.document, by=signer, at=now, supersedes=standing.sha256 if standing else "", sealer=_sealer()
    )
    version.signed_by, version.signed_at = by, now
    version.save(update_fields=["state", "signed_by", "signed_at", "signature"])
    record(version, "sign", by=by, now=now, side=Side.FIRM)
    return version


@transaction.atomic
def countersign(
    *, version: AgreementVersion, sha256: str, by: User, second_factor: SecondFactor | None, now: datetime
) -> AgreementVersion:
    """Sign for the focal point: the version becomes active, the one before it ends, and the audiences see what it allows.

    Raises UnableToAgree, NotConfirmed, UnableToMove (another official was quicker) or UnableToSign.
    """
    version = held(version)
    if not may_countersign(by, version):
        raise UnableToAgree
    office = next(found.organisation for found in by.memberships_held if found.organisation.is_focal_point)
    role = next(found.role for found in by.memberships_held if found.organisation == office and found.role in COUNTERSIGNING_ROLES)
    signer = _signer(by, office, role, second_factor, now=now)
    move(version, "countersign")
    _compare(version, sha256)
    entry = version.agreement.entry
    projection.hide(entry=entry)
    for earlier in version.agreement.versions.standing():
        end(earlier, "amend", by=by, now=now, side=Side.FOCAL_POINT)
    version.receipt = signing.receipt(
        version.document,
        version_id=str(version.pk),
        signed=version.signature or {},
        associations=association_names(version.terms),
        by=signer,
        at=now,
        sealer=_sealer(),
    )
    version.countersigned_by, version.countersigned_at, version.is_active = by, now, True
    version.save(update_fields=["state", "countersigned_by", "countersigned_at", "is_active", "receipt"])
    record(version, "countersign", by=by, now=now, side=Side.FOCAL_POINT)
    projection.project(entry=entry)
    notices.tell_firm("countersigned", version, now=now)
    return version


@transaction.atomic
def withdraw(*, entry: Entry, by: User, now: datetime) -> list[AgreementVersion]:
    """End every open version, at once: what was shown is gone when this returns. Raises UnableToAgree or NothingToWithdraw."""
    if not may_sign(by, entry.organisation):
        raise UnableToAgree
    hold(entry)
    open_ones = AgreementVersion.objects.filter(agreement__entry=entry, state__in=lifecycle.OPEN_STATES)
    versions = list(open_ones.only("agreement", "state"))  # without the text, which is long
    if not versions:
        raise NothingToWithdraw
    projection.hide(entry=entry)
    for version in versions:
        end(version, "terminate", by=by, now=now, side=Side.FIRM)
    return versions


@transaction.atomic
def expire(*, today: date, now: datetime) -> int:
    """End the versions whose period is over and return how many; the gateway stops showing them on the day by itself."""
    over = list(AgreementVersion.objects.filter(state__in=lifecycle.OPEN_STATES, valid_until__lt=today).with_firm())
    for found in over:
        version = held(found)
        if version.state in lifecycle.OPEN_STATES:
            if version.is_active:
                projection.hide(entry=version.agreement.entry)
            end(version, "expire", by=None, now=now)
    return len(over)


def _compare(version: AgreementVersion, sha256: str) -> None:
    if sha256 != version.sha256 or not version.is_intact:
        raise UnableToSign


def _signer(by: User, party: Organisation, role: str, confirmed: SecondFactor | None, *, now: datetime) -> signing.Signer:
    if confirmed is None or now - confirmed.at > LONGEST_SIGNED_IN:
        raise NotConfirmed
    return signing.Signer(
        person=by.name,
        email=by.email,
        role=role,
        party=party.name,
        party_id=str(party.pk),
        registration_number=party.registration_number,
        method=confirmed.method,
        signed_in_at=confirmed.at,
    )


def _sealer() -> signing.Sealer:
    return signing.Sealer(*next(iter(settings.SIGNING_KEYS.items())))
