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
from uuid import UUID

from django.conf import settings
from django.db import transaction

from inquiries import lifecycle
from inquiries.models import Identity, Inquiry, Opening
from inquiries.permissions import may_ask_to_open, may_decide_opening, may_read_identity
from inquiries.sealing import CannotOpen, Place, derive, new_case_key, seal, unseal, unwrap, wrap
from inquiries.services import casebook
from inquiries.services.readers import KeysUnreachable, UnableToOpen
from keystore import services as keystore
from organisations.models import User


class UnableToPass(Exception):
    """The gatekeeper may not take this step: it is another one's, it has been taken, or its time is over."""


@dataclass(frozen=True)
class Confidential:
    """Who a confidential asker says they are, in free words."""

    name: str
    contact: str
    organisation: str = ""


@dataclass(frozen=True)
class Step:
    """An opening with its words in the clear; None where no key opens them."""

    opening: Opening
    reason: str | None
    refusal: str | None
    has_run_out: bool


def keep(inquiry: Inquiry, who: Confidential, *, key: bytes, share: bytes) -> Identity:
    """Seal who asks. `key` is the case key, which opens the ledger and not the identity."""
    identity_key, ledger_key = new_case_key(), new_case_key()
    ring_key, secret = next(iter(settings.OFFICE_KEYS.items()))
    gate = gatekeepers_key(secret)
    return Identity.objects.create(
        inquiry=inquiry,
        sealed_words=seal(json.dumps(asdict(who)), key=identity_key, place=_place("identity", inquiry)),
        ring_key=ring_key,
        wrapped_key=wrap(identity_key, under=gate, share=share, place=_place("identity key", inquiry)),
        wrapped_ledger_key=wrap(ledger_key, under=gate, share=share, place=_place("ledger key", inquiry)),
        case_ledger_key=wrap(ledger_key, under=key, share=share, place=_place("ledger key", inquiry)),
    )


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
    opening = Opening(inquiry=inquiry, asked_by=by, asked_on=today)
    opening.sealed_reason = seal(reason, key=_ledger_key(inquiry), place=_place_of("reason", opening))
    opening.save(force_insert=True)
    casebook.record(inquiry, "identity-ask", by=by, today=today)
    return opening


@transaction.atomic
def grant(opening: Opening, *, by: User, today: date) -> Opening:
    """Agree, as the second gatekeeper. Raises UnableToPass."""
    opening = _locked(opening)
    if not may_decide_opening(by, opening):
        raise UnableToPass
    return _move(opening, "grant", by=by, today=today, decided_by=by, decided_on=today)


@transaction.atomic
def refuse(opening: Opening, *, reason: str, by: User, today: date) -> Opening:
    """Refuse, as the second gatekeeper, for a reason that the asker reads. Raises UnableToPass."""
    opening = _locked(opening)
    if not may_decide_opening(by, opening):
        raise UnableToPass
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


def ledger(inquiry: Inquiry, *, key: bytes, today: date) -> list[Step]:
    """All openings of an inquiry, the oldest first, as its asker and those who may read it see them; `key` is the case key."""
    openings = list(inquiry.openings.order_by("asked_on", "pk"))
    if not openings:
        return []
    share = keystore.share_of(inquiry.pk)
    wrapped = bytes(inquiry.identity.case_ledger_key)
    ledger_key = unwrap(wrapped, under=key, share=share, place=_place("ledger key", inquiry))
    return [_step(opening, ledger_key, today=today) for opening in openings]


def steps(openings: Iterable[Opening], *, today: date) -> list[Step]:
    """Openings of several inquiries with their reasons, for gatekeepers; raises KeysUnreachable."""
    rows = list(openings)
    shares = _shares(rows)
    keys = [_ledger_key_or_none(row.inquiry, shares.get(row.inquiry_id)) for row in rows]
    return [_step(opening, key, today=today) for opening, key in zip(rows, keys, strict=True)]


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


def _step(opening: Opening, key: bytes | None, *, today: date) -> Step:
    has_run_out = opening.has_run_out(today)
    if key is None:
        return Step(opening, None, None, has_run_out)
    reason = unseal(bytes(opening.sealed_reason), key=key, place=_place_of("reason", opening))
    refusal = opening.sealed_refusal and unseal(bytes(opening.sealed_refusal), key=key, place=_place_of("refusal", opening))
    return Step(opening, reason, refusal or None, has_run_out)


def _locked(opening: Opening) -> Opening:
    """Fetch the opening anew, with its inquiry's row held until the transaction ends; all steps of a case go one by one."""
    inquiry = casebook.locked(opening.inquiry)
    return inquiry.openings.get(pk=opening.pk)


def _move(opening: Opening, move: str, *, by: User | None, today: date, **fields: object) -> Opening:
    """Make one move of an opening whose inquiry is locked, with its line in the history. Raises UnableToPass."""
    state = lifecycle.OPENING_MOVES[move].get(opening.state)
    if state is None:
        raise UnableToPass
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
