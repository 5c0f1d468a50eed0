"""Talks about terms: a firm lets the focal point read its proposal, either side proposes other terms, or says no."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from organisations.models import User
from registry import disclosure, lifecycle
from registry.disclosure import Terms
from registry.models import AgreementVersion, Side
from registry.permissions import may_countersign, may_propose, may_sign
from registry.services import notices
from registry.services.agreements import propose
from registry.services.moves import UnableToAgree, UnableToMove, end, held, record, said


class NothingDiffers(Exception):
    """The counter-offer is what the other side proposed: there is nothing to answer, only to sign."""


@transaction.atomic
def send(*, version: AgreementVersion, by: User, now: datetime) -> AgreementVersion:
    """Let the focal point read the firm's proposal before anybody signs; doing it twice is doing it once.

    Raises UnableToAgree or UnableToMove.
    """
    version = held(version)
    if not may_propose(by, version.agreement.entry.organisation):
        raise UnableToAgree
    if version.state != lifecycle.OFFERED or version.is_counter_offer:
        raise UnableToMove(version, "send")
    if not version.is_sent:
        version.sent_at = now
        version.save(update_fields=["sent_at"])
        record(version, "send", by=by, now=now, side=Side.FIRM)
    return version


@transaction.atomic
def counter(
    *, version: AgreementVersion, terms: Terms, valid_from: date, valid_until: date, reason: str, by: User, now: datetime
) -> AgreementVersion:
    """Propose other terms for the focal point in answer to the firm's proposal, which gives place to them; tell the firm why.

    Raises UnableToAgree, UnableToMove, ReasonMissing, NothingDiffers, `agreements.UnableToOffer`, or `disclosure.UnableToRead`.
    """
    version = held(version)
    if not may_countersign(by, version):
        raise UnableToAgree
    if not version.is_pending or version.is_counter_offer:
        raise UnableToMove(version, "counter")
    reason = said(reason)
    lines = disclosure.named_in(terms, version.terms)
    wanted, theirs = (disclosure.compile(text, also=lines) for text in (disclosure.write(disclosure.read(terms)), version.terms))
    if (wanted, valid_from, valid_until) == (theirs, version.valid_from, version.valid_until):
        raise NothingDiffers
    made = propose(
        version.agreement.entry,
        terms=terms,
        valid_from=valid_from,
        valid_until=valid_until,
        side=Side.FOCAL_POINT,
        by=by,
        now=now,
        answers=version,
        reason=reason,
    )
    notices.tell_firm("counter", made, now=now)
    return made


@transaction.atomic
def decline(*, version: AgreementVersion, reason: str, by: User, now: datetime) -> AgreementVersion:
    """Say no to the other side's proposal; what is in force stays. Raises UnableToAgree, UnableToMove or ReasonMissing."""
    version = held(version)
    if version.is_counter_offer:
        side, may = Side.FIRM, may_sign(by, version.agreement.entry.organisation)
    else:
        side, may = Side.FOCAL_POINT, may_countersign(by, version)
    if not may:
        raise UnableToAgree
    reason = said(reason)
    end(version, "decline", by=by, now=now, side=side, reason=reason)
    if side == Side.FOCAL_POINT:
        notices.tell_firm("declined", version, now=now)
    return version
