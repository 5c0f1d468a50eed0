"""The identity of a confidential asker: sealing it, and the steps by which two gatekeepers open it.

The words are sealed with a random key of their own. That key is wrapped under the gatekeepers' key, which is derived from the
office's ring for this purpose alone, inside the layer of the case's share: neither the case key nor an agency's key leads to it.

That two people are needed is a rule of the portal and of its database, not of the cipher: the ring is one. Each step is in the
history, and the asker reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from inquiries import lifecycle
from inquiries.calendars import Calendar
from inquiries.models import Identity, Inquiry, Opening
from inquiries.permissions import may_ask_to_open, may_decide_opening, may_read_identity
from inquiries.sealing import CannotOpen, Place, derive, new_case_key, seal, unseal, unwrap, wrap
from inquiries.services import casebook, clock
from inquiries.services.readers import KeysUnreachable, UnableToOpen
from keystore import services as keystore
from organisations.models import User

BATCH = 500


class UnableToPass(Exception):
    """The gatekeeper may not take this step: it is another one's, it has been taken, or its time is over."""


@dataclass(frozen=True)
class Confidential:
    """Who a confidential asker says they are, in free words."""

    name: str
    contact: str
    organisation: str = ""


class UnableToCorrect(Exception):
    """There is no sealed identity to correct, or it has been corrected as often as it may be."""


@dataclass(frozen=True)
class Step:
    """An opening with its words in the clear; None where no key opens them.

    `last_day` is the last one for whoever is to move next: to decide, or to read; None once it is over.
    """

    opening: Opening
    reason: str | None
    refusal: str | None
    has_run_out: bool
    last_day: date | None
    is_of_earlier_words: bool


def keep(inquiry: Inquiry, who: Confidential, *, key: bytes, share: bytes) -> Identity:
    """Seal who asks. `key` is the case key, which opens the ledger and not the identity."""
    ledger_key = new_case_key()
    return Identity.objects.create(
        inquiry=inquiry,
        case_ledger_key=wrap(ledger_key, under=key, share=share, place=_place("ledger key", inquiry)),
        **_sealed(inquiry, who, ledger_key=ledger_key, share=share),
    )


def replace(inquiry: Inquiry, who: Confidential, *, key: bytes, share: bytes) -> None:
    """Overwrite, under a new seal, what the asker of a locked inquiry has said of themselves. Raises UnableToCorrect.

    The ledger's key is wrapped anew with it, so that gatekeepers read reasons even if the ring has lost the key it was under.
    """
    identity = Identity.objects.filter(pk=inquiry.pk).first()
    if identity is None or not identity.may_be_corrected:
        raise UnableToCorrect
    sealed = _sealed(inquiry, who, ledger_key=ledger_key_of(inquiry, key=key, share=share), share=share)
    for column, value in {**sealed, "version": identity.version + 1}.items():
        setattr(identity, column, value)
    identity.save(update_fields=[*sealed, "version"])


def _sealed(inquiry: Inquiry, who: Confidential, *, ledger_key: bytes, share: bytes) -> dict[str, Any]:
    """The columns of who asks, under a key of its own, which the ring's first key wraps together with the ledger's."""
    identity_key = new_case_key()
    ring_key, secret = next(iter(settings.OFFICE_KEYS.items()))
    gate = gatekeepers_key(secret)
    return {
        "sealed_words": seal(json.dumps(asdict(who)), key=identity_key, place=_place("identity", inquiry)),
        "ring_key": ring_key,
        "wrapped_key": wrap(identity_key, under=gate, share=share, place=_place("identity key", inquiry)),
        "wrapped_ledger_key": wrap(ledger_key, under=gate, share=share, place=_place("ledger key", inquiry)),
    }


def forget(inquiry: Inquiry, *, today: date) -> None:
    """Destroy the sealed words of an asker who now asks by name, and end what was under way; the ledger stays."""
    for opening in inquiry.openings.filter(state__in=lifecycle.OPENING_UNDER_WAY):
        _move(opening, "lapse", by=None, today=today)
    Identity.objects.filter(pk=inquiry.pk).update(sealed_words=None, wrapped_key=None)


