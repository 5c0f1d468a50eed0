"""Who gets advisories: subscriptions, which organisations keep themselves, and mandates, which government grants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.emails import list_id
from advisories.models import Channel, Mandate, MandateKind, Pace, Subscription, Urgency
from catalogue.models import Segment
from mailroom.models import Suppression
from mailroom.services import suppressing
from mailroom.services.letters import Recipient, UnableToPost, checked
from mailroom.services.suppressing import take_up
from organisations.models import Kind, Organisation, Role, User
from organisations.permissions import has_role, is_focal_point_official


class UnableToSubscribe(Exception):
    """The address can't be entered; the message says why."""


class UnableToUnsubscribe(Exception):
    pass


class UnableToGrant(Exception):
    pass


@transaction.atomic
def subscribe(
    *,
    organisation: Organisation,
    address: str,
    by: User,
    now: datetime,
    segments: Iterable[Segment] = (),
    control_entries: Iterable[str] = (),
    kinds: Iterable[str] = (),
    least_urgency: str = Urgency.ROUTINE,
    language: str = "en",
    pace: str = Pace.IMMEDIATE,
    channel: str = Channel.MAIL,
) -> Subscription:
    """Send advisories of `kinds` on `segments` or `control_entries`, or on all where neither is named, to `address`.

    An address that gets some already gets these instead. What has waited for a digest still goes out in one.

    Raises UnableToSubscribe for what is no address, and for somebody who doesn't act for the organisation.
    """
    if not permissions.may_subscribe_for(by, organisation):
        raise UnableToSubscribe(_("You can't subscribe for this organisation."))
    try:
        plain = checked(Recipient(address)).address
    except UnableToPost as error:
        raise UnableToSubscribe(str(error)) from error
    found = Subscription.objects.active().select_for_update().filter(organisation=organisation, address__iexact=plain).first()
    subscription = found or Subscription(organisation=organisation, address=plain, created_at=now, created_by=by)
    keep_wishes(
        subscription,
        segments=segments,
        control_entries=control_entries,
        kinds=kinds,
        least_urgency=least_urgency,
        language=language,
        pace=pace,
        channel=channel,
        now=now,
    )
    take_up(address=plain, list_id=list_id(), by=str(by), now=now)
    return subscription


def keep_wishes(
    subscription: Subscription,
    *,
    segments: Iterable[Segment],
    control_entries: Iterable[str],
    kinds: Iterable[str],
    least_urgency: str,
    language: str,
    pace: str,
    channel: str,
    now: datetime,
) -> None:
    """Write down what somebody wants to get; whoever calls says to whom."""
    subscription.control_entries, subscription.kinds = list(control_entries), list(kinds)
    subscription.least_urgency, subscription.language = least_urgency, language
    subscription.told_until = _told_until(subscription, pace=pace, now=now)
    subscription.pace, subscription.channel = pace, channel
    subscription.save()
    subscription.segments.set(segments)


def _told_until(subscription: Subscription, *, pace: str, now: datetime) -> datetime | None:
    """From when on the next digest tells: nothing that waits is lost by a change of pace, and nothing old comes after a feed."""
    if subscription.told_until and not subscription.is_feed_only:
        return subscription.told_until
    return None if pace == Pace.IMMEDIATE else now


@transaction.atomic
def unsubscribe(subscription: Subscription, *, by: User, now: datetime) -> Subscription:
    """End a subscription; ending it twice does nothing more. Raises UnableToUnsubscribe."""
    subscription = Subscription.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=subscription.pk)
    if subscription.organisation is None or not permissions.may_subscribe_for(by, subscription.organisation):
        raise UnableToUnsubscribe(_("You can't end subscriptions of this organisation."))
    if subscription.is_active:
        subscription.is_active, subscription.ended_at = False, now
        subscription.save(update_fields=["is_active", "ended_at"])
    return subscription


@transaction.atomic
def stop(*, token: str, now: datetime) -> None:
    """End all subscriptions of the address to which the copy with this token went, and keep the list from it.

    Nobody is told whether there is such a copy. A mandated association's address is kept from the list too: the desk sees it.
    """
    if address := suppressing.stop(token=token, now=now):
        Subscription.objects.active().filter(address__iexact=address).update(is_active=False, ended_at=now)


def stopped(addresses: Iterable[str]) -> dict[str, Suppression]:
    """Return what keeps advisories from each of the addresses that get none, by address in lower case; one query."""
    found = Suppression.objects.in_force().of_any(addresses, list_id()).newest_first()
    return {each.address.lower(): each for each in found}


@transaction.atomic
def grant_mandate(
    *,
    association: Organisation,
    kind: MandateKind,
    address: str,
    valid_from: date,
    valid_to: date | None,
    by: User,
    now: datetime,
    segments: Iterable[Segment] = (),
) -> Mandate:
    """Ask an association to act for `segments`, or all, between two days, the last one included or open.

    Raises UnableToGrant unless an administrator or the focal point grants it, to an association, for a possible time.
    """
    if not (has_role(by, Role.ADMINISTRATOR) or is_focal_point_official(by)):
        raise UnableToGrant(_("Only the focal point can grant a mandate."))
    if association.kind != Kind.ASSOCIATION:
        raise UnableToGrant(_("Only an association can hold a mandate."))
    if valid_to and valid_to < valid_from:
        raise UnableToGrant(_("The mandate would end before it begins."))
    try:
        plain = checked(Recipient(address)).address
    except UnableToPost as error:
        raise UnableToGrant(str(error)) from error
    mandate = Mandate.objects.create(
        association=association,
        kind=kind,
        address=plain,
        valid_from=valid_from,
        valid_to=valid_to,
        granted_by=by,
        granted_at=now,
    )
    mandate.segments.set(segments)
    return mandate
