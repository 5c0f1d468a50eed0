"""Letters (what is said, once) and envelopes (one addressed copy of it, with its fate). The envelopes are the queue."""

from __future__ import annotations

import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mailroom import lifecycle
from mailroom.querysets import EnvelopeQuerySet, LetterQuerySet, SuppressionQuerySet

TOKEN_CHARACTERS = 32
# One @, no blank, control character, comma or bracket: nothing that could end a header line or an SMTP command early.
ADDRESS = r"^[!#$%&'*+/=?^_`{|}~A-Za-z0-9.-]+@[A-Za-z0-9.-]+$"
CONTROL_CHARACTER = r"[[:cntrl:]]"


class Priority(models.IntegerChoices):
    """Which envelopes leave first; a lower number overtakes all higher ones."""

    URGENT = 1, _("Urgent")
    ORDINARY = 2, _("Ordinary")
    BULK = 3, _("Bulk")


class State(models.TextChoices):
    QUEUED = lifecycle.QUEUED, _("Queued")
    SENDING = lifecycle.SENDING, _("Being sent")
    SENT = lifecycle.SENT, _("Sent")
    FAILED = lifecycle.FAILED, _("Failed")
    IN_DOUBT = lifecycle.IN_DOUBT, _("In doubt")
    SUPPRESSED = lifecycle.SUPPRESSED, _("Suppressed")
    CANCELLED = lifecycle.CANCELLED, _("Cancelled")


def new_token() -> str:
    return secrets.token_hex(TOKEN_CHARACTERS // 2)


class Letter(models.Model):
    """What is said to one or many, in one language. It doesn't change once it is written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=40)
    # Who had it written, such as "advisory:<uuid>". A word and not a foreign key: the mailroom knows nobody above it.
    source = models.CharField(max_length=100)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    list_id = models.CharField(max_length=200, blank=True)
    # Where a copy's token, put behind it, stops the list for the address (RFC 8058); empty for what is no list.
    stop_address = models.URLField(blank=True)
    message_id_domain = models.CharField(max_length=200)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.ORDINARY)
    # How many envelopes were written: what the sum over their states must always give.
    addressed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(subject__regex=CONTROL_CHARACTER), name="letter_subject_is_one_line"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="letter_priority_is_known"),
        ]
        indexes = [models.Index(fields=["source"], name="letter_by_source")]

    def __str__(self) -> str:
        return self.subject


class Envelope(models.Model):
    """One addressed copy of a letter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="envelopes")
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    # Stands in the copy's own links. It is not the Message-ID, which every forward and reply shows to others.
    token = models.CharField(max_length=TOKEN_CHARACTERS, unique=True, default=new_token)
    # The envelope that this one answers, such as that of what a letter corrects. It may be forgotten before this one is.
    answers = models.UUIDField(null=True)
    # Copied from the letter, so that one index gives the queue in order.
    priority = models.PositiveSmallIntegerField(choices=Priority)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    # How often a worker or the mail server was lost after the content had gone: the copies that may have arrived twice.
    doubts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_holder = models.CharField(max_length=100, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # A word of ours or an SMTP code, never what the server wrote: that quotes addresses and content.
    last_error = models.CharField(max_length=40, blank=True)

    objects = EnvelopeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("letter", Lower("address"), name="one_envelope_per_letter_and_address"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="envelope_state_is_known"),
            models.CheckConstraint(condition=Q(address__regex=ADDRESS), name="envelope_address_is_plain"),
            models.CheckConstraint(condition=~Q(name__regex=CONTROL_CHARACTER), name="envelope_name_is_one_line"),
            models.CheckConstraint(
                condition=(Q(state=State.SENDING, lease_expires_at__isnull=False) & ~Q(lease_holder=""))
                | (~Q(state=State.SENDING) & Q(lease_holder="", lease_expires_at=None, started_at=None)),
                name="envelope_being_sent_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENT, sent_at__isnull=False) | (~Q(state=State.SENT) & Q(sent_at=None)),
                name="envelope_sent_and_when",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.QUEUED) & Q(next_attempt_at__isnull=False))
                | Q(state__in=[State.SENDING, State.IN_DOUBT])
                | Q(state__in=lifecycle.FINAL, next_attempt_at=None),
                name="envelope_queued_has_its_time",
            ),
            models.CheckConstraint(condition=~Q(state=State.FAILED, last_error=""), name="envelope_failed_says_why"),
        ]
        indexes = [
            models.Index(
                fields=["priority", "next_attempt_at", "id"],
                condition=Q(state__in=lifecycle.CLAIMABLE),
                name="envelope_queue",
            ),
            models.Index(fields=["lease_expires_at"], condition=Q(state=State.SENDING), name="envelope_leases"),
            models.Index(fields=["letter", "state"], name="envelope_by_letter_and_state"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.state}"

    @property
    def message_id(self) -> str:
        """The Message-ID of every copy that leaves under this envelope, with its angle brackets (RFC 5322, section 3.6.4)."""
        return f"<{self.id.hex}@{self.letter.message_id_domain}>"

    @property
    def is_failed(self) -> bool:
        return self.state == State.FAILED

    @property
    def why(self) -> str:
        """What the last attempt met, in words; nothing where it met nothing."""
        return in_words(self.last_error)


def in_words(error: str) -> str:
    """Say what a word of ours or an SMTP reply code means (RFC 5321, section 4.2.1: 4 passes, 5 doesn't)."""
    code = error.removeprefix("smtp-")
    if code == error:
        return {"connection-lost": gettext("The mail server hung up."), "stopped": gettext("Its reader wants none.")}.get(
            error, error
        )
    if code.startswith("5"):
        return gettext("The mail server refused it (%(code)s).") % {"code": code}
    return gettext("The mail server put it off (%(code)s).") % {"code": code}


class Reason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("Stopped by its reader")


class Suppression(models.Model):
    """That an address gets nothing of a list, or of no list at all where `list_id` is empty. What is sent to one alone goes on.

    A row is never deleted: one that was lifted says when, by whom and why.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.CharField(max_length=254)
    list_id = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=12, choices=Reason)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    # A name and not a foreign key: the mailroom knows nobody.
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_because = models.CharField(max_length=300, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("address"), "list_id", condition=Q(lifted_at=None), name="one_suppression_per_address_and_list"
            ),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="suppression_reason_is_known"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by="", lifted_because="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="") & ~Q(lifted_because="")),
                name="suppression_lifted_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.at:%Y-%m-%d}"
