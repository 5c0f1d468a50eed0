"""The registry: what a firm says of itself, what it agreed may be seen of it, what therefore is seen, and who looked."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from catalogue import regions
from catalogue.models import ControlEntry, Segment
from catalogue.parsing import code_typed
from organisations.models import ApiToken, Kind, Organisation, User
from organisations.validators import plain_text
from registry import disclosure, identifiers, lifecycle, renewal
from registry.disclosure import Audience, Field, Group, Purpose
from registry.models.introductions import Introduction as Introduction
from registry.models.introductions import IntroductionMessage as IntroductionMessage
from registry.models.introductions import IntroductionState as IntroductionState
from registry.models.introductions import MeetingSide as MeetingSide
from registry.models.invitations import InvitationRound as InvitationRound
from registry.models.invitations import ListingInvitation as ListingInvitation
from registry.models.merging import Merge as Merge
from registry.models.merging import MergeState as MergeState
from registry.models.outreach import Invited as Invited
from registry.models.outreach import NoOutreach as NoOutreach
from registry.models.outreach import Outreach as Outreach
from registry.models.outreach import OutreachMessage as OutreachMessage
from registry.models.outreach import OutreachSide as OutreachSide
from registry.models.outreach import OutreachState as OutreachState
from registry.models.registers import Correction as Correction
from registry.models.registers import CorrectionState as CorrectionState
from registry.models.registers import ImportState as ImportState
from registry.models.registers import RegisterImport as RegisterImport
from registry.models.removal import Removal as Removal
from registry.models.renewals import RenewalEvent as RenewalEvent
from registry.models.renewals import RenewalMove as RenewalMove
from registry.querysets import (
    AgreementVersionQuerySet,
    DelayQuerySet,
    DisclosedQuerySet,
    EditionQuerySet,
    EntryQuerySet,
    EvidenceQuerySet,
    LookQuerySet,
    LookQuestionQuerySet,
    LookTokenQuerySet,
    PersonQuerySet,
    SavedSearchQuerySet,
)
from registry.tables import FEWEST

FIELD_LABELS: dict[Field, StrPromise] = {
    Field.LEGAL_NAME: _("Legal name"),
    Field.UNIT_NAME: _("Unit of the institute"),
    Field.TRADING_NAMES: _("Trading names"),
    Field.REGISTRATION_NUMBER: _("Registration number"),
    Field.VAT_NUMBER: _("VAT number"),
    Field.LEI: _("Legal entity identifier (LEI)"),
    Field.EORI: _("EORI number"),
    Field.ROR: _("ROR id"),
    Field.SIZE_BAND: _("Size"),
    Field.REGION: _("Region"),
    Field.OTHER_REGIONS: _("Other regions where we work"),
    Field.NACE: _("Economic activities (NACE)"),
    Field.SEGMENTS: _("Technologies and what we do with them"),
    Field.READINESS: _("Highest readiness level"),
    Field.PRODUCTS: _("Products and capabilities"),
    Field.CONTROL_ENTRIES: _("Control entries that apply to us"),
    Field.MARKETS: _("Markets"),
    Field.CERTIFICATIONS: _("Certifications"),
    Field.COMPLIANCE: _("Compliance programme"),
    Field.MEMBERSHIPS: _("Memberships of associations"),
    Field.PARTNERS: _("Research partners"),
    Field.WILLINGNESS: _("What we are willing to do"),
    Field.WEBSITE: _("Website"),
    Field.CONTACT_EMAIL: _("Contact address"),
    Field.PEOPLE: _("Contact persons, as each agrees"),
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


class Compliance(models.TextChoices):
    """How far an internal compliance programme has come; the core elements are those of Recommendation (EU) 2019/1318, Annex I."""

    NONE = "none", _("None: we look at each case as it comes")
    BASIC = "basic", _("Basic: somebody is in charge and screens orders")
    DOCUMENTED = "documented", _("Documented: written procedures, training and records")
    AUDITED = "audited", _("Audited: somebody independent checks that the procedures are followed")


class Willingness(models.TextChoices):
    EXPERT_PANEL = "expert-panel", _("Sit on an expert panel")
    CONSULTATIONS = "consultations", _("Answer consultations before rules change")
    PILOT = "pilot", _("Try new services of the focal point in a pilot")


@dataclass(frozen=True)
class Line:
    """One value as a person reads it. `value` is a text, or a list of texts."""

    field: Field
    label: Promise
    value: Any
    level: str = ""  # of evidence beyond the firm's own word

    @property
    def evidence(self) -> str:
        return str(EvidenceLevel(self.level).label) if self.level else ""

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)


def lines(values: Mapping[Field, Any], evidence: Mapping[str, str]) -> list[Line]:
    """Return the values of an entry, whoever may see them, in words and in the order of the catalogue, with what confirms them."""
    shown = [field for field in Field if field in values]
    return [Line(field, FIELD_LABELS[field], _in_words(field, values[field]), evidence.get(field, "")) for field in shown]


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
    say = _WORDS.get(field)
    return say(value) if say else value


def _person_in_words(person: Mapping[str, Any]) -> str:
    """What a person lets be seen: the parts that are there, in their order."""
    words = [person[part] for part in ("name", "role", "email", "phone") if part in person]
    return ", ".join([*words, *(language_name(code) for code in person.get("languages", ()))])


def _activity_in_words(activity: Mapping[str, str]) -> str:
    return f"{activity['label']}: {str(ActivityRole(activity['role']).label).lower()}"


def _certificate_in_words(certificate: Mapping[str, str]) -> str:
    """The scheme, and what is known of number and last day."""
    number, last = certificate.get("number"), certificate.get("valid_until")
    until = date.fromisoformat(last) if last else None
    said = {"scheme": certificate["scheme"], "number": number, "until": date_format(until, "j F Y") if until else ""}
    if number and until:
        return gettext("%(scheme)s, number %(number)s, valid until %(until)s") % said
    if number:
        return gettext("%(scheme)s, number %(number)s") % said
    return gettext("%(scheme)s, valid until %(until)s") % said if until else certificate["scheme"]


_WORDS: dict[Field, Callable[[Any], Any]] = {
    Field.ROR: lambda value: f"https://ror.org/{value}",
    Field.SIZE_BAND: lambda value: SizeBand(value).label,
    Field.NACE: lambda codes: [f"{code} {identifiers.activity_label(code)}" for code in codes],
    Field.SEGMENTS: lambda activities: [_activity_in_words(activity) for activity in activities],
    Field.MARKETS: lambda codes: [str(regions.OFFERED[code]) for code in codes],
    Field.CERTIFICATIONS: lambda certificates: [_certificate_in_words(certificate) for certificate in certificates],
    Field.COMPLIANCE: lambda value: Compliance(value).label,
    Field.PEOPLE: lambda people: [_person_in_words(person) for person in people],
    Field.WILLINGNESS: lambda values: [str(Willingness(value).label) for value in values],
}


def new_pairwise_secret() -> bytes:
    return secrets.token_bytes(32)


LISTS = ("trading_names", "other_regions", "nace", "control_entries", "markets", "certifications", "willingness")
LONGEST_LIST = 30
LONGEST_SCHEME, LONGEST_NUMBER = 2000, 60


def _list_of(base: models.Field[Any, Any], label: StrPromise) -> ArrayField[Any, Any]:
    return ArrayField(base, verbose_name=label, default=list, blank=True)


class Entry(models.Model):
    """What a firm or institute says of itself. Read by that firm alone.

    The registration number is not unique on purpose: a refusal "already exists" would tell one firm that another is listed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="registry_entry")
    legal_name = models.CharField(_("legal name"), max_length=200, validators=[plain_text])
    unit_name = models.CharField(_("unit"), max_length=200, blank=True, validators=[plain_text])
    trading_names = _list_of(models.CharField(max_length=200, validators=[plain_text]), _("trading names"))
    country = models.CharField(
        _("country of registration"),
        max_length=2,
        default="EE",
        validators=[RegexValidator(r"^[A-Z]{2}\Z", _("Choose a country."))],
    )
    registration_number = models.CharField(_("registration number"), max_length=40, validators=[plain_text])
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    lei = models.CharField(_("legal entity identifier"), max_length=20, blank=True)
    eori = models.CharField(_("EORI number"), max_length=17, blank=True)
    ror = models.CharField(_("ROR id"), max_length=9, blank=True)
    size_band = models.CharField(_("size"), max_length=10, choices=SizeBand)
    region = models.CharField(
        _("region"),
        max_length=5,
        validators=[RegexValidator(r"^[A-Z]{2}[0-9A-Z]{0,3}\Z", _("Enter a NUTS code of two to five characters, such as EE001."))],
    )
    other_regions = _list_of(models.CharField(max_length=5), _("other regions"))
    nace = _list_of(models.CharField(max_length=5), _("economic activities"))
    products = models.TextField(_("products and capabilities"), blank=True, validators=[MaxLengthValidator(4000), plain_text])
    control_entries = _list_of(models.CharField(max_length=40), _("control entries"))
    markets = _list_of(models.CharField(max_length=3, choices=regions.CHOICES), _("markets"))
    # [{"scheme": …, "number": … or "", "valid_until": ISO 8601 day or ""}]
    certifications = models.JSONField(_("certifications"), default=list, blank=True)
    compliance = models.CharField(_("compliance programme"), max_length=10, blank=True, choices=Compliance)
    memberships = models.ManyToManyField(Organisation, verbose_name=_("memberships"), related_name="+", blank=True)
    partners = models.TextField(_("research partners"), blank=True, validators=[MaxLengthValidator(2000), plain_text])
    willingness = _list_of(models.CharField(max_length=20, choices=Willingness), _("willingness"))
    website = models.URLField(_("website"), blank=True)
    contact_email = models.EmailField(_("contact address"), blank=True)
    segments: models.ManyToManyField[Segment, EntrySegment] = models.ManyToManyField(
        Segment, through="EntrySegment", related_name="+"
    )
    # From which the ids are derived that stand for the firm where its name is hidden; never leaves this table.
    pairwise_secret = models.BinaryField(max_length=32, default=new_pairwise_secret, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    # When the firm last said that all of it holds (`renewal.py`), and since when nobody sees it because it did not say so again.
    confirmed_on = models.DateField(default=timezone.localdate)
    lapsed_on = models.DateField(null=True)
    # A tombstone leads to the entry of the same firm that stayed.
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="tombstones")
    merged_on = models.DateField(null=True)
    is_current = models.BooleanField(default=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            # The target of a composite foreign key of the projection, which holds rows of current entries alone.
            models.UniqueConstraint(fields=["id", "is_current"], name="entry_id_is_current"),
            models.CheckConstraint(
                condition=Q(is_current=True, lapsed_on=None, merged_into=None)
                | (Q(is_current=False) & (Q(lapsed_on__isnull=False) | Q(merged_into__isnull=False))),
                name="entry_is_current_unless_it_lapsed_or_was_merged",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None, merged_on=None) | Q(merged_into__isnull=False, merged_on__isnull=False),
                name="entry_merged_into_and_on",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="entry_is_not_merged_into_itself"),
        ]

    def __str__(self) -> str:
        return self.legal_name

    @property
    def has_lapsed(self) -> bool:
        return self.lapsed_on is not None

    @property
    def is_merged(self) -> bool:
        return self.merged_into_id is not None

    @property
    def due_on(self) -> date:
        """When a year has gone by since the firm confirmed it."""
        return renewal.due_on(self.confirmed_on)

    @property
    def lapses_on(self) -> date:
        return renewal.lapses_on(self.confirmed_on)

    def clean(self) -> None:
        """Bring numbers and codes into their compact form; raises ValidationError with a sentence for each that is not one."""
        errors: dict[str, ValidationError] = {}
        for name, (read, sentence) in RULES.items():
            try:
                setattr(self, name, read(self))
            except identifiers.UnableToRead as error:
                errors[name] = ValidationError(sentence, params={"value": str(error)[:60], "country": self.country})
        for name in LISTS:
            if len(getattr(self, name)) > LONGEST_LIST:
                errors[name] = ValidationError(_("List at most %(most)s."), params={"most": LONGEST_LIST})
        if errors:
            raise ValidationError(errors)


