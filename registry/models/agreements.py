"""What a firm and the focal point agreed may be seen of an entry, version by version."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organisations.models import User
from registry import disclosure, lifecycle
from registry.models.entries import Entry
from registry.models.words import MOVE_LABELS, STATE_LABELS, Clause, clauses
from registry.querysets import (
    AgreementVersionQuerySet,
)


class Side(models.TextChoices):
    """The two sides of an agreement."""

    FIRM = "firm", _("The firm")
    FOCAL_POINT = "focal-point", _("The focal point")


class Agreement(models.Model):
    """The paper between a firm and the focal point; its content is in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="agreement")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.entry)


class AgreementVersion(models.Model):
    """One text of an agreement. What it says is written once; the database lets the portal change only state, who and when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=list(STATE_LABELS.items()), default=lifecycle.OFFERED)
    is_active = models.BooleanField(default=False)
    side = models.CharField(max_length=12, choices=Side, default=Side.FIRM)
    # The proposal of the other side to which this one is the reply.
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    # When the firm let the focal point read it before anybody signed.
    sent_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    countersigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    countersigned_at = models.DateTimeField(null=True)
    # Which side suspended it, and alone may resume it.
    suspended_by = models.CharField(max_length=12, choices=Side, blank=True)
    ended_at = models.DateTimeField(null=True)
    # The firm's sealed statement, and the receipt that the focal point sealed over it (`signing.py`).
    signature = models.JSONField(null=True)
    receipt = models.JSONField(null=True)

    objects = AgreementVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="one_agreement_version_per_number"),
            models.UniqueConstraint(fields=["agreement"], condition=Q(is_active=True), name="one_active_agreement_version"),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(state__in=lifecycle.PENDING_STATES), name="one_pending_agreement_version"
            ),
            # The target of the projection's composite foreign key.
            models.UniqueConstraint(fields=["id", "is_active"], name="agreement_version_id_is_active"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="agreement_period_is_possible"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="agreement_digest_is_sha256"),
            models.CheckConstraint(
                condition=Q(is_active=True, state=lifecycle.ACTIVE) | (Q(is_active=False) & ~Q(state=lifecycle.ACTIVE)),
                name="agreement_is_active_when_its_state_says_so",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None, signed_at=None) | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="agreement_signed_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by=None, countersigned_at=None)
                | Q(countersigned_by__isnull=False, countersigned_at__isnull=False, signed_at__isnull=False),
                name="agreement_countersigned_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.OFFERED, signed_at=None)
                | Q(state=lifecycle.SIGNED, signed_at__isnull=False, countersigned_at=None)
                | Q(state__in=(lifecycle.ACTIVE, lifecycle.SUSPENDED), countersigned_at__isnull=False)
                | Q(state__in=lifecycle.ENDED_STATES),
                name="agreement_state_and_signatures",
            ),
            models.CheckConstraint(
                condition=Q(state__in=lifecycle.ENDED_STATES, ended_at__isnull=False)
                | (Q(ended_at=None) & ~Q(state__in=lifecycle.ENDED_STATES)),
                name="agreement_ended_at",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.SUSPENDED, suspended_by__in=Side.values)
                | (~Q(state=lifecycle.SUSPENDED) & Q(suspended_by="")),
                name="agreement_suspended_by",
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="agreement_side_is_known"),
            models.CheckConstraint(
                condition=Q(countersigned_by=None) | ~Q(countersigned_by=F("signed_by")), name="agreement_has_two_signatories"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, version {self.number}"

    @property
    def document(self) -> dict[str, Any]:
        """What both sides sign; `sha256` is the digest of its canonical JSON."""
        return {
            "agreement": str(self.agreement_id),
            "number": str(self.number),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "terms": self.terms,
        }

    @property
    def is_intact(self) -> bool:
        return disclosure.digest(self.document) == self.sha256

    @property
    def clauses(self) -> list[Clause]:
        return clauses(self.terms)

    @property
    def replaced(self) -> AgreementVersion | None:
        """The text with which a reader compares this one: the proposal that it answers, or else what is in force."""
        if self.answers_id:
            return self.answers
        return self.agreement.versions.standing().exclude(pk=self.pk).first()

    @property
    def is_offered(self) -> bool:
        return self.state == lifecycle.OFFERED

    @property
    def is_signed(self) -> bool:
        return self.state == lifecycle.SIGNED

    @property
    def is_suspended(self) -> bool:
        return self.state == lifecycle.SUSPENDED

    @property
    def is_pending(self) -> bool:
        return self.state in lifecycle.PENDING_STATES

    @property
    def is_counter_offer(self) -> bool:
        """Whether the focal point proposed it."""
        return self.side == Side.FOCAL_POINT

    @property
    def is_sent(self) -> bool:
        return self.sent_at is not None

    @property
    def is_ended(self) -> bool:
        return self.state in lifecycle.ENDED_STATES


class AgreementEvent(models.Model):
    """The history of an agreement: one row a move. `by` and `side` are empty where the calendar moved it."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="events")
    move = models.CharField(max_length=12)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    side = models.CharField(max_length=12, choices=Side, blank=True)
    reason = models.CharField(max_length=1000, blank=True)

    def __str__(self) -> str:
        return f"{self.move}, {self.at:%Y-%m-%d}"

    @property
    def label(self) -> Promise:
        return MOVE_LABELS[self.move]
