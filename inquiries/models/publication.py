"""Answers for everybody: what an official makes public of an answered inquiry, so that government answers once for all."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from inquiries import lifecycle
from inquiries.models.inquiry import Inquiry, Topic
from inquiries.querysets import PublicationQuerySet
from organisations.models import Organisation, User

LONGEST_TITLE = 160


class PublicationState(models.TextChoices):
    DRAFT = lifecycle.DRAFT, _("Draft")
    IN_REVIEW = lifecycle.IN_REVIEW, _("Waiting for approval")
    APPROVED = lifecycle.APPROVED, _("Approved")
    PUBLISHED = lifecycle.PUBLISHED, _("Published")
    WITHDRAWN = lifecycle.WITHDRAWN, _("Withdrawn")


class Publication(models.Model):
    """A question and its answer for everybody.

    `title`, `question` and `answer` are the words that are out, and empty before. Drafts are revisions, sealed until they come out.
    The inquiry it was drawn from is forgotten with the inquiry.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.SET_NULL, null=True, related_name="publications")
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    segments = models.ManyToManyField(Segment, through="PublicationSegment", related_name="+", verbose_name=_("segments"))
    codes = ArrayField(models.CharField(max_length=40), verbose_name=_("control entries"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=PublicationState, default=PublicationState.DRAFT)
    revision = models.PositiveIntegerField(default=0)
    published_revision = models.PositiveIntegerField(null=True)
    title = models.CharField(_("title"), max_length=LONGEST_TITLE, blank=True)
    question = models.TextField(_("question"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    drafted_on = models.DateField()
    not_before = models.DateField(null=True)
    published_on = models.DateField(null=True)
    changed_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    withdrawal_reason = models.CharField(max_length=300, blank=True)
    helpful = models.PositiveIntegerField(default=0)
    unhelpful = models.PositiveIntegerField(default=0)
    search = SearchVectorField(null=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PublicationState.values), name="publication_state_is_known"),
            models.CheckConstraint(
                condition=Q(published_revision=None, published_on=None, title="", question="", answer="")
                | (
                    Q(published_revision__isnull=False, published_on__isnull=False) & ~Q(title="") & ~Q(question="") & ~Q(answer="")
                ),
                name="publication_shows_words_only_once_it_is_out",
            ),
            models.CheckConstraint(
                condition=~Q(state=lifecycle.APPROVED) | Q(not_before__isnull=False), name="publication_approved_has_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(state=lifecycle.PUBLISHED) | Q(published_revision=F("revision")), name="publication_out_is_the_latest"
            ),
            models.CheckConstraint(
                condition=(Q(state=lifecycle.WITHDRAWN, withdrawn_on__isnull=False) & ~Q(withdrawal_reason=""))
                | (~Q(state=lifecycle.WITHDRAWN) & Q(withdrawn_on=None, withdrawal_reason="")),
                name="publication_withdrawn_when_and_why",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="publication_search"),
            models.Index(F("published_on").desc(nulls_last=True), "id", name="publication_newest_first"),
        ]

    def __str__(self) -> str:
        return self.title or str(_("Draft"))

    def get_absolute_url(self) -> str:
        return reverse("inquiries:answer", args=[self.pk])

    @property
    def is_out(self) -> bool:
        return self.published_revision is not None and self.state != lifecycle.WITHDRAWN

    @property
    def opinions(self) -> int:
        """How many readers said whether it helped."""
        return self.helpful + self.unhelpful

    @property
    def is_withdrawn(self) -> bool:
        return self.state == lifecycle.WITHDRAWN


class PublicationSegment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "segment"], name="one_publication_segment")]

    def __str__(self) -> str:
        return f"{self.publication_id}: {self.segment_id}"


class PublicationRevision(models.Model):
    """The words as one person left them, sealed; those that came out stand in the clear as well, for the public history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    sealed_words = models.BinaryField()
    note = models.CharField(_("what has changed"), max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    approver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(null=True)
    returned_with = models.CharField(max_length=1000, blank=True)
    published_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "number"], name="one_publication_revision_per_number"),
            models.CheckConstraint(
                condition=Q(approver=None, approved_on=None) | (Q(approved_on__isnull=False) & ~Q(approver=F("by"))),
                name="publication_approver_is_not_the_writer",
            ),
            models.CheckConstraint(condition=Q(published_on=None) | Q(approver__isnull=False), name="publication_out_is_approved"),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id}/{self.number}"