def _each(name: str, rule: Callable[[str], str]) -> Callable[[Entry], list[str]]:
    """A rule for a list of codes: each by its own, without doubles, in the order given."""
    return lambda entry: list(dict.fromkeys(rule(code) for code in getattr(entry, name)))


def _one(name: str, rule: Callable[[str], str]) -> Callable[[Entry], str]:
    """A rule for a number that may be left out."""
    return lambda entry: rule(value) if (value := getattr(entry, name).strip()) else ""


def _trading_names(entry: Entry) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in entry.trading_names if name.strip()))


def _control_entries(entry: Entry) -> list[str]:
    """The codes as the lists in force print them, however they are typed."""
    typed = {code: code_typed(code) for code in entry.control_entries}
    in_force = ControlEntry.objects.current().paragraphs()
    known = set(in_force.filter(code__in=typed.values()).values_list("code", flat=True)) if typed else set()
    for code, meant in typed.items():
        if meant not in known:
            raise identifiers.UnableToRead(code)
    return list(dict.fromkeys(typed.values()))


def _certificates(entry: Entry) -> list[dict[str, str]]:
    """Certificates in the one shape in which they are kept; raises UnableToRead for what has another."""
    kept = []
    for certificate in entry.certifications:
        scheme, number, last = (str(certificate.get(part, "")).strip() for part in ("scheme", "number", "valid_until"))
        try:
            for words in (scheme, number):
                plain_text(words)
            last = date.fromisoformat(last).isoformat() if last else ""
        except (ValidationError, ValueError) as error:
            raise identifiers.UnableToRead(scheme) from error
        if not scheme or len(scheme) > LONGEST_SCHEME or len(number) > LONGEST_NUMBER:
            raise identifiers.UnableToRead(number)
        kept.append({"scheme": scheme, "number": number, "valid_until": last})
    return kept


