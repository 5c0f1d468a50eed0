"""Encrypted mail: certificates of the addresses to which advisories go.

Two must agree: who chooses what goes to an address, by signing in or by a copy's link, and who reads its mail, by a link that goes
there in the clear and says what is about to change. So neither a stolen session nor somebody who enters another's address can make
its mail unreadable to its reader, or readable to others; and who only reads along can't begin.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from advisories.emails import Mail, compose_certificate_change, compose_certificate_ending, compose_certificate_trial
from advisories.models import CertificateChange, Mandate, Subscription
from advisories.services.confirming import LINK_LASTS, UNCONFIRMED_KEPT, LinkOver
from mailroom import sealing
from mailroom.services import Recipient, certificates, forget, post

PURPOSE: Final = "advisory-certificate"
SALT: Final = "advisories.certifying"
MOST_A_DAY: Final = 3  # links to one address
REMIND_WITHIN: Final = timedelta(days=30)
MOST_AT_ONCE: Final = 500


class UnableToAsk(Exception):
    """The message says why."""


@transaction.atomic
def ask(*, address: str, content: bytes | None, now: datetime) -> CertificateChange:
    """Ask the reader of an address whether the certificate in `content` is to be theirs, or none; another wish of before is over.

    The caller has seen that whoever wants it chooses what goes to the address. Raises sealing.UnableToUse for what is no fit
    certificate, and UnableToAsk where there is none to remove or enough has been asked today.
    """
    facts = sealing.read(content) if content is not None else None
    known = certificates.find(address)
    if facts:
        sealing.check(facts, address=address, now=now)
    elif not known:
        raise UnableToAsk(_("This address has no certificate any more."))
    row = CertificateChange(address=address.lower(), asked_at=now)
    CertificateChange.objects.bulk_create([row], ignore_conflicts=True)
    change = CertificateChange.objects.select_for_update().get(address=address.lower())
    is_today = timezone.localdate(change.asked_at) == timezone.localdate(now)
    if is_today and change.times >= MOST_A_DAY:
        raise UnableToAsk(_("Three links have gone to this address today. Use the last one, or try again tomorrow."))
    change.der, change.key, change.asked_at = facts.der if facts else None, uuid.uuid4(), now
    change.times = change.times + 1 if is_today else 1
    change.save()
    until = now + LINK_LASTS
    token = signing.dumps([str(change.key), int(until.timestamp())], salt=SALT)
    mail = compose_certificate_change(token, until=timezone.localdate(until), facts=facts, is_known=known is not None)
    _post(mail, address, now=now)
    return change


def waiting(address: str, *, now: datetime) -> CertificateChange | None:
    """What the reader of an address has been asked, as long as the link is good and has not been used."""
    change = CertificateChange.objects.filter(address=address.lower(), asked_at__gt=now - LINK_LASTS).first()
    return change if change and not _is_done(change) else None


def asked(*, token: str, now: datetime) -> CertificateChange:
    """Return what the reader of an address was asked by a link; raises LinkOver."""
    return _found(CertificateChange.objects.all(), token=token, now=now)


@transaction.atomic
def confirm(*, token: str, now: datetime) -> CertificateChange:
    """Have it as the reader of the address was asked, and send a first encrypted mail; saying yes twice is once.

    Raises LinkOver, and sealing.UnableToUse for a certificate that has ended meanwhile.
    """
    change = _found(CertificateChange.objects.select_for_update(), token=token, now=now)
    if _is_done(change):
        return change
    if facts := facts_of(change):
        sealing.check(facts, address=change.address, now=now)
        certificates.enter(facts, address=change.address, now=now)
        _post(compose_certificate_trial(), change.address, now=now)
    else:
        certificates.remove(address=change.address)
    return change


def facts_of(change: CertificateChange) -> sealing.Facts | None:
    return sealing.read(bytes(change.der)) if change.der else None


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Remind the readers of addresses whose certificate ends within thirty days, once; return how many."""
    found = certificates.take_ending(now=now, within=REMIND_WITHIN, most=MOST_AT_ONCE)
    for each in found:
        _post(compose_certificate_ending(each, is_single=not _is_organisations(each.address)), each.address, now=now)
    return len(found)


@transaction.atomic
def erase(*, now: datetime) -> None:
    """Erase what nobody has said yes to, our letters about it, and certificates of addresses that no row names any more."""
    CertificateChange.objects.filter(asked_at__lt=now - UNCONFIRMED_KEPT).delete()
    forget(purpose=PURPOSE, before=now - UNCONFIRMED_KEPT)
    certificates.keep_only(*(model.objects.values_list(Lower("address"), flat=True) for model in (Subscription, Mandate)))


def _found(changes: QuerySet[CertificateChange], *, token: str, now: datetime) -> CertificateChange:
    try:
        key, expires = signing.loads(token, salt=SALT)
        if now.timestamp() <= expires:
            return changes.get(key=key)
    except (signing.BadSignature, CertificateChange.DoesNotExist) as error:
        raise LinkOver from error
    raise LinkOver


def _is_done(change: CertificateChange) -> bool:
    known, facts = certificates.find(change.address), facts_of(change)
    return known.fingerprint == facts.fingerprint if known and facts else known is None and facts is None


def _is_organisations(address: str) -> bool:
    entered = Subscription.objects.active().filter(organisation__isnull=False, address__iexact=address)
    return entered.exists() or Mandate.objects.filter(address__iexact=address).exists()


def _post(mail: Mail, address: str, *, now: datetime) -> None:
    post(
        purpose=PURPOSE,
        source=PURPOSE,
        subject=mail.subject,
        text=mail.text,
        language=settings.LANGUAGE_CODE,
        to=[Recipient(address)],
        now=now,
        closed=mail.closed,
    )
