"""Letters (what is said, once) and envelopes (one addressed copy of it, with its fate). The envelopes are the queue."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mailroom import bounces, lifecycle, sealing
from mailroom.querysets import (
    CertificateQuerySet,
    EnvelopeQuerySet,
    LetterQuerySet,
    ReportQuerySet,
    SettlementQuerySet,
    SuppressionQuerySet,
)

TOKEN_CHARACTERS = 32
# One @, no blank, control character, comma or bracket: nothing that could end a header line or an SMTP command early.
ADDRESS = r"^[!#$%&'*+/=?^_`{|}~A-Za-z0-9.-]+@[A-Za-z0-9.-]+$"
CONTROL_CHARACTER = r"[[:cntrl:]]"
STATUS = r"^([245]\.\d{1,3}\.\d{1,3})?$"  # RFC 3463, section 2


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


class Course(models.TextChoices):
    """Whether a letter's envelopes may leave; asked for at each claim, so that it holds for every worker at once."""

    UNDER_WAY = "under-way", _("Under way")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")


class Cover(models.TextChoices):
    """How a copy left for an address that has a certificate."""

    ENCRYPTED = "encrypted", _("Encrypted")
    CLOSED = "closed", _("Without content: the certificate has ended")


def new_token() -> str:
    return secrets.token_hex(TOKEN_CHARACTERS // 2)


class Letter(models.Model):
    """What is said to one or many, in one language. Its words don't change once they are written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=40)
    # Who had it written, such as "advisory:<uuid>". A word and not a foreign key: the mailroom knows nobody above it.
    source = models.CharField(max_length=100)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    # A picture (PNG) that the HTML shows from within the mail (`mime.LOGO`), so that no mail program fetches one.
    logo = models.BinaryField(default=b"")
    # What everybody on the way may read of a copy to an address that has a certificate: its subject, and all that is said there if
    # the certificate can be used no more. Empty: all copies go in the clear.
    closed_subject = models.CharField(max_length=250, blank=True)
    closed_text = models.TextField(blank=True)
    # In whose name it goes, such as an association's, beside the portal's own address; and whom its readers answer.
    sender_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    # Its addresses are for whoever had it written alone: no page of officials, list of stopped addresses or figure by mail domain
    # has any of them.
    is_private = models.BooleanField(default=False)
    list_id = models.CharField(max_length=200, blank=True)
    # Where a copy's token, put behind it, stops the list for the address (RFC 8058); empty for what is no list.
    stop_address = models.URLField(blank=True)
    message_id_domain = models.CharField(max_length=200)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.ORDINARY)
    # How many envelopes were written: what the sum over their states must always give.
    addressed = models.PositiveIntegerField(default=0)
    # Whether a copy that may have arrived goes out once more by itself, with the same Message-ID, or waits for a person.
    repeats = models.BooleanField(default=True)
    course = models.CharField(max_length=9, choices=Course, default=Course.UNDER_WAY)
    created_at = models.DateTimeField()

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(subject__regex=CONTROL_CHARACTER), name="letter_subject_is_one_line"),
            models.CheckConstraint(condition=~Q(closed_subject__regex=CONTROL_CHARACTER), name="letter_closed_subject_is_one_line"),
            models.CheckConstraint(
                condition=Q(closed_subject="", closed_text="") | (~Q(closed_subject="") & ~Q(closed_text="")),
                name="letter_closed_has_subject_and_text",
            ),
            models.CheckConstraint(condition=~Q(sender_name__regex=CONTROL_CHARACTER), name="letter_sender_is_one_line"),
            models.CheckConstraint(condition=Q(reply_to="") | Q(reply_to__regex=ADDRESS), name="letter_reply_to_is_plain"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="letter_priority_is_known"),
            models.CheckConstraint(condition=Q(course__in=Course.values), name="letter_course_is_known"),
        ]
        indexes = [models.Index(fields=["source"], name="letter_by_source")]

    def __str__(self) -> str:
        return self.subject


class Envelope(models.Model):
    """One addressed copy of a letter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No index of its own: two of those below begin with the letter, and each costs every claim and every fate a write.
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="envelopes", db_index=False)
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
    # Taken out of the queue when a worker found its letter paused.
    is_held = models.BooleanField(default=False)
    # Its time is one that the bucket of its domain gave it, so it needs no other.
    has_slot = models.BooleanField(default=False)
    lease_holder = models.CharField(max_length=100, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # A word of ours or an SMTP code, never what the server wrote: that quotes addresses and content.
    last_error = models.CharField(max_length=40, blank=True)
    # As it was when a worker last took it up.
    cover = models.CharField(max_length=9, choices=Cover, blank=True, default="", db_default="")

    objects = EnvelopeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("letter", Lower("address"), name="one_envelope_per_letter_and_address"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="envelope_state_is_known"),
            models.CheckConstraint(condition=Q(cover__in=["", *Cover.values]), name="envelope_cover_is_known"),
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
            models.CheckConstraint(condition=Q(is_held=False) | Q(state__in=lifecycle.CLAIMABLE), name="envelope_held_is_waiting"),
            models.CheckConstraint(
                condition=Q(has_slot=False) | Q(state__in=lifecycle.CLAIMABLE), name="envelope_with_slot_is_waiting"
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "next_attempt_at", "id"],
                condition=Q(state__in=lifecycle.CLAIMABLE, is_held=False),
                name="envelope_queue",
            ),
            models.Index(fields=["lease_expires_at"], condition=Q(state=State.SENDING), name="envelope_leases"),
            models.Index(fields=["letter", "state"], name="envelope_by_letter_and_state"),
            models.Index(fields=["letter"], condition=Q(is_held=True), name="envelope_held"),
            models.Index(fields=["id"], condition=Q(state=State.FAILED), name="envelope_failed"),
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


