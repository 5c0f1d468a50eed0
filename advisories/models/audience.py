"""Who gets advisories: subscriptions with their digests, and mandates."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from advisories import lifecycle
from advisories.models.advisories import Advisory, Kind, Urgency
from advisories.querysets import MandateQuerySet, SubscriptionQuerySet
from catalogue.models import Segment
from organisations.models import Organisation, User

DIGEST_SOURCE = "advisory-digest:"


class Pace(models.TextChoices):
    IMMEDIATE = lifecycle.IMMEDIATE, _("At once")
    DAILY = lifecycle.DAILY, _("Once a day")
    WEEKLY = lifecycle.WEEKLY, _("Once a week")


class Channel(models.TextChoices):
    MAIL = "mail", _("By mail")
    FEED = "feed", _("In the feed only")


class Subscription(models.Model):
    """That an organisation gets advisories at an address: those of its kinds on what it names, or on all where it names nothing.

    Without an organisation it is a single address, whose reader has confirmed it; to that goes what everybody may read.
    """

    # Of the letters that go to single addresses, and may carry a link for their own reader.
    SINGLE_PURPOSES: ClassVar = ("advisory-single", "advisory-digest-single")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="subscriptions")
    confirmed_on = models.DateField(null=True)  # of a single address
    address = models.EmailField(_("email address"))
    segments = models.ManyToManyField(Segment, verbose_name=_("segments"), blank=True, related_name="subscriptions")
    # Codes; each stands for what lies below it and above it. Who names segments as well gets what is on either.
    control_entries = ArrayField(models.CharField(max_length=40), verbose_name=_("control entries"), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=12, choices=Kind), verbose_name=_("kinds"), default=list, blank=True)
    least_urgency = models.CharField(_("least urgency"), max_length=8, choices=Urgency, default=Urgency.ROUTINE)
    language = models.CharField(_("language"), max_length=10, default="en")
    pace = models.CharField(_("pace"), max_length=10, choices=Pace, default=Pace.IMMEDIATE)
    # Until when digests have told of what came out. One who gets all at once has it as long as something waits for a last digest.
    told_until = models.DateTimeField(null=True)
    channel = models.CharField(_("channel"), max_length=4, choices=Channel, default=Channel.MAIL)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["pace", "told_until"], condition=Q(is_active=True, told_until__isnull=False), name="subscription_to_digest"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "organisation", Lower("address"), condition=Q(is_active=True), name="one_active_subscription_per_address"
            ),
            models.UniqueConstraint(
                Lower("address"),
                condition=Q(is_active=True, organisation=None),
                name="one_active_single_subscription_per_address",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, confirmed_on=None)
                | Q(organisation=None, confirmed_on__isnull=False, created_by=None, channel=Channel.MAIL),
                name="subscription_of_an_organisation_or_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(is_active=True, ended_at=None) | Q(is_active=False, ended_at__isnull=False),
                name="subscription_ended_when",
            ),
            models.CheckConstraint(condition=Q(kinds__contained_by=Kind.values), name="subscription_kinds_are_known"),
            models.CheckConstraint(condition=Q(least_urgency__in=Urgency.values), name="subscription_urgency_is_known"),
            models.CheckConstraint(condition=Q(pace__in=Pace.values), name="subscription_pace_is_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="subscription_channel_is_known"),
            models.CheckConstraint(
                condition=Q(pace=Pace.IMMEDIATE) | Q(told_until__isnull=False), name="subscription_with_digests_is_told_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.address}" if self.organisation else self.address

    @property
    def kinds_chosen(self) -> list[str]:
        """In words, in the order of the form."""
        return [str(kind.label) for kind in Kind if kind in self.kinds]

    @property
    def subjects(self) -> list[str]:
        """What it names, in words: segments, then control entries."""
        return [*(segment.label for segment in self.segments.all()), *self.control_entries]

    @property
    def is_feed_only(self) -> bool:
        return self.channel == Channel.FEED

    @property
    def is_choosy_about_urgency(self) -> bool:
        return self.least_urgency != Urgency.ROUTINE


class Confirmation(models.Model):
    """That a link went to an address for its reader to confirm it. Erased after some days, whatever came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.EmailField(_("email address"))
    asked_at = models.DateTimeField()  # the last time, to the hour

    class Meta:
        constraints = [models.UniqueConstraint(Lower("address"), name="one_confirmation_per_address")]
        indexes = [models.Index(fields=["asked_at"], name="confirmation_by_hour")]

    def __str__(self) -> str:
        return self.address


class Digest(models.Model):
    """A letter that tells of several advisories: one for all whose wishes come to the same in a period."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    period = models.DateField()  # the day until which it tells
    advisories = models.ManyToManyField(Advisory, related_name="digests")

    def __str__(self) -> str:
        return f"{self.period}"

    @property
    def source(self) -> str:
        """The name under which the mailroom knows it."""
        return f"{DIGEST_SOURCE}{self.pk}"


class DigestCopy(models.Model):
    """That a subscription had its digest of a period, so that it gets no second one. Which address that was says its envelope."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="copies")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="digests")
    period = models.DateField()
    since = models.DateTimeField()  # where it began, to begin there again if it is called back

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period"], name="one_digest_per_subscription_and_period"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.period}"


class MandateKind(models.TextChoices):
    RELAY = "relay", _("Relay")
    COORDINATION = "coordination", _("Coordination")
    ADVISORY = "advisory", _("Advisory")


class Mandate(models.Model):
    """That government has asked an association to act for segments and a period; as a relay, it gets every advisory on them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    association = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="mandates")
    kind = models.CharField(_("kind"), max_length=12, choices=MandateKind)
    segments = models.ManyToManyField(Segment, verbose_name=_("segments"), blank=True, related_name="mandates")
    address = models.EmailField(_("email address for notices"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    objects = MandateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MandateKind.values), name="mandate_kind_is_known"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="mandate_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.association}, {self.get_kind_display()}"
