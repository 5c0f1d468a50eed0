"""An inquiry and what it is about."""

from __future__ import annotations

import uuid
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from catalogue.regions import destination_name
from inquiries import lifecycle
from inquiries.querysets import ABOUT, CODE_WORDS, PRIORITY_RANK, InquiryQuerySet
from organisations.models import Organisation, User


class Topic(models.TextChoices):
    CLASSIFICATION = "classification", _("Is my item controlled?")
    TRANSACTION = "transaction", _("A transaction or an end user")
    LICENSING = "licensing", _("A licence or a procedure")
    SANCTIONS = "sanctions", _("Sanctions")
    INVESTMENT = "investment", _("Investment screening")
    TECHNOLOGY_TRANSFER = "technology-transfer", _("Technology transfer and research")
    RISK_LANDSCAPE = "risk-landscape", _("The risk landscape")
    OTHER = "other", _("Something else")


class Mode(models.TextChoices):
    ANONYMOUS = "anonymous", _("Anonymous")
    CONFIDENTIAL = "confidential", _("Confidential")
    NAMED = "named", _("Named")


class State(models.TextChoices):
    RECEIVED = lifecycle.RECEIVED, _("New")
    IN_HAND = lifecycle.IN_HAND, _("In hand")
    WAITING = lifecycle.WAITING, _("Waiting for the asker")
    ANSWERED = lifecycle.ANSWERED, _("Answered")
    CLOSED = lifecycle.CLOSED, _("Closed")


class Priority(models.TextChoices):
    """How soon the desk wants to be through with it. The order of the choices is the order of work."""

    URGENT = "urgent", _("Urgent")
    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")


class Flag(models.TextChoices):
    """What an official or a routing rule marks a case with; never derived from who asks."""

    SENSITIVE = "sensitive", _("Handle with care")
    DIVERSION_RISK = "diversion-risk", _("Risk of diversion")
    CATCH_ALL = "catch-all", _("Catch-all may apply")
    NEW_TECHNOLOGY = "new-technology", _("New technology, no precedent")
    MEDIA = "media", _("Public interest")


