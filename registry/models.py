"""The registry: what a firm says of itself, what it agreed may be seen of it, what therefore is seen, and who looked."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from organisations.models import Kind, Organisation, User
from organisations.validators import plain_text
from registry import disclosure, identifiers, lifecycle
from registry.disclosure import Audience, Field, Purpose
from registry.querysets import (
    AgreementVersionQuerySet,
    DisclosedQuerySet,
    EntryQuerySet,
    LookQuerySet,
    LookQuestionQuerySet,
)

FIELD_LABELS: dict[Field, Promise] = {
    Field.LEGAL_NAME: _("Legal name"),
    Field.REGISTRATION_NUMBER: _("Registration number"),
    Field.SIZE_BAND: _("Size"),
    Field.REGION: _("Region"),
    Field.SEGMENTS: _("Technologies and what we do with them"),
    Field.READINESS: _("Highest readiness level"),
    Field.PRODUCTS: _("Products and capabilities"),
    Field.CERTIFICATIONS: _("Certifications"),
    Field.WEBSITE: _("Website"),
    Field.CONTACT_EMAIL: _("Contact address"),
}
AUDIENCE_LABELS: dict[Audience, Promise] = {
    Audience.FOCAL_POINT: _("The focal point, for outreach"),
    Audience.LICENSING: _("Licensing authorities"),
    Audience.INVESTMENT_SCREENING: _("Investment screening authorities"),
    Audience.POLICY: _("Ministries that make policy"),
    Audience.THREAT_MONITORING: _("Services that monitor threats"),
    Audience.ASSOCIATIONS: _("Industry associations"),
    Audience.LISTED_FIRMS: _("Other listed firms and institutes"),
    Audience.BUSINESS_PROMOTION: _("Business promotion agencies"),
    Audience.PARTNER_GOVERNMENT: _("Partner governments"),
    Audience.PUBLIC: _("The public"),
}
PURPOSE_LABELS: dict[Purpose, Promise] = {
    Purpose.OUTREACH: _("To invite us to talks and events"),
    Purpose.EXPERT_CONSULTATION: _("To ask us for expert advice"),
    Purpose.ADVISORY_TARGETING: _("To send us warnings that concern us"),
    Purpose.POLICY_INPUT: _("To hear us before rules change"),
    Purpose.STATISTICS: _("To count us in published figures"),
    Purpose.MATCHMAKING: _("To introduce us to partners"),
    Purpose.BUSINESS_PROMOTION: _("To promote our business"),
}
# The same purposes, named by the one who looks.
LOOK_LABELS: dict[Purpose, Promise] = {
    Purpose.OUTREACH: _("Outreach"),
    Purpose.EXPERT_CONSULTATION: _("Expert consultation"),
    Purpose.ADVISORY_TARGETING: _("Choosing who gets an advisory"),
    Purpose.POLICY_INPUT: _("Input to policy"),
    Purpose.STATISTICS: _("Statistics"),
    Purpose.MATCHMAKING: _("Matchmaking"),
    Purpose.BUSINESS_PROMOTION: _("Business promotion"),
}
MOVE_LABELS: dict[str, Promise] = {
    "offer": _("Proposed"),
    "send": _("Sent to the focal point to talk over"),
    "counter": _("Other terms proposed"),
    "sign": _("Signed for the firm"),
    "countersign": _("Countersigned"),
    "suspend": _("Suspended"),
    "resume": _("Resumed"),
    "amend": _("Replaced"),
    "decline": _("Refused"),
    "terminate": _("Ended"),
    "expire": _("Expired"),
    "remind": _("Reminder sent"),
}
STATE_LABELS: dict[str, Promise] = {
    lifecycle.OFFERED: _("Proposed, not signed"),
    lifecycle.SIGNED: _("Waiting for countersignature"),
    lifecycle.ACTIVE: _("Active"),
    lifecycle.SUSPENDED: _("Suspended"),
    lifecycle.AMENDED: _("Replaced by a later version"),
    lifecycle.DECLINED: _("Refused"),
    lifecycle.TERMINATED: _("Ended"),
    lifecycle.EXPIRED: _("Expired"),
}


class Side(models.TextChoices):
    """The two sides of an agreement."""

    FIRM = "firm", _("The firm")
    FOCAL_POINT = "focal-point", _("The focal point")


class SizeBand(models.TextChoices):
    """Bands by staff of Commission Recommendation 2003/361/EC, Annex, article 2."""

    MICRO = "micro", _("Micro: fewer than 10 people")
    SMALL = "small", _("Small: 10 to 49 people")
    MEDIUM = "medium", _("Medium: 50 to 249 people")
    LARGE = "large", _("Large: 250 people or more")


class ActivityRole(models.TextChoices):
    DEVELOPS = "develops", _("Develops")
    PRODUCES = "produces", _("Produces")
    TRADES = "trades", _("Trades")
    RESEARCHES = "researches", _("Researches")
    INTEGRATES = "integrates", _("Integrates")


@dataclass(frozen=True)
class Line:
    """One value as a person reads it. `value` is a text, or a list of texts."""

    field: Field
    label: Promise
    value: Any


def lines(values: Mapping[Field, Any]) -> list[Line]:
    """Return the values of an entry, whoever may see them, in words and in the order of the catalogue."""
    return [Line(field, FIELD_LABELS[field], _in_words(field, values[field])) for field in Field if field in values]


@dataclass(frozen=True)
class Clause:
    """One sentence of an agreement in plain words: this audience may see these fields for these purposes."""

    audience: Promise
    fields: list[Promise]
    purposes: list[Promise]


def clauses(terms: Mapping[str, Any]) -> list[Clause]:
    """Return the terms in plain words, from the same compiled rules that decide what is disclosed."""
    cells = disclosure.compile(terms)
    return [clause for audience in AUDIENCE_LABELS for clause in _clauses_of(audience, cells)]


def _clauses_of(audience: Audience, cells: Mapping[disclosure.Cell, frozenset[Field]]) -> list[Clause]:
    by_fields: dict[frozenset[Field], list[Promise]] = {}
    for purpose in Purpose:
        if fields := cells.get((audience, purpose)):
            by_fields.setdefault(fields, []).append(PURPOSE_LABELS[purpose])
    return [
        Clause(AUDIENCE_LABELS[audience], [FIELD_LABELS[field] for field in Field if field in fields], purposes)
        for fields, purposes in by_fields.items()
    ]


@dataclass(frozen=True)
class ChangedLine:
    """A line in which two texts differ: what one audience may see and for what, before and after."""

    audience: Audience
    label: Promise
    before: list[Clause]
    after: list[Clause]
    more: list[Promise]  # fields and purposes that only the later text has
    less: list[Promise]  # and those that only the earlier one had


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedLine]:
    """Return the lines in which the terms differ, an audience each, from the compiled rules."""
    old, new = disclosure.compile(before), disclosure.compile(after)
    return [
        ChangedLine(
            audience,
            label,
            _clauses_of(audience, old),
            _clauses_of(audience, new),
            _only_in(audience, new, old),
            _only_in(audience, old, new),
        )
        for audience, label in AUDIENCE_LABELS.items()
        if any(old.get((audience, purpose)) != new.get((audience, purpose)) for purpose in Purpose)
    ]


def _only_in(audience: Audience, these: Mapping[disclosure.Cell, Any], those: Mapping[disclosure.Cell, Any]) -> list[Promise]:
    """The fields, then the purposes, that the audience has in `these` terms and not in `those`."""
    fields, others = _seen(audience, these), _seen(audience, those)
    found = [label for field, label in FIELD_LABELS.items() if field in fields - others]
    return found + [
        label for purpose, label in PURPOSE_LABELS.items() if (audience, purpose) in these and (audience, purpose) not in those
    ]


def _seen(audience: Audience, cells: Mapping[disclosure.Cell, frozenset[Field]]) -> set[Field]:
    return {field for (who, _purpose), fields in cells.items() if who == audience for field in fields}


def _in_words(field: Field, value: Any) -> Any:
    if field == Field.SIZE_BAND:
        return SizeBand(value).label
    if field == Field.SEGMENTS:
        return [f"{activity['label']}: {str(ActivityRole(activity['role']).label).lower()}" for activity in value]
    return value


def new_pairwise_secret() -> bytes:
    return secrets.token_bytes(32)


class Entry(models.Model):
    """What a firm or institute says of itself. Read by that firm alone.

    The registration number is not unique on purpose: a refusal "already exists" would tell one firm that another is listed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="registry_entry")
    legal_name = models.CharField(_("legal name"), max_length=200, validators=[plain_text])
    country = models.CharField(
        _("country of registration"),
        max_length=2,
        default="EE",
        validators=[RegexValidator(r"^[A-Z]{2}\Z", _("Choose a country."))],
    )
    registration_number = models.CharField(_("registration number"), max_length=40, validators=[plain_text])
    size_band = models.CharField(_("size"), max_length=10, choices=SizeBand)
    region = models.CharField(
        _("region"),
        max_length=5,
        validators=[RegexValidator(r"^[A-Z]{2}[0-9A-Z]{0,3}\Z", _("Enter a NUTS code of two to five characters, such as EE001."))],
    )
    website = models.URLField(_("website"), blank=True)
    products = models.TextField(_("products and capabilities"), blank=True, validators=[MaxLengthValidator(4000), plain_text])
    certifications = models.TextField(_("certifications"), blank=True, validators=[MaxLengthValidator(2000), plain_text])
    contact_email = models.EmailField(_("contact address"), blank=True)
    segments: models.ManyToManyField[Segment, EntrySegment] = models.ManyToManyField(
        Segment, through="EntrySegment", related_name="+"
    )
    # From which the ids are derived that stand for the firm where its name is hidden; never leaves this table.
    pairwise_secret = models.BinaryField(max_length=32, default=new_pairwise_secret, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.legal_name

    def clean(self) -> None:
        try:
            self.registration_number = identifiers.registration_number(self.registration_number, country=self.country)
        except identifiers.UnableToRead as error:
            message = _("Check the registration number: it is not a valid number of %(country)s.")
            raise ValidationError({"registration_number": ValidationError(message, params={"country": self.country})}) from error


class EntrySegment(models.Model):
    """That a firm does something in a segment, and how ready its best result there is."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="activities")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("what you do"), max_length=20, choices=ActivityRole)
    # Technology readiness level as in Horizon Europe's General Annexes, part B: 1 to 9.
    readiness = models.PositiveSmallIntegerField(
        _("readiness level"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "segment", "role"], name="one_activity_per_segment_and_role"),
            models.CheckConstraint(condition=Q(readiness=None) | Q(readiness__range=(1, 9)), name="readiness_is_1_to_9"),
            models.CheckConstraint(condition=Q(role__in=ActivityRole.values), name="activity_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.segment}"


class EntryChange(models.Model):
    """That somebody changed an entry, when, and which fields; the values are not kept twice."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="changes")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    fields = ArrayField(models.CharField(max_length=40))

    def __str__(self) -> str:
        return ", ".join(self.fields)

    @property
    def labels(self) -> list[str]:
        return [str(_("Country of registration") if name == "country" else FIELD_LABELS[Field(name)]) for name in self.fields]


class Agreement(models.Model):
    """The paper between a firm and the focal point; its content is in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="agreement")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.entry)


class AgreementVersion(models.Model):
    """One text of an agreement. What it says is written once; the database lets the portal change only state, who and when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=list(STATE_LABELS.items()), default=lifecycle.OFFERED)
    is_active = models.BooleanField(default=False)
    side = models.CharField(max_length=12, choices=Side, default=Side.FIRM)
    # The proposal of the other side to which this one is the reply.
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    # When the firm let the focal point read it before anybody signed.
    sent_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    countersigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    countersigned_at = models.DateTimeField(null=True)
    # Which side suspended it, and alone may resume it.
    suspended_by = models.CharField(max_length=12, choices=Side, blank=True)
    ended_at = models.DateTimeField(null=True)
    # The firm's sealed statement, and the receipt that the focal point sealed over it (`signing.py`).
    signature = models.JSONField(null=True)
    receipt = models.JSONField(null=True)

    objects = AgreementVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="one_agreement_version_per_number"),
            models.UniqueConstraint(fields=["agreement"], condition=Q(is_active=True), name="one_active_agreement_version"),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(state__in=lifecycle.PENDING_STATES), name="one_pending_agreement_version"
            ),
            # The target of the projection's composite foreign key.
            models.UniqueConstraint(fields=["id", "is_active"], name="agreement_version_id_is_active"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="agreement_period_is_possible"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="agreement_digest_is_sha256"),
            models.CheckConstraint(
                condition=Q(is_active=True, state=lifecycle.ACTIVE) | (Q(is_active=False) & ~Q(state=lifecycle.ACTIVE)),
                name="agreement_is_active_when_its_state_says_so",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None, signed_at=None) | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="agreement_signed_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by=None, countersigned_at=None)
                | Q(countersigned_by__isnull=False, countersigned_at__isnull=False, signed_at__isnull=False),
                name="agreement_countersigned_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.OFFERED, signed_at=None)
                | Q(state=lifecycle.SIGNED, signed_at__isnull=False, countersigned_at=None)
                | Q(state__in=(lifecycle.ACTIVE, lifecycle.SUSPENDED), countersigned_at__isnull=False)
                | Q(state__in=lifecycle.ENDED_STATES),
                name="agreement_state_and_signatures",
            ),
            models.CheckConstraint(
                condition=Q(state__in=lifecycle.ENDED_STATES, ended_at__isnull=False)
                | (Q(ended_at=None) & ~Q(state__in=lifecycle.ENDED_STATES)),
                name="agreement_ended_at",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.SUSPENDED, suspended_by__in=Side.values)
                | (~Q(state=lifecycle.SUSPENDED) & Q(suspended_by="")),
                name="agreement_suspended_by",
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="agreement_side_is_known"),
            models.CheckConstraint(
                condition=Q(countersigned_by=None) | ~Q(countersigned_by=F("signed_by")), name="agreement_has_two_signatories"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, version {self.number}"

    @property
    def document(self) -> dict[str, Any]:
        """What both sides sign; `sha256` is the digest of its canonical JSON."""
        return {
            "agreement": str(self.agreement_id),
            "number": str(self.number),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "terms": self.terms,
        }

    @property
    def is_intact(self) -> bool:
        return disclosure.digest(self.document) == self.sha256

    @property
    def clauses(self) -> list[Clause]:
        return clauses(self.terms)

    @property
    def replaced(self) -> AgreementVersion | None:
        """The text with which a reader compares this one: the proposal that it answers, or else what is in force."""
        if self.answers_id:
            return self.answers
        return self.agreement.versions.standing().exclude(pk=self.pk).first()

    @property
    def is_offered(self) -> bool:
        return self.state == lifecycle.OFFERED

    @property
    def is_signed(self) -> bool:
        return self.state == lifecycle.SIGNED

    @property
    def is_suspended(self) -> bool:
        return self.state == lifecycle.SUSPENDED

    @property
    def is_pending(self) -> bool:
        return self.state in lifecycle.PENDING_STATES

    @property
    def is_counter_offer(self) -> bool:
        """Whether the focal point proposed it."""
        return self.side == Side.FOCAL_POINT

    @property
    def is_sent(self) -> bool:
        return self.sent_at is not None

    @property
    def is_ended(self) -> bool:
        return self.state in lifecycle.ENDED_STATES


class AgreementEvent(models.Model):
    """The history of an agreement: one row a move. `by` and `side` are empty where the calendar moved it."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="events")
    move = models.CharField(max_length=12)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    side = models.CharField(max_length=12, choices=Side, blank=True)
    reason = models.CharField(max_length=1000, blank=True)

    def __str__(self) -> str:
        return f"{self.move}, {self.at:%Y-%m-%d}"

    @property
    def label(self) -> Promise:
        return MOVE_LABELS[self.move]


class Disclosed(models.Model):
    """What one audience may see of one entry for one purpose, and nothing else; hidden is NULL.

    Written by `services.projection` alone and read by `gateway` alone. No foreign key of the ORM leads from here to the truth, so
    that no lookup can follow one; the database holds (agreement_version_id, is_active) to a version that is active.
    """

    ref = models.UUIDField()
    audience = models.CharField(max_length=30)
    purpose = models.CharField(max_length=30)
    entry_id = models.UUIDField()
    agreement_version_id = models.UUIDField()
    is_active = models.BooleanField(default=True)
    valid_from = models.DateField()
    valid_until = models.DateField()
    fields = ArrayField(models.CharField(max_length=30))
    legal_name = models.CharField(max_length=200, null=True)
    registration_number = models.CharField(max_length=43, null=True)
    size_band = models.CharField(max_length=10, null=True)
    region = models.CharField(max_length=5, null=True)
    segments = models.JSONField(null=True)
    segment_codes = ArrayField(models.CharField(max_length=20), null=True)
    readiness = models.PositiveSmallIntegerField(null=True)
    products = models.TextField(null=True)
    certifications = models.TextField(null=True)
    website = models.URLField(null=True)
    contact_email = models.EmailField(null=True)
    # Not generated by the database: Django would read a generated column back, which the application may not.
    search = SearchVectorField()

    objects = DisclosedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "disclosed"
        constraints = [
            models.UniqueConstraint(fields=["audience", "purpose", "ref"], name="one_disclosed_row_per_ref"),
            models.UniqueConstraint(fields=["entry_id", "audience", "purpose"], name="one_disclosed_row_per_cell"),
            models.CheckConstraint(condition=Q(is_active=True), name="disclosed_only_while_active"),
        ]
        indexes = [
            models.Index(fields=["audience", "purpose", "legal_name", "ref"], name="disclosed_by_name"),
            models.Index(fields=["audience", "purpose", "region"], name="disclosed_by_region"),
            models.Index(fields=["agreement_version_id", "is_active"], name="disclosed_by_version"),
            GinIndex(fields=["segment_codes"], name="disclosed_by_segment"),
            GinIndex(fields=["search"], name="disclosed_by_words"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} for {self.audience}, {self.purpose}"


class LookKind(models.TextChoices):
    LIST = "list", _("In a list")
    ONE = "one", _("Your entry alone")
    EXPORT = "export", _("In an export")


class Look(models.Model):
    """One line of the ledger: who saw which fields of which entries, why, on what day.

    A page of entries that show different fields makes one line for each set of fields, joined by `batch`. `viewer_id` is for the
    auditor; the firm sees the institution. The public is not asked for a reason and leaves no name.
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

    objects = LookQuerySet.as_manager()

    class Meta:
        indexes = [GinIndex(fields=["entry_ids"], name="look_by_entry")]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience=Audience.PUBLIC, institution="", viewer_id=None)
                | (~Q(audience=Audience.PUBLIC) & ~Q(institution="") & Q(viewer_id__isnull=False)),
                name="only_the_public_looks_unnamed",
            ),
            models.CheckConstraint(condition=Q(kind__in=LookKind.values), name="look_kind_is_known"),
            models.CheckConstraint(
                condition=~Q(audience__in=disclosure.OFFICIAL_AUDIENCES, reason=""), name="officials_give_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution or self.audience}, {self.on}"

    @property
    def labels(self) -> list[str]:
        return [str(FIELD_LABELS[field]) for field in Field if field in self.fields]


class LedgerLink(models.Model):
    """One link of the ledger's hash chain, written by the database itself for every insert of looks (migration 0013).

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
