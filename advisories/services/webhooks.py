"""Webhooks: entering one and keeping it, and writing down what is to be posted. Nothing here sends."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from advisories import permissions, signing, transport
from advisories.disclosure import LABELS_BY_WEBHOOK
from advisories.models import Advisory, DeliveryState, HookEvent, OffBecause, Outcome, Webhook, WebhookDelivery
from advisories.querysets import WebhookQuerySet
from catalogue.models import Segment
from organisations.models import Organisation, User

MOST_WEBHOOKS = 10  # of an organisation
MOST_TESTS = 20  # that a log keeps
BETWEEN_TESTS = timedelta(seconds=10)
OLD_SECRET_LASTS = timedelta(days=1)
# For a form that was sent twice: the second page shows what the first one did, which nobody may have seen.
SENT_TWICE = timedelta(minutes=1)


class UnableTo(Exception):
    """The message says why and what to do."""


class UnableToAdd(UnableTo):
    pass


class UnableToKeep(UnableTo):
    pass


class UnableToTest(UnableTo):
    pass


class UnableToRetry(UnableTo):
    pass


@dataclass(frozen=True)
class MadeWebhook:
    webhook: Webhook
    secret: str


@transaction.atomic
def add(
    *, organisation: Organisation, url: str, form: bytes, by: User, now: datetime, segments: Iterable[Segment] = ()
) -> MadeWebhook:
    """Have what is published on `segments`, or on all, posted to `url`; return the webhook with its secret, to be shown this once.

    `form` is the random content of the form that was sent: the same form sent again makes no second one. Raises UnableToAdd for
    an address to which nothing can be posted, one that is entered already, one too many, and somebody who doesn't act for it.
    """
    if not permissions.may_subscribe_for(by, organisation):
        raise UnableToAdd(_("You can't enter webhooks for this organisation."))
    try:
        transport.target(url)
    except transport.UnfitAddress as error:
        raise UnableToAdd(str(error)) from error
    # One after the other, so that none is made beyond the limit.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    mine = Webhook.objects.filter(organisation=organisation)
    pk = signing.row_of(form + by.pk.bytes + organisation.pk.bytes + url.encode(), purpose=b"new webhook")
    if made := mine.filter(pk=pk, created_at__gt=now - SENT_TWICE).first():
        return _with_secret(made)
    if mine.filter(url=url).exists():
        raise UnableToAdd(_("This address is entered already. Its own page has a button for a new secret."))
    if mine.count() >= MOST_WEBHOOKS:
        raise UnableToAdd(_("An organisation has %(most)d webhooks at most: remove one first.") % {"most": MOST_WEBHOOKS})
    made = Webhook(pk=pk, organisation=organisation, url=url, created_at=now, created_by=by)
    made.save(force_insert=True)
    made.segments.set(segments)
    return _with_secret(made)


@transaction.atomic
def rotate(webhook: Webhook, *, version: int, by: User, now: datetime) -> MadeWebhook:
    """Give a webhook a new secret; the one before, whose number is `version`, signs beside it for a day. Raises UnableToKeep."""
    webhook = _locked(webhook, by)
    if webhook.secret_version == version:
        webhook.secret_version, webhook.rotated_at = version + 1, now
        webhook.save(update_fields=["secret_version", "rotated_at"])
        return _with_secret(webhook)
    if webhook.secret_version == version + 1 and webhook.rotated_at and webhook.rotated_at > now - SENT_TWICE:
        return _with_secret(webhook)
    raise UnableToKeep(_("Somebody has made a new secret since you opened the page. Open it anew if you need another one."))


@transaction.atomic
def switch_off(webhook: Webhook, *, by: User, now: datetime) -> Webhook:
    """Post nothing more; what waits counts as failed, and can be sent anew. Off already: nothing more. Raises UnableToKeep."""
    webhook = _locked(webhook, by)
    if webhook.is_on:
        turn_off(webhook, because=OffBecause.BY_HAND, now=now)
    return webhook


@transaction.atomic
def switch_on(webhook: Webhook, *, by: User) -> Webhook:
    """Post again, from the next event on. Raises UnableToKeep."""
    webhook = _locked(webhook, by)
    webhook.is_on, webhook.off_because, webhook.off_at, webhook.failing_since = True, "", None, None
    webhook.save(update_fields=["is_on", "off_because", "off_at", "failing_since"])
    return webhook


@transaction.atomic
def remove(webhook: Webhook, *, by: User) -> None:
    """Take a webhook away with its log. Raises UnableToKeep for one that is on."""
    webhook = _locked(webhook, by)
    if webhook.is_on:
        raise UnableToKeep(_("Switch it off before you remove it."))
    webhook.delete()


@transaction.atomic
def test(webhook: Webhook, *, by: User, now: datetime) -> WebhookDelivery:
    """Have a test posted, also to one that is off. Raises UnableToTest for a second one within seconds."""
    webhook = _locked(webhook, by)
    tests = webhook.deliveries.filter(event=HookEvent.TEST)
    if tests.under_way().exists() or tests.filter(happened_at__gt=now - BETWEEN_TESTS).exists():
        raise UnableToTest(_("A test has just been sent. Wait some seconds before the next one."))
    kept = tests.latest_first().values("pk")[: MOST_TESTS - 1]
    tests.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    return WebhookDelivery.objects.create(webhook=webhook, event=HookEvent.TEST, happened_at=now, next_attempt_at=now)


@transaction.atomic
def retry(delivery: WebhookDelivery, *, by: User, now: datetime) -> WebhookDelivery:
    """Send anew what failed, under the same id. Raises UnableToRetry."""
    if not _locked(delivery.webhook, by).is_on:
        raise UnableToRetry(_("Switch the webhook on first."))
    # Without a lock on the row: a worker that records one takes the row first and the webhook second.
    failed = WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.FAILED).exclude(event=HookEvent.TEST)
    if not failed.update(state=DeliveryState.QUEUED, attempts=0, next_attempt_at=now, outcome="", status=None):
        raise UnableToRetry(_("Only what failed can be sent anew."))
    delivery.refresh_from_db()
    return delivery


# --- what advisories do; called within the transaction in which it happens --------------------------------------------------


def announce(advisory: Advisory, *, corrected: Collection[Advisory], now: datetime, today: date) -> None:
    """Write down that an advisory has come out, for every webhook that it concerns and whose organisation may read it.

    A correction also goes to those that had one of the `corrected`; what had not left of them stays here.
    """
    for each in corrected:
        _call_back(each)
    concerned = Q(pk__in=Webhook.objects.concerned_by(advisory).values("pk"))
    hooks = Webhook.objects.filter(concerned | Q(pk__in=Webhook.objects.told_of(corrected).values("pk")))
    _write(advisory, HookEvent.CORRECTED if corrected else HookEvent.PUBLISHED, hooks, now=now, today=today)


def announce_replacement(advisory: Advisory, *, now: datetime, today: date) -> None:
    """Stop what has not left, and tell those that had an advisory, or may have, that a later one has replaced it.

    It is said of the old one, since not all who had that may read the new one, or asked for its segments.
    """
    _call_back(advisory)
    _write(advisory, HookEvent.SUPERSEDED, Webhook.objects.told_of([advisory]), now=now, today=today)


def announce_withdrawal(advisory: Advisory, *, now: datetime, today: date) -> None:
    """Stop what has not left, and write down that the advisory stands no more, for those that had it or may have."""
    _call_back(advisory)
    _write(advisory, HookEvent.WITHDRAWN, Webhook.objects.told_of([advisory]), now=now, today=today)


def _write(advisory: Advisory, event: HookEvent, hooks: WebhookQuerySet, *, now: datetime, today: date) -> None:
    if advisory.tlp not in LABELS_BY_WEBHOOK:
        return
    found = hooks.on().that_may_read(advisory, today=today).values_list("pk", flat=True)
    WebhookDelivery.objects.bulk_create(
        (WebhookDelivery(webhook_id=pk, advisory=advisory, event=event, happened_at=now, next_attempt_at=now) for pk in found),
        ignore_conflicts=True,
    )


def _call_back(advisory: Advisory) -> None:
    """A row that a worker takes at this moment is waited for, and then counts among those that may have been told."""
    waiting = WebhookDelivery.objects.filter(advisory=advisory, state=DeliveryState.QUEUED)
    waiting.update(state=DeliveryState.CANCELLED, next_attempt_at=None, outcome=Outcome.OVER)


def turn_off(webhook: Webhook, *, because: OffBecause, now: datetime) -> None:
    """Switch a locked webhook off, within the caller's transaction."""
    webhook.is_on, webhook.off_because, webhook.off_at = False, because, now
    webhook.save(update_fields=["is_on", "off_because", "off_at"])
    waiting = webhook.deliveries.filter(state=DeliveryState.QUEUED).exclude(event=HookEvent.TEST)
    waiting.update(state=DeliveryState.FAILED, next_attempt_at=None, outcome=Outcome.OFF)


def signatures(webhook: Webhook, *, message_id: str, body: bytes, now: datetime) -> str:
    """Return the value of webhook-signature: by the secret and, for a day after it was made, by the one before."""
    versions = [webhook.secret_version]
    if webhook.rotated_at and now < webhook.rotated_at + OLD_SECRET_LASTS:
        versions.append(webhook.secret_version - 1)
    timestamp = int(now.timestamp())
    keys = [signing.webhook_secret(webhook.pk, version=version) for version in versions]
    return " ".join(signing.signature(key, message_id=message_id, timestamp=timestamp, body=body) for key in keys)


def _locked(webhook: Webhook, by: User) -> Webhook:
    """Read it anew, and keep it from others; rows that point at it may be written meanwhile, as by who withdraws an advisory."""
    locked = Webhook.objects.select_for_update(of=("self",), no_key=True)
    webhook = locked.select_related("organisation").get(pk=webhook.pk)
    if not permissions.may_subscribe_for(by, webhook.organisation):
        raise UnableToKeep(_("You can't change webhooks of this organisation."))
    return webhook


def _with_secret(webhook: Webhook) -> MadeWebhook:
    return MadeWebhook(webhook, signing.shown(signing.webhook_secret(webhook.pk, version=webhook.secret_version)))
