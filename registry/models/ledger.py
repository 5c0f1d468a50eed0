"""Who looked, chained and sealed; what a firm asks about a look, and how often it wants to be told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisations.models import Kind, User
from registry import disclosure
from registry.disclosure import Audience, Field, Purpose
from registry.models.agreements import Side
from registry.models.entries import Entry
from registry.models.partners import PARTNER_AUDIENCES
from registry.models.words import AUDIENCE_LABELS, FIELD_LABELS, LOOK_LABELS
from registry.querysets import (
    LookQuerySet,
    LookQuestionQuerySet,
)


class LookKind(models.TextChoices):
    LIST = "list", _("In a list")
    ONE = "one", _("Your entry alone")
    EXPORT = "export", _("In an export")
    FIGURES = "figures", _("Counted in published figures")


class Look(models.Model):
    """One line of the ledger: who saw which fields of which entries, why, on what day.

    Where the entries showed different fields, `fields` are those that any of them showed, and `shown` says for each of `entry_ids`
    which: a number whose bit n, from 0, stands for the field in place n. A firm reads of what its own entry showed (`seen`), and of
    nothing else. A look that makes several lines joins them by `batch`. `viewer_id` is for the auditor; the firm sees the
    institution. The public is not asked for a reason and leaves no name; figures are counted by no person.
    """

    batch = models.UUIDField()
    institution = models.CharField(max_length=200)
    institution_kind = models.CharField(max_length=20, choices=Kind, blank=True)
    viewer_id = models.UUIDField(null=True)
    audience = models.CharField(max_length=30, choices=list(AUDIENCE_LABELS.items()))
    purpose = models.CharField(max_length=30, choices=list(LOOK_LABELS.items()))
    reason = models.CharField(max_length=300, blank=True)
    fields = ArrayField(models.CharField(max_length=30))
    on = models.DateField()
    kind = models.CharField(max_length=10, choices=LookKind)
    entry_ids = ArrayField(models.UUIDField())
    shown = ArrayField(models.BigIntegerField(), null=True)

    objects = LookQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(fields=["entry_ids"], name="look_by_entry"),
            models.Index(fields=["batch"], name="look_by_batch"),
            models.Index(fields=["on", "id"], name="look_by_day"),
            # Beside that of the entry: what a firm narrows its ledger by may be rare in it, or not there at all.
            models.Index(fields=["kind"], name="look_by_kind"),
            models.Index(fields=["purpose"], name="look_by_purpose"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience=Audience.PUBLIC, institution="", viewer_id=None)
                | (~Q(audience=Audience.PUBLIC) & ~Q(institution="") & (Q(viewer_id__isnull=False) | Q(kind="figures"))),
                name="only_the_public_looks_unnamed",
            ),
            models.CheckConstraint(condition=Q(kind__in=LookKind.values), name="look_kind_is_known"),
            models.CheckConstraint(
                condition=~Q(audience__in=disclosure.OFFICIAL_AUDIENCES, reason=""), name="officials_give_a_reason"
            ),
            models.CheckConstraint(condition=~Q(audience__in=PARTNER_AUDIENCES, reason=""), name="partners_give_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.institution or self.audience}, {self.on}"

    # Django's own ways to these words build a dictionary of all choices at each call, which a page of rows feels.
    def get_audience_display(self) -> str:  # type: ignore[no-redef]
        return str(AUDIENCE_LABELS[Audience(self.audience)])

    def get_purpose_display(self) -> str:  # type: ignore[no-redef]
        return str(LOOK_LABELS[Purpose(self.purpose)])

    def get_kind_display(self) -> str:  # type: ignore[no-redef]
        return str(LookKind(self.kind).label)

    @property
    def seen(self) -> list[str]:
        """The fields that the entries asked for showed; the row has to come from `LookQuerySet.at` or `at_any`."""
        fields: list[str] = self.__dict__["fields_seen"]
        return fields

    @property
    def labels(self) -> list[str]:
        return [str(FIELD_LABELS[field]) for field in Field if field in self.seen]

    @property
    def put_off(self) -> PutOff | None:
        """What stands beside a line that was put off; the row has to come from `LookQuerySet.with_delay`."""
        until, on, reason = (self.__dict__[f"delayed_{name}"] for name in ("until", "on", "reason"))
        return PutOff(on, until, reason) if until else None


@dataclass(frozen=True)
class PutOff:
    """That two officials decided on a day that the firm reads of a look after `until`, and why."""

    on: date
    until: date
    reason: str


class LedgerLink(models.Model):
    """One link of the ledger's hash chain, written by the database itself for every insert of looks (migration `0002_guards`).

    `sha256` is over the link before it and the lines of its looks, so that no line can be changed, taken out or slipped in later.
    """

    look_ids = ArrayField(models.BigIntegerField())
    previous = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.sha256


class LedgerSeal(models.Model):
    """The last link of a day, sealed by the portal's key, so that not even the database's owner can write the chain anew."""

    on = models.DateField(unique=True)
    link_id = models.BigIntegerField()
    statement = models.JSONField()

    def __str__(self) -> str:
        return f"{self.on}: link {self.link_id}"


class LookQuestion(models.Model):
    """What a firm asks the focal point about one look at its entry; the answer is due on a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="questions")
    look = models.ForeignKey(Look, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    # Empty while the firm waits.
    answered_at = models.DateTimeField(null=True)

    objects = LookQuestionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "look"], name="one_question_per_entry_and_look")]

    def __str__(self) -> str:
        return f"{self.entry}: {self.look}"

    @property
    def waits(self) -> bool:
        return self.answered_at is None


class LookMessage(models.Model):
    """One message of such a thread."""

    question = models.ForeignKey(LookQuestion, on_delete=models.PROTECT, related_name="messages")
    side = models.CharField(max_length=12, choices=Side)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(max_length=2000)

    def __str__(self) -> str:
        return self.text[:60]


class Pace(models.TextChoices):
    OFF = "off", _("Never")
    DAILY = "daily", _("Every day with a look")
    WEEKLY = "weekly", _("Every week with a look")
    MONTHLY = "monthly", _("Every month with a look")


class LedgerDigest(models.Model):
    """How often a firm wants a letter on who looked, and up to which day it has been told."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="digest")
    pace = models.CharField(_("how often"), max_length=10, choices=Pace, default=Pace.OFF)
    told_until = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pace__in=Pace.values), name="digest_pace_is_known")]

    def __str__(self) -> str:
        return f"{self.entry}: {self.pace}"
