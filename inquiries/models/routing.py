"""The rules by which inquiries find their agency, and every state in which each rule has been."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Deferrable, Q
from django.utils.translation import gettext_lazy as _

from inquiries import routing
from inquiries.models.inquiry import Flag, Mode, Priority, Topic
from inquiries.querysets import RoutingRuleQuerySet
from organisations.models import Organisation, User

LAST_TIER = 99
LONGEST_TARGET = 250  # business days: a year


class RoutingRule(models.Model):
    """What an inquiry must be like, and where it goes then. A list that is empty asks for nothing.

    Without an agency it stays with the focal point. `team` is the agency's own queue, by name; without a
    priority it keeps the one it has. `target_days` counts business days to the first answer; without, those of the topic count.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    tier = models.PositiveSmallIntegerField(_("tier"))
    position = models.PositiveIntegerField()
    topics = ArrayField(models.CharField(max_length=20, choices=Topic), verbose_name=_("topics"), default=list)
    segments = ArrayField(models.CharField(max_length=20), verbose_name=_("segments"), default=list)
    codes = ArrayField(models.CharField(max_length=40), verbose_name=_("control entries"), default=list)
    destinations = ArrayField(models.CharField(max_length=3), verbose_name=_("destinations"), default=list)
    modes = ArrayField(models.CharField(max_length=12, choices=Mode), verbose_name=_("how it is asked"), default=list)
    flags = ArrayField(models.CharField(max_length=20, choices=Flag), verbose_name=_("flags"), default=list)
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    team = models.CharField(_("team"), max_length=40, blank=True)
    priority = models.CharField(_("priority"), max_length=6, choices=Priority, blank=True)
    target_days = models.PositiveSmallIntegerField(_("response target"), null=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0)

    objects = RoutingRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tier", "position"], name="one_rule_per_place", deferrable=Deferrable.DEFERRED),
            models.CheckConstraint(condition=Q(tier__gte=1, tier__lte=LAST_TIER), name="rule_tier_is_known"),
            models.CheckConstraint(
                condition=Q(target_days=None) | Q(target_days__gte=1, target_days__lte=LONGEST_TARGET), name="rule_target_is_sane"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def as_rule(self) -> routing.Rule:
        return routing.Rule.naming(self.pk, self.tier, self.position, *(getattr(self, kind) for kind in routing.KINDS))


class RoutingRuleVersion(models.Model):
    """One state of a rule, from the day on which somebody made it so; only ever added to."""

    class Change(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        MOVED = "moved", _("Moved")
        SWITCHED_OFF = "off", _("Switched off")
        SWITCHED_ON = "on", _("Switched on")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.ForeignKey(RoutingRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    change = models.CharField(max_length=7, choices=Change)
    content = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="one_rule_version_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="rule_versions_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}/{self.number}"
