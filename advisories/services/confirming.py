"""Single addresses: whoever reads the mail of an address asks for advisories there, with no account.

Anybody may enter an address; nothing goes to it but one link a day, until its reader confirms. What the page says is the same
whatever is known of the address. Of the visitor nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from advisories.emails import compose_confirmation, list_id
from advisories.models import Channel, Confirmation, Pace, Subscription, Urgency
from advisories.services.audience import keep_wishes
from catalogue.models import Segment
from mailroom.models import Envelope
from mailroom.services import Recipient, UnableToPost, forget, post
from mailroom.services.letters import checked
from mailroom.services.suppressing import take_up

PURPOSE: Final = "advisory-confirmation"
SALT: Final = "advisories.confirming"
LINK_LASTS: Final = timedelta(days=3)
# Longer than a link, so that nobody gets more mail than one a day.
UNCONFIRMED_KEPT: Final = timedelta(days=7)
ENDED_KEPT: Final = timedelta(days=30)
# Of all visitors together: what a quiet list needs at most, and too little to annoy a town with.
MOST_AN_HOUR: Final = 200


class UnableToAsk(Exception):
    """The address can't be written to; the message says why."""


class TooMany(Exception):
    """More have asked within this hour than a visitor's patience explains."""


class LinkOver(Exception):
    """The link is forged or too old, or what it was about has ended."""


@transaction.atomic
def ask(*, address: str, language: str, now: datetime) -> None:
    """Send the reader of an address a link to confirm with, in `language`, or nothing where one went there today.

    Raises UnableToAsk and TooMany; neither depends on whether the address is known.
    """
    try:
        plain = checked(Recipient(address)).address
    except UnableToPost as error:
        raise UnableToAsk(str(error)) from error
    hour = now.replace(minute=0, second=0, microsecond=0)  # no need to know it more exactly
    if Confirmation.objects.filter(asked_at=hour).count() >= MOST_AN_HOUR:
        raise TooMany
    new = Confirmation(address=plain, asked_at=hour)
    Confirmation.objects.bulk_create([new], ignore_conflicts=True)
    found = _locked(plain).get()
    if found.pk != new.pk and timezone.localdate(found.asked_at) >= timezone.localdate(now):
        return
    found.asked_at = hour
    found.save(update_fields=["asked_at"])
    expires_at = now + LINK_LASTS
    token = signing.dumps([str(found.pk), int(expires_at.timestamp())], salt=SALT)
    until, is_known = timezone.localdate(expires_at), find(plain) is not None
    mail = compose_confirmation(token, until=until, is_known=is_known, language=language)
    post(
        purpose=PURPOSE,
        source=f"{PURPOSE}:{found.pk}",
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=language,
        to=[Recipient(plain)],
        now=now,
    )


def asked(*, token: str, now: datetime) -> str:
    """Return the address to whose reader a link went; raises LinkOver."""
    try:
        pk, expires = signing.loads(token, salt=SALT)
        if now.timestamp() <= expires:
            return Confirmation.objects.get(pk=pk).address
    except (signing.BadSignature, ValueError, TypeError, Confirmation.DoesNotExist) as error:
        raise LinkOver from error
    raise LinkOver


def told(*, token: str) -> Subscription:
    """Return the single subscription to which the copy with this token went; raises LinkOver."""
    copy = Envelope.objects.filter(token=token, letter__purpose__in=Subscription.SINGLE_PURPOSES).first()
    found = find(copy.address) if copy else None
    if found is None:
        raise LinkOver
    return found


@transaction.atomic
def confirm(
    *,
    address: str,
    now: datetime,
    segments: Iterable[Segment] = (),
    control_entries: Iterable[str] = (),
    kinds: Iterable[str] = (),
    least_urgency: str = Urgency.ROUTINE,
    pace: str = Pace.IMMEDIATE,
    language: str = settings.LANGUAGE_CODE,
) -> Subscription:
    """Send what bears TLP:CLEAR to an address whose reader has said so, or change what goes there; saying it twice is once."""
    _locked(address).first()  # a form sent twice at once comes one after the other
    found = find(address) or Subscription(address=address, created_at=now, confirmed_on=timezone.localdate(now))
    keep_wishes(
        found,
        segments=segments,
        control_entries=control_entries,
        kinds=kinds,
        least_urgency=least_urgency,
        language=language,
        pace=pace,
        channel=Channel.MAIL,
        now=now,
    )
    take_up(address=address, list_id=list_id(), by=_("its reader"), now=now)
    return found


@transaction.atomic
def end(*, address: str, now: datetime) -> None:
    """End what goes to a single address; doing it twice does nothing more."""
    Subscription.objects.active().single().at(address).update(is_active=False, ended_at=now)


@transaction.atomic
def erase(*, now: datetime) -> None:
    """Erase the addresses that nobody confirmed, with their letters, and those that have ended."""
    Confirmation.objects.filter(asked_at__lt=now - UNCONFIRMED_KEPT).delete()
    forget(purpose=PURPOSE, before=now - UNCONFIRMED_KEPT)
    Subscription.objects.single().filter(is_active=False, ended_at__lt=now - ENDED_KEPT).delete()


def find(address: str) -> Subscription | None:
    """Return the single subscription of an address, if it has one."""
    return Subscription.objects.active().single().at(address).first()


def _locked(address: str) -> QuerySet[Confirmation]:
    return Confirmation.objects.select_for_update().annotate(lowered=Lower("address")).filter(lowered=address.lower())
