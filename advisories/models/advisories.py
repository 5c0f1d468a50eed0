"""An advisory, its revisions, its history and who approved it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchConfig, SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from advisories import disclosure, lifecycle, markup
from advisories.querysets import AdvisoryQuerySet, EventQuerySet, TranslationQuerySet
from advisories.references import LONGEST as LONGEST_REFERENCE
from advisories.references import Reference, read
from catalogue.models import ControlEntry, Segment
from catalogue.regions import place_name
from organisations.models import Organisation, User

if TYPE_CHECKING:
    from advisories.models.attachments import Attachment

SOURCE = "advisory:"
LONGEST_TITLE = 160
LONGEST_SUMMARY = 600
LONGEST_BODY = 100_000
LONGEST_TO_DO = 10_000
LONGEST_CHANGE = 2_000
LONGEST_NOTE = 1_000  # in the history


class Kind(models.TextChoices):
    THREAT = "threat", _("Threat")
    REGULATORY = "regulatory", _("Regulatory change")
    GUIDANCE = "guidance", _("Guidance")
    EVENT = "event", _("Event")


class Tlp(models.TextChoices):
    """TLP 2.0; the labels are never translated (FIRST, TLP 2.0, section 2)."""

    RED = disclosure.RED, "TLP:RED"
    AMBER_STRICT = disclosure.AMBER_STRICT, "TLP:AMBER+STRICT"
    AMBER = disclosure.AMBER, "TLP:AMBER"
    GREEN = disclosure.GREEN, "TLP:GREEN"
    CLEAR = disclosure.CLEAR, "TLP:CLEAR"


class Urgency(models.TextChoices):
    ROUTINE = lifecycle.ROUTINE, _("Routine")
    PRIORITY = lifecycle.PRIORITY, _("Priority")
    URGENT = lifecycle.URGENT, _("Urgent")


class ActivityRole(models.TextChoices):
    """What somebody does with a technology: the words in which firms say it of themselves."""

    DEVELOPS = "develops", _("Develops")
    PRODUCES = "produces", _("Produces")
    TRADES = "trades", _("Trades")
    RESEARCHES = "researches", _("Researches")
    INTEGRATES = "integrates", _("Integrates")


class State(models.TextChoices):
    DRAFT = lifecycle.DRAFT, _("Draft")
    IN_REVIEW = lifecycle.IN_REVIEW, _("Waiting for approval")
    APPROVED = lifecycle.APPROVED, _("Approved")
    SCHEDULED = lifecycle.SCHEDULED, _("Scheduled")
    PUBLISHED = lifecycle.PUBLISHED, _("Published")
    CORRECTED = lifecycle.CORRECTED, _("Corrected")
    SUPERSEDED = lifecycle.SUPERSEDED, _("Superseded")
    WITHDRAWN = lifecycle.WITHDRAWN, _("Withdrawn")
    EXPIRED = lifecycle.EXPIRED, _("Expired")


class Move(models.TextChoices):
    DRAFTED = "draft", _("drafted")
    REVISED = "revise", _("changed")
    SUBMITTED = "submit", _("submitted for approval")
    RETURNED = "return", _("returned to the author")
    APPROVED = "approve", _("approved")
    PUBLISHED = "publish", _("published")
    WITHDRAWN = "withdraw", _("withdrawn")
    CORRECTED = "correct", _("corrected by a later one")
    SCHEDULED = "schedule", _("scheduled")
    HELD = "hold", _("held back")
    EXPIRED = "expire", _("expired after its last day")
    PAUSED = "pause", _("paused its mail")
    RESUMED = "resume", _("resumed its mail")
    STOPPED = "stop", _("stopped the mail that had not left")
    SUPERSEDED = "supersede", _("replaced by a later one")
    RETRIED = "retry", _("sent again what had failed")


# In which words are found in any of their forms. PostgreSQL knows those of few other languages, and not of all Baltic ones.
FORMS = Case(When(language="en", then=SearchConfig("english")), default=SearchConfig("simple"))


class Texts(models.Model):
    """What an advisory says in one language."""

    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    summary = models.TextField(_("summary"), max_length=LONGEST_SUMMARY)
    body = models.TextField(_("text"), max_length=LONGEST_BODY)
    what_to_do = models.TextField(_("what to do"), max_length=LONGEST_TO_DO, blank=True)
    what_changed = models.TextField(_("what has changed"), max_length=LONGEST_CHANGE, blank=True)  # of a correction
    language = models.CharField(_("language"), max_length=10, default="en")

    class Meta:
        abstract = True

    @property
    def body_html(self) -> SafeString:
        return mark_safe(markup.to_html(self.body))  # noqa: S308  cleaned by nh3

    @property
    def what_to_do_html(self) -> SafeString:
        return mark_safe(markup.to_html(self.what_to_do))  # noqa: S308  cleaned by nh3

    @property
    def language_name(self) -> str:
        """The name that those who speak it give it."""
        return str(get_language_info(self.language)["name_local"]).capitalize()


class Words(Texts):
    """What an advisory says: the same columns in the advisory, as it stands, and in each of its revisions."""

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    tlp = models.CharField(_("TLP label"), max_length=12, choices=Tlp)
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency, default=Urgency.ROUTINE)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)  # the last day, that day included
    # Whom it concerns, beside its segments; none of a kind: all of that kind. An entry stands for what lies below it too.
    control_entries = ArrayField(models.CharField(max_length=40), verbose_name=_("control entries"), default=list, blank=True)
    destinations = ArrayField(models.CharField(max_length=3), verbose_name=_("destinations"), default=list, blank=True)
    roles = ArrayField(models.CharField(max_length=12, choices=ActivityRole), verbose_name=_("roles"), default=list, blank=True)
    legal_references = ArrayField(
        models.CharField(max_length=LONGEST_REFERENCE), verbose_name=_("legal references"), default=list, blank=True
    )

    class Meta:
        abstract = True

    @property
    def control_rows(self) -> list[tuple[str, ControlEntry | None]]:
        """Each control entry that it names, as the lists in force have it; None for one that only an older list had."""
        found = ControlEntry.objects.current().paragraphs().filter(code__in=self.control_entries) if self.control_entries else []
        in_force = {entry.code: entry for entry in found}
        return [(code, in_force.get(code)) for code in self.control_entries]

    @property
    def destination_names(self) -> list[str]:
        return [place_name(place) for place in self.destinations]

    @property
    def role_names(self) -> list[str]:
        return [str(ActivityRole(role).label) for role in self.roles]

    @property
    def references(self) -> list[Reference]:
        return [found for line in self.legal_references if (found := read(line))]


class Advisory(Words):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    segments = models.ManyToManyField(Segment, verbose_name=_("segments"), blank=True, related_name="advisories")
    # The one that this corrects: who got that gets this, as an answer to it. A second correction corrects the first one.
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="correction")
    # Those that this replaces when it comes out; unlike a correction it goes to an audience of its own.
    supersedes = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="superseded_by")
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="advisories")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="advisories_written")
    revised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="advisories_revised")
    revision = models.PositiveIntegerField(default=1)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    scheduled_for = models.DateTimeField(null=True)
    scheduled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="advisories_published")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="advisories_withdrawn")
    withdrawal_reason = models.CharField(_("reason"), max_length=300, blank=True)
    search = models.GeneratedField(
        expression=SearchVector("title", config=FORMS, weight="A")
        + SearchVector("summary", config=FORMS, weight="B")
        + SearchVector("body", "what_to_do", config=FORMS, weight="C"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = AdvisoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="advisory_kind_is_known"),
            models.CheckConstraint(condition=Q(tlp__in=Tlp.values), name="advisory_label_is_known"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="advisory_urgency_is_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="advisory_state_is_known"),
            models.CheckConstraint(condition=Q(roles__contained_by=ActivityRole.values), name="advisory_roles_are_known"),
            models.CheckConstraint(
                condition=Q(state__in=lifecycle.UNPUBLISHED, published_at=None, published_by=None)
                | (~Q(state__in=lifecycle.UNPUBLISHED) & Q(published_at__isnull=False, published_by__isnull=False)),
                name="advisory_published_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SCHEDULED, scheduled_for__isnull=False, scheduled_by__isnull=False)
                | (~Q(state=State.SCHEDULED) & Q(scheduled_for=None, scheduled_by=None)),
                name="advisory_scheduled_by_and_for",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="advisory_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=State.WITHDRAWN, withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_reason="")
                )
                | (~Q(state=State.WITHDRAWN) & Q(withdrawn_at=None, withdrawn_by=None, withdrawal_reason="")),
                name="advisory_withdrawn_by_and_at_and_why",
            ),
        ]
        indexes = [
            # Written at once: what waits to be entered is read through by every search, and advisories are written seldom.
            GinIndex(fields=["search"], name="advisory_search", fastupdate=False),
            models.Index(F("published_at").desc(nulls_first=True), "id", name="advisory_newest_first"),
            models.Index(fields=["scheduled_for"], condition=Q(state=State.SCHEDULED), name="advisory_to_release"),
            models.Index(fields=["valid_to"], condition=Q(state=State.PUBLISHED), name="advisory_to_expire"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("advisories:detail", args=[self.pk])

    @property
    def source(self) -> str:
        """The name under which the mailroom knows the advisory."""
        return f"{SOURCE}{self.pk}"

    @property
    def withdrawal_source(self) -> str:
        return f"advisory-withdrawal:{self.pk}"

    @cached_property
    def translated(self) -> list[Translation]:
        """The advisory in other languages, as it stands."""
        return list(Translation.objects.current().defer("search").filter(advisory=self))

    @cached_property
    def files(self) -> list[Attachment]:
        """Those that it has, as it stands."""
        return list(self.attachments.standing().in_order())

    @property
    def files_for_readers(self) -> list[Attachment]:
        """Those that are offered to whoever reads it: of what is withdrawn, none."""
        return [] if self.is_withdrawn else self.files

    @property
    def versions(self) -> list[Texts]:
        """The original, then its translations."""
        return [self, *self.translated]

    def version_for(self, wanted: Sequence[str]) -> Texts:
        """What it says in the first language of `wanted` in which there is one, otherwise the original; en-GB is met by en."""
        there = {words.language: words for words in reversed(self.versions)}
        for language in wanted:
            if found := there.get(language) or there.get(language.partition("-")[0]):
                return found
        return self

    @property
    def sources(self) -> tuple[str, str]:
        """All names under which the mailroom knows mail of the advisory."""
        return self.source, self.withdrawal_source

    @property
    def is_unpublished(self) -> bool:
        return self.state in lifecycle.UNPUBLISHED

    @property
    def is_current(self) -> bool:
        """Whether it is out and still stands."""
        return self.state == State.PUBLISHED

    @property
    def is_withdrawn(self) -> bool:
        return self.state == State.WITHDRAWN

    @property
    def is_for_everybody(self) -> bool:
        return self.tlp in disclosure.labels_for(disclosure.Reader.STRANGER)

    @property
    def is_expired(self) -> bool:
        return self.state == State.EXPIRED

    @property
    def is_corrected(self) -> bool:
        return self.state == State.CORRECTED

    @property
    def last_version(self) -> Event:
        """Of those that `AdvisoryQuerySet.with_versions` has fetched with it."""
        moments: list[Event] = vars(self)["moments"]
        return moments[-1]

    @property
    def is_taken_back(self) -> bool:
        return self.state in lifecycle.TAKEN_BACK

    @property
    def has_dates(self) -> bool:
        """Whether something begins or ends on a certain day."""
        return bool(self.valid_from or self.valid_to)

    @property
    def is_exchanged(self) -> bool:
        """Whether programs get it as STIX, by its kind and label; the twin of `AdvisoryQuerySet.exchanged`."""
        return self.kind == Kind.THREAT and disclosure.may_be_exchanged(self.tlp)

    @property
    def is_for_calendars(self) -> bool:
        """The twin of `AdvisoryQuerySet.with_dates`."""
        return self.has_dates and disclosure.may_be_exchanged(self.tlp)

    @property
    def is_superseded(self) -> bool:
        return self.state == State.SUPERSEDED

    @property
    def approvals_needed(self) -> int:
        return lifecycle.approvals_needed(tlp=self.tlp, urgency=self.urgency)


class Revision(Words):
    """The words as one person left them."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    segments = models.ManyToManyField(Segment, related_name="+")
    supersedes = models.ManyToManyField(Advisory, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["advisory", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class Translation(Texts):
    """A revision in another language than its own. Each revision has rows of its own, so that what was approved stays as it was."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="translations")
    revision = models.PositiveIntegerField()
    # The revision whose words it renders. An earlier one: the original was changed since. None: words of another advisory.
    made_from = models.PositiveIntegerField(null=True)
    search = models.GeneratedField(
        expression=SearchVector("title", "summary", "body", "what_to_do", config=FORMS),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = TranslationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advisory", "revision", "language"], name="one_translation_per_revision_and_language"),
            models.CheckConstraint(
                condition=Q(made_from=None) | Q(made_from__lte=F("revision")), name="translation_is_made_from_what_there_is"
            ),
        ]
        indexes = [GinIndex(fields=["search"], name="translation_search", fastupdate=False)]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"

    @property
    def is_behind(self) -> bool:
        return self.made_from != self.revision


class Event(models.Model):
    """One line of an advisory's history."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="events")
    move = models.CharField(max_length=10, choices=Move)
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # none: the portal's clock
    at = models.DateTimeField()
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(move__in=Move.values), name="advisory_move_is_known")]
        indexes = [models.Index(fields=["at", "advisory"], condition=Q(move__in=lifecycle.VERSIONS), name="advisory_versions")]

    def __str__(self) -> str:
        return f"{self.get_move_display()}, {self.at:%Y-%m-%d}"


class Approval(models.Model):
    """One person's yes to one revision; author and reviser are copied here, so that the database can refuse their own."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="approvals")
    revision = models.PositiveIntegerField()
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="advisories_approved")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advisory", "revision", "approver"], name="one_approval_per_revision_and_approver"),
            models.CheckConstraint(
                condition=~Q(approver=F("author")) & ~Q(approver=F("revised_by")), name="approver_is_not_the_author"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approver}, {self.at:%Y-%m-%d}"
