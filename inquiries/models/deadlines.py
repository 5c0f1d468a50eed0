"""What deadlines are derived from beside the history of a case, and how working them out anew gets on."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inquiries import deadlines
from inquiries.models.inquiry import Inquiry, Priority, Topic
from inquiries.querysets import ClosureQuerySet, RecalculationQuerySet
from organisations.models import User

LONGEST_CLOSURE = timedelta(days=31)


class Closure(models.Model):
    """Days on which the office is closed beside the public holidays. Never of the past, so that no day that was due moves."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120)
    declared_on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ClosureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="closure_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(declared_on__lte=F("first_on")), name="closure_is_declared_before_it_begins"),
            models.CheckConstraint(condition=Q(last_on__lt=F("first_on") + LONGEST_CLOSURE), name="closure_is_a_month_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.first_on} – {self.last_on}: {self.reason}"


class ResponseTarget(models.Model):
    """Business days for questions of one topic and priority whose clock starts on `valid_from` or later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    priority = models.CharField(_("priority"), max_length=6, choices=Priority)
    acknowledge = models.PositiveSmallIntegerField(_("taken within"))
    answer = models.PositiveSmallIntegerField(_("answered within"))
    close = models.PositiveSmallIntegerField(_("closed within"))
    valid_from = models.DateField(_("in force from"))
    set_on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "priority", "valid_from"], name="one_response_target_per_day"),
            models.CheckConstraint(
                condition=Q(acknowledge__gte=1, answer__gte=1, close__gte=1)
                & Q(
                    acknowledge__lte=deadlines.LONGEST_TARGET,
                    answer__lte=deadlines.LONGEST_TARGET,
                    close__lte=deadlines.LONGEST_TARGET,
                ),
                name="response_target_is_within_a_year",
            ),
            # A clock that runs keeps the target with which it started.
            models.CheckConstraint(condition=Q(set_on__lt=F("valid_from")), name="response_target_is_set_before_it_is_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}, {self.priority}: {self.answer}"


class Recalculation(models.Model):
    """One time of working out all deadlines anew, batch by batch; `last` is the case that was looked at last."""

    class Cause(models.TextChoices):
        CLOSURE = "closure", _("The days on which the office is closed have changed")
        CHECK = "check", _("Nightly check")
        COMMAND = "command", _("An administrator of the server asked for it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cause = models.CharField(max_length=10, choices=Cause)
    begun_on = models.DateField()
    last = models.UUIDField(default=uuid.UUID(int=0))
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    differed = models.PositiveIntegerField(default=0)
    is_finished = models.BooleanField(default=False)

    objects = RecalculationQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(differed__lte=F("done")), name="recalculation_differed_are_done")]

    def __str__(self) -> str:
        return f"{self.cause}: {self.done} of {self.total}, {self.differed} differed"

    @property
    def is_alarming(self) -> bool:
        """A check that found another day than the one on record: somebody or something changed it past the rules."""
        return self.cause == self.Cause.CHECK and self.differed > 0


class Breach(models.Model):
    """An answer that came after its day, or had to be put off after it, or a case taken or closed late, and why.

    The words are the office's own, sealed.
    """

    class Target(models.TextChoices):
        ACKNOWLEDGE = deadlines.ACKNOWLEDGE, _("Taken late")
        ANSWER = deadlines.ANSWER, _("Answer late")
        CLOSE = deadlines.CLOSE, _("Closed late")

    class Reason(models.TextChoices):
        WORKLOAD = "workload", _("Too much work for those there are")
        ABSENCE = "absence", _("The case officer was away and nobody stood in")
        AGENCY = "agency", _("Waited for another agency or an expert")
        COMPLEX = "complex", _("Harder than the target allows for")
        APPROVAL = "approval", _("Waited for approval")
        OVERSIGHT = "oversight", _("It was overlooked")
        SYSTEMS = "systems", _("The portal or another system failed")
        UNANSWERED = "unanswered", _("Closed late without an answer")
        UNSAID = "unsaid", _("Nobody has said why yet")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="breaches")
    target = models.CharField(max_length=11, choices=Target, default=Target.ANSWER)
    due_on = models.DateField()
    met_on = models.DateField(null=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    sealed_words = models.BinaryField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "target", "due_on"], name="one_breach_per_day_due"),
            models.CheckConstraint(
                condition=Q(target__in=[deadlines.ACKNOWLEDGE, deadlines.ANSWER, deadlines.CLOSE]), name="breach_target_is_known"
            ),
            models.CheckConstraint(condition=Q(on__gt=F("due_on")), name="breach_is_explained_after_the_day"),
            models.CheckConstraint(condition=Q(met_on=None) | Q(met_on__gte=F("on")), name="breach_is_met_after_it_is_explained"),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.reason}"

    @property
    def is_unsaid(self) -> bool:
        return self.reason == self.Reason.UNSAID
