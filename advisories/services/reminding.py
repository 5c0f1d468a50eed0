"""Reminding associations of what they got and have said nothing of: once per advisory and association."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from advisories.disclosure import may_be_relayed
from advisories.emails import compose_reminder, list_id, stop_address
from advisories.models import Advisory, Mandate, Reminder, Response, Subscription, Urgency
from advisories.querysets import AdvisoryQuerySet
from advisories.services.editing import locked
from mailroom.models import Envelope, Priority
from mailroom.services import Recipient, post
from organisations.models import Kind

# After how long; what is urgent sooner.
REMIND_AFTER: dict[str, timedelta] = {
    Urgency.URGENT: timedelta(days=1),
    Urgency.PRIORITY: timedelta(days=2),
    Urgency.ROUTINE: timedelta(days=5),
}
# What is older is nobody's news; and a portal whose clock stood still does not remind of a whole archive.
REMIND_UNTIL = timedelta(days=30)


def to_remind_of(now: datetime) -> AdvisoryQuerySet:
    latest = {urgency: now - after for urgency, after in REMIND_AFTER.items()}
    return Advisory.objects.to_pass_on_since(latest, now - REMIND_UNTIL)


@transaction.atomic
def remind(advisory: Advisory, *, now: datetime) -> int:
    """Remind, by one letter, the associations that got it and have neither read it nor passed it on as far as they say.

    Return how many. Two clocks remind once: the row is locked, and the database knows one reminder per association.
    """
    advisory, today = locked(advisory), timezone.localdate(now)
    if not advisory.is_current or not may_be_relayed(advisory.tlp):
        return 0
    silent = _got_it(advisory, now)
    for done in (Response.objects.filter(advisory=advisory).values_list("organisation", flat=True), _reminded(advisory)):
        for association in done:
            silent.pop(association, None)
    if not silent:
        return 0
    Reminder.objects.bulk_create(Reminder(advisory=advisory, association_id=association, on=today) for association in silent)
    mail = compose_reminder(advisory)
    post(
        purpose="reminder",
        source=f"advisory-reminder:{advisory.pk}",
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        closed=mail.closed,
        language=advisory.language,
        to=[Recipient(address) for addresses in silent.values() for address in sorted(addresses)],
        now=now,
        priority=Priority.ORDINARY,
        list_id=list_id(),  # so that who has stopped advisories is not reminded of them
        stop_address=stop_address(),
    )
    return len(silent)


def _reminded(advisory: Advisory) -> list[UUID]:
    return list(advisory.reminders.values_list("association", flat=True))


def _got_it(advisory: Advisory, now: datetime) -> dict[UUID, set[str]]:
    """Associations to which it has gone, each with the addresses to which it went."""
    subscriptions = Subscription.objects.active().concerned_by(advisory).filter(organisation__kind=Kind.ASSOCIATION)
    mandates = Mandate.objects.to_relay().in_force(timezone.localdate(now)).concerned_by(advisory)
    entered = {
        *subscriptions.values_list("organisation", "address"),
        *mandates.values_list("association", "address"),
    }
    copies = Envelope.objects.of_source(advisory.source).told().annotate(lowered=Lower("address"))
    wanted = [address.lower() for _association, address in entered]
    told = set(copies.filter(lowered__in=wanted).values_list("lowered", flat=True))
    found: dict[UUID, set[str]] = defaultdict(set)
    for association, address in entered:
        if address.lower() in told:
            found[association].add(address)
    return found
