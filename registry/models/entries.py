"""What a firm says of itself, what confirms it, and how it came to say so."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from catalogue import regions
from catalogue.models import ControlEntry, Segment
from catalogue.parsing import code_typed
from organisations.models import Organisation, User
from organisations.validators import plain_text
from registry import identifiers, renewal
from registry.disclosure import Field
from registry.models.words import (
    FIELD_LABELS,
    ActivityRole,
    Compliance,
    EvidenceLevel,
    SizeBand,
    Willingness,
    _value_in_words,
    field_label,
)
from registry.querysets import (
    EntryQuerySet,
    EvidenceQuerySet,
)


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