@transaction.atomic
def ask(inquiry: Inquiry, *, reason: str, by: User, today: date) -> Opening:
    """Ask a second gatekeeper to agree that the identity is opened, for a reason that the asker reads. Raises UnableToPass."""
    inquiry = casebook.locked(inquiry)
    if not may_ask_to_open(by, inquiry, today=today):
        raise UnableToPass
    for over in inquiry.openings.filter(state=lifecycle.GRANTED):
        _move(over, "lapse", by=None, today=today)
    position = (inquiry.openings.aggregate(last=Max("position"))["last"] or 0) + 1
    opening = Opening(inquiry=inquiry, asked_by=by, asked_on=today, position=position, version=inquiry.identity.version)
    opening.sealed_reason = seal(reason, key=_ledger_key(inquiry), place=_place_of("reason", opening))
    opening.save(force_insert=True)
    casebook.record(inquiry, "identity-ask", by=by, today=today)
    return opening


@transaction.atomic
def grant(opening: Opening, *, by: User, today: date) -> Opening:
    """Agree, as the second gatekeeper. Raises UnableToPass."""
    opening = _to_decide(opening, by=by, today=today)
    return _move(opening, "grant", by=by, today=today, decided_by=by, decided_on=today)


@transaction.atomic
def refuse(opening: Opening, *, reason: str, by: User, today: date) -> Opening:
    """Refuse, as the second gatekeeper, for a reason that the asker reads. Raises UnableToPass."""
    opening = _to_decide(opening, by=by, today=today)
    sealed = seal(reason, key=_ledger_key(opening.inquiry), place=_place_of("refusal", opening))
    return _move(opening, "refuse", by=by, today=today, decided_by=by, decided_on=today, sealed_refusal=sealed)


@transaction.atomic
def read(opening: Opening, *, by: User, today: date) -> Confidential:
    """Return who asks, once, to the gatekeeper who was granted it. Raises UnableToPass or UnableToOpen, and then notes nothing."""
    opening = _locked(opening)
    if not may_read_identity(by, opening, today=today):
        raise UnableToPass
    who = _words(opening.inquiry)
    _move(opening, "read", by=by, today=today, read_on=today)
    return who


def lapse_over(*, today: date, limit: int = BATCH) -> int:
    """End what nobody has decided, or read, in its time: at most `limit`, each in a transaction of its own; return how many."""
    found = Opening.objects.over(today, undecided_since=oldest_undecided(today)).order_by("asked_on", "pk")
    return sum(_lapse(opening, today=today) for opening in list(found.select_related("inquiry")[:limit]))


@transaction.atomic
def _lapse(opening: Opening, *, today: date) -> bool:
    # Looked at anew under the lock: somebody may have decided, read or erased it meanwhile.
    inquiry = Inquiry.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=opening.inquiry_id).first()
    over = Opening.objects.over(today, undecided_since=oldest_undecided(today))
    still = inquiry and over.filter(pk=opening.pk).first()
    if not inquiry or not still:
        return False
    still.inquiry = inquiry
    _move(still, "lapse", by=None, today=today)
    return True


def oldest_undecided(today: date) -> date:
    """The earliest day on which an opening can have been asked for that may be decided today."""
    return clock.office_calendar().before(today, Opening.WAITS)


def ledger(inquiry: Inquiry, *, key: bytes, today: date) -> list[Step]:
    """All openings of an inquiry, the oldest first; `key` is the case key. For readers of the case by way of services/ledger.py."""
    openings = list(inquiry.openings.order_by("position"))
    if not openings:
        return []
    ledger_key = ledger_key_of(inquiry, key=key, share=keystore.share_of(inquiry.pk))
    calendar = clock.office_calendar()
    return [_step(opening, ledger_key, inquiry.identity, calendar, today=today) for opening in openings]


def ledger_key_of(inquiry: Inquiry, *, key: bytes, share: bytes | None) -> bytes:
    """Return the key of the reasons, which the case key opens; raises CannotOpen."""
    return unwrap(bytes(inquiry.identity.case_ledger_key), under=key, share=share, place=_place("ledger key", inquiry))


def steps(openings: Iterable[Opening], *, today: date) -> list[Step]:
    """Openings of several inquiries with their reasons, for gatekeepers; raises KeysUnreachable."""
    rows = list(openings)
    shares = _shares(rows)
    calendar = clock.office_calendar()
    keys = [_ledger_key_or_none(row.inquiry, shares.get(row.inquiry_id)) for row in rows]
    return [_step(row, key, row.inquiry.identity, calendar, today=today) for row, key in zip(rows, keys, strict=True)]


def wraps(identity: Identity, secret: bytes) -> list[tuple[str, bytes, Place]]:
    """The columns of wrapped keys that a key of the ring opens, each with the wrapping key and its place."""
    gate = gatekeepers_key(secret)
    found = [("wrapped_ledger_key", gate, _place("ledger key", identity.inquiry))]
    return found if identity.wrapped_key is None else [*found, ("wrapped_key", gate, _place("identity key", identity.inquiry))]