# How each value is read, and what is said where it can't be.
RULES: dict[str, tuple[Callable[[Entry], Any], StrPromise]] = {
    "registration_number": (
        lambda entry: identifiers.registration_number(entry.registration_number, country=entry.country),
        _("Check the registration number: it is not a valid number of %(country)s."),
    ),
    "trading_names": (_trading_names, _("Check the trading name %(value)s.")),
    "vat_number": (
        _one("vat_number", identifiers.vat_number),
        _("Check the VAT number: it starts with the letters of its country, such as EE, and %(value)s is not a valid one."),
    ),
    "lei": (_one("lei", identifiers.lei), _("Check the LEI: it has 20 characters, and the last two don't fit %(value)s.")),
    "eori": (
        _one("eori", identifiers.eori),
        _("Check the EORI number: it has two letters of a country and up to 15 letters or digits, unlike %(value)s."),
    ),
    "ror": (
        _one("ror", identifiers.ror),
        _("Check the ROR id: it has nine characters, such as 03z77qz90, and the last two don't fit %(value)s."),
    ),
    "region": (
        _one("region", identifiers.region),
        _("Enter the NUTS code of a region, such as EE001: %(value)s is none."),
    ),
    "other_regions": (
        _each("other_regions", identifiers.region),
        _("%(value)s is not a NUTS code, which is two letters of a country and up to three letters or digits, such as EE004."),
    ),
    "nace": (_each("nace", identifiers.activity), _("%(value)s is not a code of NACE Rev. 2.1, such as 26.11.")),
    "control_entries": (_control_entries, _("%(value)s is not an entry of the control lists in force, such as 6A003.")),
    "certifications": (_certificates, _("Check the certificate %(value)s.")),
}


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
    """That somebody changed an entry, when, and which fields; `ChangedValue` has what they said before and after."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="changes")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    fields = ArrayField(models.CharField(max_length=40))

    def __str__(self) -> str:
        return ", ".join(self.fields)

    @property
    def labels(self) -> list[str]:
        return [field_label(name) for name in self.fields]


class EntryDraft(models.Model):
    """What somebody of a firm has typed into the form of its entry and not yet saved: unchecked, read by that firm alone.

    `typed` holds the values of the form by their names, each a list of texts as a browser posts them.
    """

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    typed = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organisation}, {self.at:%Y-%m-%d}"


class EvidenceLevel(models.TextChoices):
    SAID = "said", _("Said by the firm or institute")
    DOCUMENT = "document", _("Confirmed by a document")
    REGISTER = "register", _("Checked against a register")


class Evidence(models.Model):
    """That the evidence for a field came to be of a level, by whom and why. Only added to: the latest row of a field holds.

    An official confirms; a change of the field by its firm takes it back to what the firm says.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="evidence")
    field = models.CharField(max_length=30)
    level = models.CharField(_("evidence"), max_length=10, choices=EvidenceLevel)
    reason = models.CharField(_("reason"), max_length=300, blank=True, validators=[plain_text])
    institution = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        indexes = [models.Index(fields=["entry", "field", "-id"], name="evidence_by_field")]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=EvidenceLevel.values), name="evidence_level_is_known"),
            models.CheckConstraint(
                condition=Q(level=EvidenceLevel.SAID, reason="", institution="")
                | (~Q(level=EvidenceLevel.SAID) & ~Q(reason="") & ~Q(institution="")),
                name="whoever_confirms_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.get_level_display()}"

    @property
    def label(self) -> str:
        return str(FIELD_LABELS[Field(self.field)])


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
    # By which the row is filtered and counted: of what the cell shows and of nothing else, see `services.projection`.
    keys = ArrayField(models.CharField(max_length=60), default=list)
    legal_name = models.CharField(max_length=200, null=True)
    unit_name = models.CharField(max_length=200, null=True)
    trading_names = models.JSONField(null=True)
    registration_number = models.CharField(max_length=43, null=True)
    vat_number = models.CharField(max_length=20, null=True)
    lei = models.CharField(max_length=20, null=True)
    eori = models.CharField(max_length=17, null=True)
    ror = models.CharField(max_length=9, null=True)
    size_band = models.CharField(max_length=10, null=True)
    region = models.CharField(max_length=5, null=True)
    other_regions = models.JSONField(null=True)
    nace = models.JSONField(null=True)
    segments = models.JSONField(null=True)
    readiness = models.PositiveSmallIntegerField(null=True)
    products = models.TextField(null=True)
    control_entries = models.JSONField(null=True)
    markets = models.JSONField(null=True)
    certifications = models.JSONField(null=True)
    compliance = models.CharField(max_length=10, null=True)
    memberships = models.JSONField(null=True)
    partners = models.TextField(null=True)
    willingness = models.JSONField(null=True)
    website = models.URLField(null=True)
    contact_email = models.EmailField(null=True)
    # Of each person only what they agree to for this audience, see `services.projection`.
    people = models.JSONField(null=True)
    # {field: level} for what is confirmed of the fields that the cell shows.
    evidence = models.JSONField(default=dict)
    # The first day of the month in which the firm last confirmed its entry; only where the cell shows the name.
    confirmed_in = models.DateField(null=True)
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
            models.Index(
                "audience", "purpose", F("legal_name").desc(nulls_last=True), F("ref").asc(), name="disclosed_by_name_backwards"
            ),
            models.Index(fields=["audience", "purpose", "region", "legal_name", "ref"], name="disclosed_by_region"),
            models.Index(
                "audience", "purpose", F("readiness").desc(nulls_last=True), "legal_name", "ref", name="disclosed_by_readiness"
            ),
            models.Index(fields=["agreement_version_id", "is_active"], name="disclosed_by_version"),
            # Of one index, so that keys and words narrow one another before any row is read.
            GinIndex(fields=["keys", "search"], name="disclosed_by_keys_and_words"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} for {self.audience}, {self.purpose}"


class LookKind(models.TextChoices):
    LIST = "list", _("In a list")
    ONE = "one", _("Your entry alone")
    EXPORT = "export", _("In an export")
    FIGURES = "figures", _("Counted in published figures")


class Look(models.Model):
    """One line of the ledger: who saw which fields of which entries, why, on what day.

    A page of entries that show different fields makes one line for each set of fields, joined by `batch`. `viewer_id` is for the
    auditor; the firm sees the institution. The public is not asked for a reason and leaves no name; figures are
    counted by no person.
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
        indexes = [
            GinIndex(fields=["entry_ids"], name="look_by_entry"),
            models.Index(fields=["batch"], name="look_by_batch"),
            models.Index(fields=["on", "id"], name="look_by_day"),
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
        ]

    def __str__(self) -> str:
        return f"{self.institution or self.audience}, {self.on}"

    @property
    def labels(self) -> list[str]:
        return [str(FIELD_LABELS[field]) for field in Field if field in self.fields]

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
    """One link of the ledger's hash chain, written by the database itself for every insert of looks (migration 0008).

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


LOOKING_AUDIENCES = tuple(audience.value for audience in Audience if audience != Audience.PUBLIC)


class LookToken(models.Model):
    """To what a program's token that looks is bound: one audience of one organisation, and purposes. Never changed.

    The rights of the token's owner bound it besides: who no longer looks in this capacity has a token that opens nothing.
    """

    token = models.OneToOneField(ApiToken, on_delete=models.CASCADE, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=30, choices=list(AUDIENCE_LABELS.items()))
    purposes = ArrayField(models.CharField(max_length=30, choices=list(LOOK_LABELS.items())))

    objects = LookTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=LOOKING_AUDIENCES), name="look_token_audience_is_known"),
            models.CheckConstraint(
                condition=Q(purposes__contained_by=[purpose.value for purpose in Purpose]) & ~Q(purposes=[]),
                name="look_token_purposes_are_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.token}: {self.audience}"

    @property
    def labels(self) -> list[str]:
        return [str(label) for purpose, label in LOOK_LABELS.items() if purpose in self.purposes]


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


class SavedSearch(models.Model):
    """A search kept under a name, for one capacity. `query` is the query string of the page; it opens nothing by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    audience = models.CharField(max_length=30, choices=list(AUDIENCE_LABELS.items()))
    # For whom the person looked; nobody, as the public.
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=60, validators=[plain_text])
    query = models.CharField(max_length=3000)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "audience", "organisation", "name"], name="one_saved_search_per_name", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_search_has_a_name"),
            models.CheckConstraint(
                condition=Q(audience=Audience.PUBLIC, organisation=None) | (~Q(audience=Audience.PUBLIC) & ~Q(organisation=None)),
                name="saved_search_names_for_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """The published tables of one quarter. Written once, after the quarter's end; the database lets nobody change it.

    `listed` is the number of entries with an agreement in force, `counted` that of those whose agreement permits it; both are for
    the focal point alone.
    """

    quarter = models.DateField(unique=True)  # its first day
    counted_on = models.DateField()
    areas = ArrayField(models.CharField(max_length=40))
    listed = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()

    objects = EditionQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(counted__lte=F("listed")), name="only_listed_entries_are_counted")]

    def __str__(self) -> str:
        return f"{self.quarter}"

    @property
    def year(self) -> int:
        return self.quarter.year

    @property
    def number(self) -> int:
        """1 to 4."""
        return (self.quarter.month + 2) // 3


class PrintedNumber(models.Model):
    """One number of one table of an edition; none where it is left out. An empty row or column is that of the sums."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="numbers")
    table = models.CharField(max_length=30)
    row = models.CharField(max_length=40, blank=True)
    column = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "table", "row", "column"], name="one_printed_number_per_place"),
            models.CheckConstraint(condition=Q(number=None) | Q(number__gte=FEWEST), name="printed_number_is_of_enough_entries"),
        ]

    def __str__(self) -> str:
        return f"{self.table}, {self.row}, {self.column}: {self.number}"


