from __future__ import annotations

import uuid
from typing import Final

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation, User
from organisations.validators import plain_text
from registry.querysets import InvitedQuerySet, OutreachQuerySet


class OutreachState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waits for a second official")
    SENT = "sent", _("Sent")


class OutreachSide(models.TextChoices):
    FIRM = "firm", _("The firm")
    AGENCY = "agency", _("The agency")


class Outreach(models.Model):
    """An invitation that an agency sends to the entries that allow outreach to it, in a segment, role and region.

    `mailed` and `unreached` are how many were written to and how many were not, once it is sent.
    """

    ALONE: Final = 25  # entries to which one official may write; to more of them a second one agrees

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=30)
    subject = models.CharField(_("subject"), max_length=200, validators=[plain_text])
    text = models.TextField(_("text"), validators=[MaxLengthValidator(4000), plain_text])
    event_on = models.DateField(null=True, blank=True)
    reply_by = models.DateField()
    segment = models.CharField(max_length=20, blank=True)
    role = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=5, blank=True)
    state = models.CharField(max_length=10, choices=OutreachState, default=OutreachState.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    # The second official, who read these words and sent them.
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    mailed = models.PositiveIntegerField(default=0)
    unreached = models.PositiveIntegerField(default=0)

    objects = OutreachQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OutreachState.values), name="outreach_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None, approved_by=None, mailed=0)),
                name="outreach_sent_and_when",
            ),
            models.CheckConstraint(
                condition=Q(mailed__lte=25) | Q(approved_by__isnull=False), name="outreach_to_many_has_a_second_official"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("written_by")), name="outreach_has_two_officials"
            ),
            models.CheckConstraint(
                condition=Q(event_on=None) | Q(event_on__gte=F("reply_by")), name="outreach_replies_come_before_the_event"
            ),
        ]
        indexes = [models.Index(fields=["agency", "-written_at"], name="outreach_by_agency")]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_draft(self) -> bool:
        return self.state == OutreachState.DRAFT

    @property
    def waits(self) -> bool:
        return self.state == OutreachState.WAITING

    @property
    def is_sent(self) -> bool:
        return self.state == OutreachState.SENT

    @property
    def source(self) -> str:
        """By which the mailroom knows its letter."""
        return f"outreach:{self.pk}"


class Invited(models.Model):
    """That an entry was written to, and the thread of what its firm and the agency wrote to each other since."""

    outreach = models.ForeignKey(Outreach, on_delete=models.PROTECT, related_name="invited")
    entry = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="invited")
    # Of the last message, and whose it is; empty while the firm has not answered.
    last_at = models.DateTimeField(null=True)
    last_side = models.CharField(max_length=10, choices=OutreachSide, blank=True)

    objects = InvitedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outreach", "entry"], name="an_entry_is_invited_once"),
            models.CheckConstraint(
                condition=Q(last_at=None, last_side="") | Q(last_at__isnull=False, last_side__in=OutreachSide.values),
                name="invited_last_message_has_a_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outreach}: {self.entry_id}"

    @property
    def waits_for_agency(self) -> bool:
        return self.last_side == OutreachSide.FIRM


class OutreachMessage(models.Model):
    """One message of such a thread."""

    invited = models.ForeignKey(Invited, on_delete=models.CASCADE, related_name="messages")
    side = models.CharField(max_length=10, choices=OutreachSide)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(max_length=2000)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(side__in=OutreachSide.values), name="outreach_message_has_a_side")]

    def __str__(self) -> str:
        return self.text[:60]


class NoOutreach(models.Model):
    """That a firm wants no further invitations of an agency."""

    entry = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        verbose_name_plural = "no outreach"
        constraints = [models.UniqueConstraint(fields=["entry", "agency"], name="no_outreach_is_said_once")]

    def __str__(self) -> str:
        return f"{self.entry_id}, {self.agency}"
