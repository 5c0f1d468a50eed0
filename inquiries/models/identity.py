"""Who a confidential asker is, sealed from everybody, and every step towards opening it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inquiries import lifecycle
from inquiries.models.inquiry import Inquiry
from inquiries.querysets import IdentityQuerySet, OpeningQuerySet
from organisations.models import User


class Identity(models.Model):
    """A confidential asker's own words on who they are, sealed with a key that the case key doesn't lead to.

    `wrapped_key` opens the words, for the gatekeepers alone. `wrapped_ledger_key` and `case_ledger_key` are one key, with which the
    reasons of openings are sealed, wrapped for the gatekeepers and under the case key, so that the asker reads the ledger.
    The words and their key are destroyed once the asker asks by name; the ledger stays. `version` counts what the asker has said
    of themselves, from 1: each correction overwrites the words before it.
    """

    # Each correction seals anew and is a line of the history: enough for every slip of a pen, and an end to it.
    MOST_VERSIONS = 20

    inquiry = models.OneToOneField(Inquiry, on_delete=models.CASCADE, primary_key=True, related_name="identity")
    sealed_words = models.BinaryField(null=True)
    ring_key = models.CharField(max_length=40)
    wrapped_key = models.BinaryField(null=True)
    wrapped_ledger_key = models.BinaryField()
    case_ledger_key = models.BinaryField()
    version = models.PositiveSmallIntegerField(default=1)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed_words=None, wrapped_key=None) | Q(sealed_words__isnull=False, wrapped_key__isnull=False),
                name="identity_is_there_or_destroyed",
            )
        ]

    def __str__(self) -> str:
        return str(self.inquiry_id)

    @property
    def may_be_corrected(self) -> bool:
        return self.sealed_words is not None and self.version < self.MOST_VERSIONS


class OpeningState(models.TextChoices):
    ASKED = lifecycle.ASKED, _("Waits for a second gatekeeper")
    GRANTED = lifecycle.GRANTED, _("Agreed, not read yet")
    REFUSED = lifecycle.REFUSED, _("Refused")
    READ = lifecycle.READ, _("Read")
    LAPSED = lifecycle.LAPSED, _("Ran out")


class Opening(models.Model):
    """One gatekeeper's wish to learn who asks, another one's answer, and the reading; the asker sees each step."""

    # A grant is good on its day and on the next.
    LASTS = timedelta(days=1)
    # Business days after the asking on which a second gatekeeper may still decide. What can wait for longer than a working week is
    # no danger any more that the reason was given for: who must still know gives it anew.
    WAITS = 5
    # For so long after asking a gatekeeper is told that it ran out: about two weeks from then.
    TOLD_FOR = timedelta(days=21)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="openings")
    state = models.CharField(max_length=8, choices=OpeningState, default=OpeningState.ASKED)
    sealed_reason = models.BinaryField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    position = models.PositiveSmallIntegerField()  # among the openings of its inquiry, from 1: there is no time of day to order by
    version = models.PositiveSmallIntegerField()  # of the asker's words, as they were when it last moved
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    sealed_refusal = models.BinaryField(null=True)
    read_on = models.DateField(null=True)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "position"], name="one_opening_per_position"),
            models.UniqueConstraint(
                fields=["inquiry"], condition=Q(state__in=lifecycle.OPENING_UNDER_WAY), name="one_opening_under_way"
            ),
            models.CheckConstraint(condition=~Q(decided_by=F("asked_by")), name="opening_decided_by_another"),
            models.CheckConstraint(
                condition=(Q(state=lifecycle.ASKED) & Q(decided_by=None, decided_on=None))
                | (
                    Q(state__in=[lifecycle.GRANTED, lifecycle.REFUSED, lifecycle.READ])
                    & Q(decided_by__isnull=False, decided_on__isnull=False)
                )
                | (
                    Q(state=lifecycle.LAPSED)
                    & (Q(decided_by=None, decided_on=None) | Q(decided_by__isnull=False, decided_on__isnull=False))
                ),
                name="opening_decided_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.READ, read_on__isnull=False) | (~Q(state=lifecycle.READ) & Q(read_on=None)),
                name="opening_read_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.REFUSED, sealed_refusal__isnull=False)
                | (~Q(state=lifecycle.REFUSED) & Q(sealed_refusal=None)),
                name="opening_refused_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.state}"

    @property
    def last_day(self) -> date | None:
        """The last day on which a grant may be used; None without one."""
        return self.decided_on + self.LASTS if self.decided_on else None

    def has_run_out(self, today: date) -> bool:
        """Whether a grant can't be used any more."""
        return self.state == lifecycle.GRANTED and self.last_day is not None and today > self.last_day

    def outcome(self, today: date) -> str:
        """Where it stands, in words."""
        return str(OpeningState(lifecycle.LAPSED if self.has_run_out(today) else self.state).label)
