"""An inquiry and what it is about."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from catalogue.models import Segment
from inquiries import lifecycle
from inquiries.querysets import InquiryQuerySet
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
    sealed_subject = models.BinaryField()
    title = models.CharField(_("title at the desk"), max_length=150, blank=True)
    summary = models.TextField(_("summary at the desk"), max_length=2000, blank=True)
    priority = models.CharField(_("priority"), max_length=6, choices=Priority, default=Priority.NORMAL)
    flags = ArrayField(models.CharField(max_length=20, choices=Flag), verbose_name=_("flags"), default=list)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list)
    codes = ArrayField(models.CharField(max_length=40), verbose_name=_("control entries"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    agency = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="inquiries", verbose_name=_("agency")
    )
    officer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="inquiries", verbose_name=_("case officer"))
    objects_to_publication = models.BooleanField(default=False)
    received_on = models.DateField(_("received"))
    due_on = models.DateField(_("due"), null=True)
    closed_on = models.DateField(_("closed"), null=True)
    erase_on = models.DateField(_("erased on"), null=True)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        constraints = [
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
            models.Index(fields=["due_on", "reference"], condition=Q(due_on__isnull=False), name="inquiry_due"),
            models.Index(fields=["erase_on"], condition=Q(erase_on__isnull=False), name="inquiry_erase"),
            models.Index(fields=["state", "received_on", "reference"], name="inquiry_state_received"),
            models.Index(fields=["received_on", "reference"], name="inquiry_received"),
            models.Index(fields=["officer", "state"], name="inquiry_officer_state"),
            models.Index(fields=["agency", "state"], name="inquiry_agency_state"),
            GinIndex(fields=["codes"], name="inquiry_codes"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_destination_name(self) -> str:
        return str(countries.name(self.destination)) if self.destination else ""


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
