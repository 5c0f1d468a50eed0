"""Who looks from outside the country's own offices: bodies to which the focal point has opened the registry until a day."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation, User
from organisations.validators import plain_text
from registry.disclosure import Audience
from registry.models.words import AUDIENCE_LABELS
from registry.querysets import PartnerOpeningQuerySet

# As which of the audiences a partner may look; no function of an agency makes it one of these.
PARTNER_AUDIENCES: Final = (Audience.BUSINESS_PROMOTION, Audience.PARTNER_GOVERNMENT)
LONGEST_OPENING: Final = timedelta(days=730)


class PartnerOpening(models.Model):
    """That a partner looks as an audience, from one day to another. What was opened and closed stays: the rows are the history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(
        _("audience"), max_length=30, choices=[(audience.value, AUDIENCE_LABELS[audience]) for audience in PARTNER_AUDIENCES]
    )
    reason = models.CharField(_("reason"), max_length=300, validators=[plain_text])
    until = models.DateField(_("last day"))
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_on = models.DateField()
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField(null=True)

    objects = PartnerOpeningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=[audience.value for audience in PARTNER_AUDIENCES]), name="opening_is_to_a_partner"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="opening_has_a_reason"),
            models.CheckConstraint(
                condition=Q(until__gte=F("opened_on"), until__lte=F("opened_on") + LONGEST_OPENING), name="opening_ends"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, closed_by=None) | Q(closed_on__gte=F("opened_on"), closed_by__isnull=False),
                name="opening_closed_by_and_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.audience}, {self.until}"

    def is_open(self, today: date) -> bool:
        return self.closed_on is None and today <= self.until