class Choice(models.TextChoices):
    SEND_AGAIN = "send-again", _("Sent again")
    ARRIVED = "arrived", _("Taken as arrived")


class Settlement(models.Model):
    """What a person decided about a copy in doubt. One envelope may come into doubt, and be decided about, more than once."""

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="settlements")
    choice = models.CharField(max_length=10, choices=Choice)
    # A name and not a foreign key: the mailroom knows nobody.
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    objects = SettlementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(choice__in=Choice.values), name="settlement_choice_is_known"),
            models.CheckConstraint(condition=~Q(by=""), name="settlement_says_by_whom"),
        ]

    def __str__(self) -> str:
        return f"{self.get_choice_display()}, {self.at:%Y-%m-%d}"


class Domain(models.Model):
    """How a domain of recipients takes our mail, for all workers; one that has never said anything has no row."""

    name = models.CharField(max_length=254, primary_key=True)
    strikes = models.PositiveSmallIntegerField(default=0)  # times that it was slowed, less the successes since
    slowed_until = models.DateTimeField(null=True)
    free_at = models.DateTimeField(null=True)  # of its token bucket: the next slot that nobody has

    def __str__(self) -> str:
        return self.name


class RelayState(models.Model):
    """Whether a relay can be used, for all workers. One that has always worked, and has no limit, has no row."""

    name = models.CharField(max_length=270, primary_key=True)  # host and port
    strikes = models.PositiveSmallIntegerField(default=0)  # failures in a row
    since = models.DateTimeField()  # of its first failure in a row, or of its recovery
    # When it may be tried again; empty: it works.
    retry_at = models.DateTimeField(null=True)
    free_at = models.DateTimeField(null=True)  # of its token bucket

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(strikes=0, retry_at=None) | Q(strikes__gt=0, retry_at__isnull=False), name="relay_open_until_when"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """As with a circuit breaker: open means that nothing goes through."""
        return self.retry_at is not None


class ReportKind(models.TextChoices):
    HARD = bounces.HARD, _("The mailbox is gone")
    SOFT = bounces.SOFT, _("It took nothing for as long as somebody tried")
    POLICY = bounces.POLICY, _("Refused for what it is or who sent it")
    FORWARDED = bounces.FORWARDED, _("Taken, passed on by the address, and refused there")
    COMPLAINT = bounces.COMPLAINT, _("Its reader complained")
    REFUSED = bounces.REFUSED, _("Refused at once: the mailbox is gone")


class Report(models.Model):
    """What a mail server or a provider said of a copy: that it came back, that its reader complained, that its mailbox is gone.

    The report's own words are not kept, for they quote the mail and addresses. It moves no envelope: workers alone do that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=9, choices=ReportKind)
    status = models.CharField(max_length=9, blank=True)
    on = models.DateField()

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            # The first word stands: a server that repeats itself, and somebody who sends an old report again, change nothing.
            models.UniqueConstraint(fields=["envelope"], condition=Q(kind__in=bounces.BOUNCES), name="one_bounce_per_envelope"),
            models.UniqueConstraint(fields=["envelope", "kind"], name="one_report_per_envelope_and_kind"),
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="report_kind_is_known"),
            models.CheckConstraint(condition=Q(status__regex=STATUS), name="report_status_is_one"),
            models.CheckConstraint(condition=Q(kind=ReportKind.COMPLAINT) | ~Q(status=""), name="report_bounce_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.status}, {self.on}"


class Reason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("Stopped by its reader")
    GONE = "gone", _("The mailbox is gone")
    UNREACHABLE = "unreachable", _("Mail came back again and again")
    COMPLAINED = "complained", _("Its reader called it unwanted")


# Reasons that follow from mail that came back.
CAME_BACK = (Reason.GONE, Reason.UNREACHABLE)


class Suppression(models.Model):
    """That an address gets nothing of a list, or of no list at all where `list_id` is empty. What is sent to one alone goes on.

    A row is never deleted: one that was lifted says when, by whom and why.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.CharField(max_length=254)
    list_id = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=12, choices=Reason)
    # What the mail server said, x.y.z; empty where none did.
    status = models.CharField(max_length=9, blank=True)
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
            models.CheckConstraint(condition=Q(status__regex=STATUS), name="suppression_status_is_one"),
            models.CheckConstraint(
                condition=(Q(reason__in=CAME_BACK) & ~Q(status="")) | (~Q(reason__in=CAME_BACK) & Q(status="")),
                name="suppression_of_what_came_back_has_a_status",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by="", lifted_because="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="") & ~Q(lifted_because="")),
                name="suppression_lifted_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.at:%Y-%m-%d}"

    @property
    def came_back(self) -> bool:
        return self.reason in CAME_BACK

    @property
    def status_in_words(self) -> str:
        """What the mail server said, for people; "" where none did or where its code means nothing."""
        return str(bounces.words_of(self.status))


class Certificate(models.Model):
    """By what letters with something to hide are encrypted to an address; whoever enters it has asked the address's reader."""

    address = models.CharField(max_length=254, primary_key=True)  # in lower case
    der = models.BinaryField()
    issuer = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)  # SHA-256
    not_after = models.DateTimeField()
    entered_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)  # that it ends

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="certificate_address_is_in_lower_case"),
        ]
        indexes = [models.Index(fields=["not_after"], condition=Q(reminded_at=None), name="certificate_to_remind_of")]

    def __str__(self) -> str:
        return f"{self.address}, {self.not_after:%Y-%m-%d}"

    def has_ended(self, now: datetime) -> bool:
        return self.not_after <= now

    @property
    def fingerprint_in_pairs(self) -> str:
        return sealing.in_pairs(self.fingerprint)
