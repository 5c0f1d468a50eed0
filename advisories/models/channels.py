"""Ways on which advisories reach programs: webhooks, what was sent to them, and tokens of feeds."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from advisories import lifecycle, transport
from advisories.models.advisories import Advisory
from advisories.querysets import FeedTokenQuerySet, WebhookDeliveryQuerySet, WebhookQuerySet
from catalogue.models import Segment
from organisations.models import Organisation, User
from organisations.outbound import LONGEST_URL


class OffBecause(models.TextChoices):
    BY_HAND = "by-hand", _("Switched off by hand")
    FAILING = "failing", _("Switched off because nothing got through for days")
    GONE = "gone", _("Switched off because the receiver said that it is gone for good")


class Webhook(models.Model):
    """An address to which the portal posts what it publishes, for an organisation; those for its segments, or all.

    It opens nothing: what it carries, the organisation may read already. Its secret is derived (advisories.signing), never stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(_("address"), max_length=LONGEST_URL)
    segments = models.ManyToManyField(Segment, verbose_name=_("segments"), blank=True, related_name="webhooks")
    secret_version = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)  # for a day the secret before is good as well
    is_on = models.BooleanField(default=True)
    off_because = models.CharField(max_length=10, choices=OffBecause, blank=True)
    off_at = models.DateTimeField(null=True)
    # The first failure since something last got through.
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "url"], name="one_webhook_per_organisation_and_address"),
            models.CheckConstraint(condition=Q(url__startswith="https://"), name="webhook_is_https"),
            models.CheckConstraint(
                condition=Q(is_on=True, off_because="", off_at=None)
                | Q(is_on=False, off_because__in=OffBecause.values, off_at__isnull=False),
                name="webhook_off_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(secret_version=1, rotated_at=None) | Q(secret_version__gt=1, rotated_at__isnull=False),
                name="webhook_secret_rotated_when",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class HookEvent(models.TextChoices):
    """The `type` of what is posted."""

    PUBLISHED = "advisory.published", _("Published")
    CORRECTED = "advisory.corrected", _("Corrected")
    SUPERSEDED = "advisory.superseded", _("Replaced")
    WITHDRAWN = "advisory.withdrawn", _("Withdrawn")
    TEST = "test", _("Test")


class DeliveryState(models.TextChoices):
    QUEUED = lifecycle.QUEUED, _("Waiting")
    SENDING = lifecycle.SENDING, _("Being sent")
    SENT = lifecycle.SENT, _("Taken")
    FAILED = lifecycle.FAILED, _("Failed")
    CANCELLED = lifecycle.CANCELLED, _("Called back")


class Outcome(models.TextChoices):
    """What came of the last attempt, or why there is none any more."""

    TAKEN = transport.TAKEN, _("It was taken.")
    REFUSED = transport.REFUSED, _("The receiver answered that something is wrong.")
    REDIRECTED = transport.REDIRECTED, _("The receiver sent us elsewhere. That is not followed: add the new address.")
    GONE = transport.GONE, _("The receiver answered that it is gone for good.")
    UNFIT = transport.UNFIT, _("The address is of a kind to which nothing is sent.")
    UNKNOWN_NAME = transport.UNKNOWN_NAME, _("The name of the server can’t be found.")
    NOT_PUBLIC = transport.NOT_PUBLIC, _("The name leads to an address that is not on the public internet.")
    UNREACHABLE = transport.UNREACHABLE, _("The server can’t be reached, or closed the connection.")
    CERTIFICATE = transport.CERTIFICATE, _("The certificate is not valid for this name.")
    NO_TLS = transport.NO_TLS, _("The server speaks no TLS that is safe.")
    NO_HTTP = transport.NO_HTTP, _("What came back is no HTTP.")
    TIMEOUT = transport.TIMEOUT, _("No answer came within ten seconds.")
    LOST = "lost", _("The portal was interrupted while it sent.")
    OFF = "off", _("The webhook was off.")
    OVER = "over", _("The advisory stood no more, or was not for you any more.")


class WebhookDelivery(models.Model):
    """One event for one webhook. The rows are the queue, and the log that the organisation reads."""

    # Also the webhook-id of all its attempts, by which a receiver knows what it has had already.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, null=True, related_name="+")  # none: a test
    event = models.CharField(max_length=20, choices=HookEvent)
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)  # the last attempt
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    status = models.PositiveSmallIntegerField(null=True)  # of the answer, if there was one; nothing else of it is kept
    lease_holder = models.CharField(max_length=100, blank=True)
    lease_expires_at = models.DateTimeField(null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "advisory", "event"], name="one_delivery_per_webhook_advisory_and_event"),
            models.CheckConstraint(condition=Q(event__in=HookEvent.values), name="delivery_event_is_known"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"),
            models.CheckConstraint(condition=Q(outcome__in=["", *Outcome.values]), name="delivery_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(event=HookEvent.TEST, advisory=None) | (~Q(event=HookEvent.TEST) & Q(advisory__isnull=False)),
                name="delivery_is_of_an_advisory_or_a_test",
            ),
            models.CheckConstraint(
                condition=(Q(state=DeliveryState.SENDING, lease_expires_at__isnull=False) & ~Q(lease_holder=""))
                | (~Q(state=DeliveryState.SENDING) & Q(lease_holder="", lease_expires_at=None)),
                name="delivery_being_sent_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.QUEUED, next_attempt_at__isnull=False)
                | (~Q(state=DeliveryState.QUEUED) & Q(next_attempt_at=None)),
                name="delivery_queued_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENT) | Q(outcome=Outcome.TAKEN), name="delivery_sent_was_taken"
            ),
            models.CheckConstraint(condition=~Q(state=DeliveryState.FAILED, outcome=""), name="delivery_failed_says_why"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state=DeliveryState.QUEUED), name="delivery_queue"),
            models.Index(fields=["lease_expires_at"], condition=Q(state=DeliveryState.SENDING), name="delivery_leases"),
            models.Index(F("webhook"), F("happened_at").desc(), name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event}, {self.state}"

    @property
    def is_test(self) -> bool:
        return self.event == HookEvent.TEST

    @property
    def is_under_way(self) -> bool:
        return self.state in (DeliveryState.QUEUED, DeliveryState.SENDING)

    @property
    def has_reason(self) -> bool:
        """Whether there is more to say than that it was taken, or waits."""
        return self.outcome not in ("", Outcome.TAKEN)

    @property
    def is_failed(self) -> bool:
        return self.state == DeliveryState.FAILED


class FeedToken(models.Model):
    """A secret by which a feed reader that can't sign in gets an organisation's feed; only a keyed digest of it is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="feed_tokens")
    name = models.CharField(_("name"), max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    made_on = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    last_used_on = models.DateField(null=True)  # a day and nothing finer: who reads when is nobody's business
    revoked_on = models.DateField(null=True)

    objects = FeedTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(revoked_on=None) | Q(revoked_on__gte=F("made_on")), name="feed_token_revoked_later"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.organisation}"
