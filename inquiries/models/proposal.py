"""An answer as one official left it, before a second one lets it go."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inquiries import lifecycle
from inquiries.models.inquiry import Inquiry
from inquiries.querysets import ProposedAnswerQuerySet
from organisations.models import User


class ProposalState(models.TextChoices):
    DRAFT = lifecycle.DRAFT, _("Draft")
    PROPOSED = lifecycle.PROPOSED, _("Waiting for approval")
    RETURNED = lifecycle.RETURNED, _("Returned")
    SENT = lifecycle.SENT, _("Approved and sent")
    VOID = lifecycle.VOID, _("Void")


class ProposedAnswer(models.Model):
    """One revision of an answer. An edit changes no row: it voids it and makes the next, so what is approved is what was read.

    `round` counts the answers sent before it, so that all revisions of one answer share it. `after` is the position of the last
    message that its author had read: a later one overtakes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="proposals")
    number = models.PositiveIntegerField()
    round = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=ProposalState)
    sealed_text = models.BinaryField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_on = models.DateField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    sealed_note = models.BinaryField(null=True)

    objects = ProposedAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "number"], name="one_proposed_answer_per_number"),
            models.UniqueConstraint(
                fields=["inquiry"], condition=Q(state__in=lifecycle.STANDING), name="one_proposed_answer_stands"
            ),
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="proposed_answer_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=lifecycle.VOID)
                | Q(state__in=[lifecycle.DRAFT, lifecycle.PROPOSED], decided_by=None, decided_on=None, sealed_note=None)
                | Q(state=lifecycle.SENT, decided_by__isnull=False, decided_on__isnull=False, sealed_note=None)
                | Q(state=lifecycle.RETURNED, decided_by__isnull=False, decided_on__isnull=False, sealed_note__isnull=False),
                name="proposed_answer_decided_by_and_on",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("author")), name="proposed_answer_nobody_approves_their_own"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}/{self.number}"

    @property
    def is_proposed(self) -> bool:
        return self.state == lifecycle.PROPOSED

    @property
    def is_returned(self) -> bool:
        return self.state == lifecycle.RETURNED