class Inquiry(models.Model):
    """What an asker's question is to the desk.

    `title`, `summary`, `tags`, `codes` and `flags` are the officials' own words: they are not sealed, and are searched.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=14, unique=True)
    mode = models.CharField(_("mode"), max_length=12, choices=Mode, default=Mode.ANONYMOUS)
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    destination = models.CharField(
        _("destination"), max_length=3, blank=True, help_text=_("ISO 3166 code of a country, or UN M49 number of a region")
    )
    segments = models.ManyToManyField(Segment, through="InquirySegment", related_name="+", verbose_name=_("segments"))
    # What it was asked beside, such as advisory:6a0f2f0e-…; a word and no foreign key, for neighbours don't meet (ABOUT).
    about = models.CharField(max_length=50, blank=True)
    is_sighting = models.BooleanField(_("sighting"), default=False)  # its asker has seen what that one describes
    sealed_subject = models.BinaryField()
    sealed_details = models.BinaryField(default=b"")  # details.py; empty in those from before there were any
    title = models.CharField(_("title at the desk"), max_length=150, blank=True)
    summary = models.TextField(_("summary at the desk"), max_length=2000, blank=True)
    priority = models.CharField(_("priority"), max_length=6, choices=Priority, default=Priority.NORMAL)
    flags = ArrayField(models.CharField(max_length=20, choices=Flag), verbose_name=_("flags"), default=list)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list)
    codes = ArrayField(models.CharField(max_length=40), verbose_name=_("control entries"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    # No index of their own: those below that begin with them are enough, and the planner took the worse one.
    agency = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="inquiries", verbose_name=_("agency"), db_index=False
    )
    officer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="inquiries", verbose_name=_("case officer"), db_index=False
    )
    search = models.GeneratedField(
        expression=SearchVector("title", "summary", config="english"), output_field=SearchVectorField(), db_persist=True
    )
    # The agencies of `reader_keys`, beside the row so that a list of rows can be narrowed by them; services/readers.py keeps it.
    readers = ArrayField(models.UUIDField(), default=list)
    team = models.CharField(_("team"), max_length=40, blank=True)  # the queue of its agency that a rule put it into
    target_days = models.PositiveSmallIntegerField(_("response target"), null=True)  # business days; None: those of the topic
    objects_to_publication = models.BooleanField(default=False)
    received_on = models.DateField(_("received"))
    due_on = models.DateField(_("due"), null=True)
    # Worked out with it from the history (services/clock.py).
    warn_on = models.DateField(null=True)
    acknowledge_on = models.DateField(_("to be taken by"), null=True)
    close_on = models.DateField(_("to be closed by"), null=True)
    escalated_on = models.DateField(_("escalated"), null=True)
    take_escalated_on = models.DateField(null=True)
    close_escalated_on = models.DateField(null=True)
    closed_on = models.DateField(_("closed"), null=True)
    erase_on = models.DateField(_("erased on"), null=True)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(about="") | Q(about__regex=ABOUT), name="inquiry_about_is_a_word"),
            models.CheckConstraint(condition=Q(is_sighting=False) | ~Q(about=""), name="inquiry_sighting_is_about_something"),
            models.CheckConstraint(
                # An asker may close what nobody has taken.
                condition=Q(state__in=[lifecycle.RECEIVED, lifecycle.CLOSED]) | Q(officer__isnull=False),
                name="inquiry_in_hand_has_an_officer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=lifecycle.OPEN_STATES) | Q(erase_on=None), name="inquiry_kept_while_the_office_owes_a_word"
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.CLOSED, closed_on__isnull=False) | (~Q(state=lifecycle.CLOSED) & Q(closed_on=None)),
                name="inquiry_closed_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state__in=lifecycle.OPEN_STATES, due_on__isnull=False)
                | (~Q(state__in=lifecycle.OPEN_STATES) & Q(due_on=None)),
                name="inquiry_due_while_the_office_owes_a_word",
            ),
        ]
        indexes = [
            models.Index(fields=["close_on"], condition=Q(close_on__isnull=False), name="inquiry_close"),
            models.Index(fields=["acknowledge_on"], condition=Q(acknowledge_on__isnull=False), name="inquiry_acknowledge"),
            models.Index(fields=["erase_on"], condition=Q(erase_on__isnull=False), name="inquiry_erase"),
            models.Index(fields=["state", "received_on", "reference"], name="inquiry_state_received"),
            models.Index(fields=["received_on", "reference"], name="inquiry_received"),
            models.Index(fields=["due_on", "received_on", "reference"], name="inquiry_by_due"),
            models.Index(F("received_on").desc(), "reference", name="inquiry_newest"),
            models.Index(PRIORITY_RANK, "due_on", "reference", name="inquiry_by_priority"),
            models.Index(fields=["destination", "received_on"], condition=~Q(destination=""), name="inquiry_destination"),
            models.Index(fields=["topic", "due_on"], name="inquiry_topic_due"),
            models.Index(fields=["about", "received_on"], condition=~Q(about=""), name="inquiry_about"),
            models.Index(fields=["due_on", "received_on", "reference"], condition=Q(is_sighting=True), name="inquiry_sighting"),
            GinIndex(fields=["search"], name="inquiry_search"),
            GinIndex(fields=["readers"], name="inquiry_readers"),
            GinIndex(CODE_WORDS, name="inquiry_code_words"),
            GinIndex(fields=["tags"], name="inquiry_tags"),
            GinIndex(fields=["flags"], name="inquiry_flags"),
            models.Index(fields=["officer", "state"], name="inquiry_officer_state"),
            models.Index(fields=["agency", "state"], name="inquiry_agency_state"),
            models.Index(fields=["agency", "due_on"], condition=Q(due_on__isnull=False), name="inquiry_agency_due"),
            # What has been passed on to a supervisor is little, and asked for with every count of the queues.
            models.Index(fields=["due_on"], condition=Q(escalated_on__isnull=False), name="inquiry_escalated"),
            models.Index(fields=["acknowledge_on"], condition=Q(take_escalated_on__isnull=False), name="inquiry_take_escalated"),
            models.Index(fields=["close_on"], condition=Q(close_escalated_on__isnull=False), name="inquiry_close_escalated"),
            GinIndex(fields=["codes"], name="inquiry_codes"),
        ]

    def __str__(self) -> str:
        return self.reference

    # Django's own ways to these words build a dictionary of all choices at each call, which a page of rows feels.
    def get_topic_display(self) -> str:  # type: ignore[no-redef]
        return str(Topic(self.topic).label)

    def get_mode_display(self) -> str:  # type: ignore[no-redef]
        return str(Mode(self.mode).label)

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        return str(State(self.state).label)

    def get_priority_display(self) -> str:  # type: ignore[no-redef]
        return str(Priority(self.priority).label)

    @property
    def about_key(self) -> uuid.UUID | None:
        """The id of the advisory that it is about."""
        return uuid.UUID(self.about.partition(":")[2]) if self.about else None

    @property
    def flag_labels(self) -> list[str]:
        return [str(Flag(flag).label) for flag in self.flags]

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today

    def get_destination_name(self) -> str:
        return destination_name(self.destination)


class InquirySegment(models.Model):
    """A segment the asker chose, or the desk beside them.

    It is a table of its own, because an automatic one would number its rows in the order of arrival.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    is_by_desk = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inquiry", "segment"], name="one_inquiry_segment")]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.segment_id}"
