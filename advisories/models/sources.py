"""Official feeds that are read, and what they say that may become an advisory."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from advisories.models.advisories import Advisory, Kind
from advisories.parsing import LONGEST_LINK, LONGEST_SUMMARY, LONGEST_TITLE
from advisories.querysets import CandidateQuerySet, SourceQuerySet
from catalogue.models import Segment
from organisations.models import Organisation, User
from organisations.outbound import LONGEST_URL

FAILURES_TO_NOTICE = 3  # at once: a server may be away for an hour


class ReadingPace(models.IntegerChoices):
    """After how many hours a feed is read again."""

    HOURLY = 1, _("Every hour")
    QUARTER = 6, _("Every six hours")
    DAILY = 24, _("Once a day")


class Source(models.Model):
    """A feed of an authority, and the agency whose editors look through what it says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(_("address of the feed"), max_length=LONGEST_URL)
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("usual kind"), max_length=12, choices=Kind, default=Kind.REGULATORY)
    segments = models.ManyToManyField(Segment, verbose_name=_("usual segments"), blank=True, related_name="+")
    language = models.CharField(_("language"), max_length=10, default="en")
    hours = models.PositiveSmallIntegerField(_("how often"), choices=ReadingPace, default=ReadingPace.QUARTER)
    is_on = models.BooleanField(_("is read"), default=True)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    next_read_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)  # when that last went well
    failures = models.PositiveIntegerField(default=0)  # since then
    problem = models.CharField(max_length=300, blank=True)
    # With what the server knows whether anything is new (RFC 9110, section 13.1).
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["url"], name="one_source_per_address"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="source_kind_is_known"),
            models.CheckConstraint(condition=Q(hours__in=ReadingPace.values), name="source_pace_is_known"),
            models.CheckConstraint(
                condition=Q(failures=0, problem="") | (Q(failures__gte=1) & ~Q(problem="")), name="source_fails_for_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["next_read_at"], condition=Q(is_on=True), name="source_to_read")]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_a_person(self) -> bool:
        return self.is_on and self.failures >= FAILURES_TO_NOTICE


class CandidateState(models.TextChoices):
    NEW = "new", _("New")
    DRAFTED = "drafted", _("Drafted")
    PUT_ASIDE = "put-aside", _("Put aside")


class Candidate(models.Model):
    """One thing that a source said: plain text alone, whatever it came as."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="candidates")
    guid = models.CharField(max_length=64)  # the digest of the feed's own name for it
    link = models.CharField(max_length=LONGEST_LINK, blank=True)
    title = models.CharField(max_length=LONGEST_TITLE)
    summary = models.TextField(max_length=LONGEST_SUMMARY, blank=True)
    published_at = models.DateTimeField(null=True)  # as the source says
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # the last reading that listed it
    link_key = models.CharField(max_length=64, blank=True)
    title_key = models.CharField(max_length=64, blank=True)
    # The one that another source of the same agency said before; it stands for both.
    same_as = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="repeats")
    codes = ArrayField(models.CharField(max_length=10), default=list)  # control entries that it names
    near_codes = ArrayField(models.CharField(max_length=10), default=list)  # those that its words may mean
    segments = models.ManyToManyField(Segment, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=CandidateState, default=CandidateState.NEW)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    advisory = models.OneToOneField(Advisory, on_delete=models.PROTECT, null=True, related_name="candidate")

    objects = CandidateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "guid"], name="one_candidate_per_source_and_guid"),
            models.CheckConstraint(
                condition=Q(state=CandidateState.NEW, decided_by=None, decided_at=None, advisory=None)
                | Q(state=CandidateState.DRAFTED, decided_by__isnull=False, decided_at__isnull=False, advisory__isnull=False)
                | Q(state=CandidateState.PUT_ASIDE, decided_by__isnull=False, decided_at__isnull=False, advisory=None),
                name="candidate_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(link="") | Q(link__startswith="https://") | Q(link__startswith="http://"), name="candidate_link_is_web"
            ),
        ]
        indexes = [
            models.Index(fields=["-found_at", "id"], name="candidate_newest_first"),
            models.Index(fields=["link_key"], name="candidate_by_link"),
            models.Index(fields=["title_key"], name="candidate_by_title"),
            models.Index(fields=["seen_at"], name="candidate_to_erase"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_new(self) -> bool:
        return self.state == CandidateState.NEW

    @property
    def is_put_aside(self) -> bool:
        return self.state == CandidateState.PUT_ASIDE