LONGEST_DELAY = timedelta(days=180)


class DelayState(models.TextChoices):
    ASKED = "asked", _("Waits for a second official")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class Delay(models.Model):
    """That firms read of looks in one piece of work only after a day: asked by one official, decided by another, never made longer.

    It is asked for before anybody looks, so nothing that is in the ledger already can be put off.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    audience = models.CharField(_("audience"), max_length=30, choices=list(AUDIENCE_LABELS.items()))
    purpose = models.CharField(_("purpose"), max_length=30, choices=list(LOOK_LABELS.items()))
    reason = models.CharField(_("reason"), max_length=300, validators=[plain_text])
    until = models.DateField(_("last day"))
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    state = models.CharField(max_length=10, choices=DelayState, default=DelayState.ASKED)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)

    objects = DelayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by", "audience", "purpose", "reason", "until"],
                condition=Q(state=DelayState.ASKED),
                name="one_delay_asked_for_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="delay_has_a_reason"),
            models.CheckConstraint(
                condition=Q(until__gte=F("asked_on"), until__lte=F("asked_on") + LONGEST_DELAY), name="delay_ends_in_180_days"
            ),
            models.CheckConstraint(
                condition=Q(state=DelayState.ASKED, decided_by=None, decided_on=None)
                | Q(
                    state__in=(DelayState.APPROVED, DelayState.REFUSED),
                    decided_by__isnull=False,
                    decided_on__gte=F("asked_on"),
                    decided_on__lte=F("until"),
                ),
                name="delay_is_decided_by_and_on",
            ),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="delay_has_two_officials"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.until}: {self.reason}"

    @property
    def waits(self) -> bool:
        return self.state == DelayState.ASKED


class DelayedBatch(models.Model):
    """That the lines of one look are put off. Written by the gateway with them, under an approved delay, and never again touched.

    The key is the batch, so that the login of outside reads, which may only add rows, needs to read none back.
    """

    batch = models.UUIDField(primary_key=True)
    delay = models.ForeignKey(Delay, on_delete=models.PROTECT, related_name="batches")
    until = models.DateField()

    class Meta:
        verbose_name_plural = "delayed batches"

    def __str__(self) -> str:
        return f"{self.batch} until {self.until}"


# The official languages of the Union, and those of its neighbours to the east.
SPOKEN = (
    "bg", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "de", "el", "hu", "ga",
    "it", "lv", "lt", "pl", "pt", "ro", "sk", "sl", "es", "sv", "ru", "uk",
)  # fmt: skip
PERSON_FIELDS: dict[str, StrPromise] = {
    "name": _("Name"),
    "role": _("Role"),
    "email": _("E-mail address"),
    "phone": _("Phone"),
    "languages": _("Languages"),
}
GROUP_LABELS: dict[Group, StrPromise] = {
    Group.OFFICIALS: _("Officials of your country"),
    Group.PARTNERS: _("Associations, other listed firms, business promotion agencies"),
    Group.OTHER_GOVERNMENTS: _("Partner governments"),
    Group.PUBLIC: _("Everybody"),
}


def language_name(code: str) -> str:
    return str(get_language_info(code)["name_translated"])


class Person(models.Model):
    """A contact person whom a firm names. What of it is shown needs the firm's agreement and this person's own consent.

    Without any consent nothing of a person is kept beyond `keep_until`. To correct it, the firm takes it out and names it anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="people")
    name = models.CharField(PERSON_FIELDS["name"], max_length=200, validators=[plain_text])
    role = models.CharField(PERSON_FIELDS["role"], max_length=200, blank=True, validators=[plain_text])
    email = models.EmailField(PERSON_FIELDS["email"])
    phone = models.CharField(
        PERSON_FIELDS["phone"],
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"^[0-9+() /.-]*\Z", _("Enter a phone number, such as +372 600 0000."))],
    )
    languages = _list_of(models.CharField(max_length=2, choices=[(code, code) for code in SPOKEN]), PERSON_FIELDS["languages"])
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    named_on = models.DateField()
    # The day after which all of it is erased: soon without an answer, later with one.
    keep_until = models.DateField()
    answered_on = models.DateField(null=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "people"
        constraints = [models.UniqueConstraint(fields=["entry", "email"], name="one_person_per_entry_and_address")]

    def __str__(self) -> str:
        return self.name

    @property
    def parts(self) -> dict[str, Any]:
        """What the firm said of the person, without what it left empty."""
        return {name: value for name in PERSON_FIELDS if (value := getattr(self, name))}

    @property
    def said(self) -> list[str]:
        """The same in words, a part each."""
        words = self.parts | ({"languages": ", ".join(language_name(code) for code in self.languages)} if self.languages else {})
        return [f"{label}: {words[name]}" for name, label in PERSON_FIELDS.items() if name in words]

    def agreed(self, group: Group) -> list[str]:
        """The parts that the person lets a group see; `consents` should be prefetched."""
        held = {consent.field for consent in self.consents.all() if consent.group == group and consent.until is None}
        return [name for name in PERSON_FIELDS if name in held]

    @property
    def agreements(self) -> list[tuple[StrPromise, list[StrPromise]]]:
        """The same in words, for every group that sees anything."""
        return [
            (label, [PERSON_FIELDS[name] for name in agreed])
            for group, label in GROUP_LABELS.items()
            if (agreed := self.agreed(group))
        ]


class Consent(models.Model):
    """That a person lets a group of audiences see one of their fields, since a day; taken back on `until`."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    field = models.CharField(max_length=10, choices=list(PERSON_FIELDS.items()))
    group = models.CharField(max_length=20, choices=list(GROUP_LABELS.items()))
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "field", "group"], condition=Q(until=None), name="one_consent_at_a_time"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="consent_period_is_possible"),
            models.CheckConstraint(condition=Q(field__in=list(PERSON_FIELDS)), name="consent_field_is_known"),
            models.CheckConstraint(condition=Q(group__in=[str(group) for group in Group]), name="consent_group_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.get_group_display()}"


class ChangedValue(models.Model):
    """What a field of an entry said before a change and after it, for the firm alone; empty where it said nothing.

    Never rewritten; the firm can have it forgotten, and it goes with the entry. People's own words are not kept here.
    """

    change = models.ForeignKey(EntryChange, on_delete=models.CASCADE, related_name="values")
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "field"], name="one_changed_value_per_field")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return field_label(self.field)

    @property
    def before_in_words(self) -> list[str]:
        return _value_in_words(self.field, self.before)

    @property
    def after_in_words(self) -> list[str]:
        return _value_in_words(self.field, self.after)


def field_label(name: str) -> str:
    return str(_("Country of registration") if name == "country" else FIELD_LABELS[Field(name)])


def _value_in_words(name: str, value: Any) -> list[str]:
    if value in (None, "", []):
        return []
    if name == Field.SEGMENTS:
        return [_activity_and_level(activity) for activity in value]
    words = value if name == "country" else _in_words(Field(name), value)
    return [str(word) for word in words] if isinstance(words, list) else [str(words)]


def _activity_and_level(activity: Mapping[str, Any]) -> str:
    said = {"activity": _activity_in_words(activity), "level": activity["readiness"]}
    return gettext("%(activity)s, readiness level %(level)s") % said if activity["readiness"] else said["activity"]
