"""What other agencies are asked about a case, and how their disagreement is settled."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inquiries import lifecycle
from inquiries.models.inquiry import Inquiry
from inquiries.querysets import ConsultationQuerySet
from organisations.models import Organisation, User


class Stance(models.TextChoices):
    AGREES = "agrees", _("Agrees")
    CONDITIONS = "conditions", _("Agrees on conditions")
    OBJECTS = "objects", _("Objects")
    NO_VIEW = "no-view", _("Has no view")


class ConsultationState(models.TextChoices):
    ASKED = lifecycle.ASKED, _("Asked")
    GIVEN = lifecycle.GIVEN, _("View given")
    WITHDRAWN = lifecycle.WITHDRAWN, _("Withdrawn")
    ENDED = lifecycle.ENDED, _("View given, reads no more")


class Settlement(models.Model):
    """Why the agency that has the case goes on although another one objects, and who decided it. The reasons are sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="settlements")
    number = models.PositiveIntegerField()
    sealed_reasons = models.BinaryField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inquiry", "number"], name="one_settlement_per_number")]

    def __str__(self) -> str:
        return f"{self.inquiry_id}/{self.number}"


class Consultation(models.Model):
    """One agency asked for its view of a case by a day of its own. The question and the view are sealed with the case key.

    Until it ends, the agency is on the reader list on its account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="consultations")
    number = models.PositiveIntegerField()
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    state = models.CharField(_("state"), max_length=10, choices=ConsultationState, default=ConsultationState.ASKED)
    sealed_question = models.BinaryField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField(_("asked"))
    due_on = models.DateField(_("due"))
    stance = models.CharField(_("position"), max_length=10, choices=Stance, blank=True)
    sealed_view = models.BinaryField(null=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    given_on = models.DateField(_("given"), null=True)
    settlement = models.ForeignKey(Settlement, on_delete=models.CASCADE, null=True, related_name="consultations")
    ended_on = models.DateField(null=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "number"], name="one_consultation_per_number"),
            models.UniqueConstraint(
                fields=["inquiry", "agency"], condition=Q(state=lifecycle.ASKED), name="one_open_consultation_per_agency"
            ),
            models.CheckConstraint(condition=Q(state__in=ConsultationState.values), name="consultation_state_is_known"),
            models.CheckConstraint(
                condition=(
                    Q(state__in=[lifecycle.GIVEN, lifecycle.ENDED])
                    & Q(stance__in=Stance.values, sealed_view__isnull=False, given_by__isnull=False, given_on__isnull=False)
                )
                | (
                    Q(state__in=[lifecycle.ASKED, lifecycle.WITHDRAWN])
                    & Q(stance="", sealed_view=None, given_by=None, given_on=None)
                ),
                name="consultation_view_with_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[lifecycle.ASKED, lifecycle.GIVEN], ended_on=None)
                | Q(state__in=[lifecycle.WITHDRAWN, lifecycle.ENDED], ended_on__isnull=False),
                name="consultation_ended_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(settlement=None) | Q(stance=Stance.OBJECTS), name="consultation_only_objections_are_settled"
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "due_on"], condition=Q(state=lifecycle.ASKED), name="consultation_due"),
            models.Index(fields=["agency", "given_on"], condition=Q(state=lifecycle.GIVEN), name="consultation_given"),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.agency_id}"

    @property
    def is_open(self) -> bool:
        """Whether the agency's view is still awaited."""
        return self.state == lifecycle.ASKED

    @property
    def is_given(self) -> bool:
        return self.state in (lifecycle.GIVEN, lifecycle.ENDED)

    @property
    def reads(self) -> bool:
        """Whether the agency is on the reader list on account of this."""
        return self.state in (lifecycle.ASKED, lifecycle.GIVEN)

    @property
    def objects_to_it(self) -> bool:
        return self.stance == Stance.OBJECTS
