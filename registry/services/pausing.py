"""Suspending, resuming and ending an agreement in force. The firm needs no reason, the focal point owes one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from organisations.models import User
from registry import lifecycle
from registry.models import AgreementVersion, Entry, Side
from registry.permissions import may_countersign, may_sign
from registry.services import notices, projection
from registry.services.moves import UnableToAgree, UnableToMove, end, held, move, record, said


class NothingStands(Exception):
    """No version is in force or suspended."""


def standing(entry: Entry) -> AgreementVersion:
    """The version that was countersigned last and is not over; raises NothingStands."""
    version = AgreementVersion.objects.filter(agreement__entry=entry).standing().with_firm().first()
    if version is None:
        raise NothingStands
    return version


@transaction.atomic
def suspend(*, version: AgreementVersion, side: Side, by: User, now: datetime, reason: str = "") -> AgreementVersion:
    """Stop showing the entry, at once, until the same side resumes. Raises UnableToAgree, UnableToMove or ReasonMissing."""
    version = held(version)
    _refuse(version, side, by)
    reason = said(reason) if side == Side.FOCAL_POINT else reason.strip()
    move(version, "suspend")
    projection.hide(entry=version.agreement.entry)
    version.is_active, version.suspended_by = False, side
    version.save(update_fields=["state", "is_active", "suspended_by"])
    record(version, "suspend", by=by, now=now, side=side, reason=reason)
    if side == Side.FOCAL_POINT:
        notices.tell_firm("suspended", version, now=now)
    return version


@transaction.atomic
def resume(*, version: AgreementVersion, side: Side, by: User, now: datetime) -> AgreementVersion:
    """Show the entry again as before. Only the side that suspended it may. Raises UnableToAgree or UnableToMove."""
    version = held(version)
    _refuse(version, side, by)
    if version.is_suspended and version.suspended_by != side:
        raise UnableToAgree
    move(version, "resume")
    version.is_active, version.suspended_by = True, ""
    version.save(update_fields=["state", "is_active", "suspended_by"])
    record(version, "resume", by=by, now=now, side=side)
    projection.project(entry=version.agreement.entry)
    if side == Side.FOCAL_POINT:
        notices.tell_firm("resumed", version, now=now)
    return version


@transaction.atomic
def terminate(*, version: AgreementVersion, reason: str, by: User, now: datetime) -> AgreementVersion:
    """End an agreement for the focal point; the firm ends its own by `agreements.withdraw`.

    Raises UnableToAgree, UnableToMove or ReasonMissing.
    """
    version = held(version)
    _refuse(version, Side.FOCAL_POINT, by)
    reason = said(reason)
    if version.state not in lifecycle.STANDING_STATES:
        raise UnableToMove(version, "terminate")
    projection.hide(entry=version.agreement.entry)
    end(version, "terminate", by=by, now=now, side=Side.FOCAL_POINT, reason=reason)
    notices.tell_firm("ended", version, now=now)
    return version


def _refuse(version: AgreementVersion, side: Side, by: User) -> None:
    may = may_sign(by, version.agreement.entry.organisation) if side == Side.FIRM else may_countersign(by, version)
    if not may:
        raise UnableToAgree