def gatekeepers_key(secret: bytes) -> bytes:
    return derive(b"", purpose="gatekeepers", server_key=secret)


def _words(inquiry: Inquiry) -> Confidential:
    identity = inquiry.identity
    try:
        share = keystore.share_of(inquiry.pk)
        key = unwrap(bytes(identity.wrapped_key or b""), under=_gate(identity), share=share, place=_place("identity key", inquiry))
        return Confidential(**json.loads(unseal(bytes(identity.sealed_words or b""), key=key, place=_place("identity", inquiry))))
    except keystore.UnableToReachKeys as error:
        raise KeysUnreachable from error
    except CannotOpen as error:
        raise UnableToOpen from error


def _ledger_key(inquiry: Inquiry) -> bytes:
    try:
        key = _ledger_key_or_none(inquiry, keystore.share_of(inquiry.pk))
    except keystore.UnableToReachKeys as error:
        raise KeysUnreachable from error
    if key is None:
        raise UnableToOpen
    return key


def _ledger_key_or_none(inquiry: Inquiry, share: bytes | None) -> bytes | None:
    identity = inquiry.identity
    try:
        return unwrap(bytes(identity.wrapped_ledger_key), under=_gate(identity), share=share, place=_place("ledger key", inquiry))
    except (CannotOpen, UnableToOpen):
        return None


def _gate(identity: Identity) -> bytes:
    secret = settings.OFFICE_KEYS.get(identity.ring_key)
    if secret is None:
        raise UnableToOpen
    return gatekeepers_key(secret)


def _shares(rows: list[Opening]) -> dict[UUID, bytes]:
    try:
        return keystore.shares_of(row.inquiry_id for row in rows)
    except keystore.UnableToReachKeys as error:
        raise KeysUnreachable from error


def _step(opening: Opening, key: bytes | None, identity: Identity, calendar: Calendar, *, today: date) -> Step:
    last_day = calendar.after(opening.asked_on, opening.WAITS) if opening.state == lifecycle.ASKED else opening.last_day
    return Step(
        opening=opening,
        reason=_unsealed(opening, "reason", opening.sealed_reason, key),
        refusal=_unsealed(opening, "refusal", opening.sealed_refusal, key),
        has_run_out=opening.has_run_out(today) or (opening.state == lifecycle.ASKED and last_day is not None and today > last_day),
        last_day=last_day if opening.state in lifecycle.OPENING_UNDER_WAY else None,
        is_of_earlier_words=opening.state in (lifecycle.GRANTED, lifecycle.READ) and opening.version < identity.version,
    )


def _unsealed(opening: Opening, column: str, sealed: bytes | memoryview | None, key: bytes | None) -> str | None:
    if key is None or sealed is None:
        return None
    return unseal(bytes(sealed), key=key, place=_place_of(column, opening))


def _locked(opening: Opening) -> Opening:
    """Fetch the opening anew, with its inquiry's row held until the transaction ends; all steps of a case go one by one."""
    inquiry = casebook.locked(opening.inquiry)
    return inquiry.openings.get(pk=opening.pk)


def _to_decide(opening: Opening, *, by: User, today: date) -> Opening:
    """Lock an opening that the gatekeeper may decide today; raises UnableToPass."""
    opening = _locked(opening)
    if not may_decide_opening(by, opening) or opening.asked_on < oldest_undecided(today):
        raise UnableToPass
    return opening


def _move(opening: Opening, move: str, *, by: User | None, today: date, **fields: object) -> Opening:
    """Make one move of an opening whose inquiry is locked, with its line in the history. Raises UnableToPass."""
    state = lifecycle.OPENING_MOVES[move].get(opening.state)
    if state is None:
        raise UnableToPass
    if by:
        fields["version"] = opening.inquiry.identity.version
    for name, value in {"state": state, **fields}.items():
        setattr(opening, name, value)
    opening.save(update_fields=["state", *fields])
    kind = f"identity-{move}" if by else f"portal-identity-{move}"
    casebook.record(opening.inquiry, kind, by=by, today=today)
    return opening


def _place(column: str, inquiry: Inquiry) -> Place:
    return Place(column, inquiry.pk, inquiry.pk)


def _place_of(column: str, opening: Opening) -> Place:
    return Place(column, opening.inquiry_id, opening.pk)
