"""What: segments of emerging and disruptive technology, and the entries of control lists."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalogue.querysets import ControlEntryQuerySet, ControlListQuerySet, SegmentMappingQuerySet, SegmentQuerySet


class SegmentScheme(models.TextChoices):
    EU_CRITICAL_AREAS = "eu-critical-technology-areas", _("EU critical technology areas")
    NATO_EDT = "nato-edt", _("NATO emerging and disruptive technologies")


class DiversionRisk(models.TextChoices):
    """How likely it is that goods or know-how of a segment are bought for an end use or end user other than declared."""

    LOW = "low", _("Low diversion risk")
    MODERATE = "moderate", _("Moderate diversion risk")
    HIGH = "high", _("High diversion risk")


class Match(models.TextChoices):
    """How the concept mapped stands to the other, in the terms of SKOS (W3C Recommendation of 18 August 2009, section 10)."""

    EXACT = "exact", _("exact match")
    CLOSE = "close", _("close match")
    BROAD = "broad", _("broader match")


class ControlScheme(models.TextChoices):
    EU_DUAL_USE = "eu-dual-use", _("EU dual-use list (Annex I of Regulation (EU) 2021/821)")


class Category(models.TextChoices):
    """The ten categories that the first digit of a dual-use code names."""

    NUCLEAR = "0", _("Nuclear materials, facilities and equipment")
    MATERIALS = "1", _("Special materials and related equipment")
    PROCESSING = "2", _("Materials processing")
    ELECTRONICS = "3", _("Electronics")
    COMPUTERS = "4", _("Computers")
    TELECOMS = "5", _("Telecommunications and information security")
    SENSORS = "6", _("Sensors and lasers")
    NAVIGATION = "7", _("Navigation and avionics")
    MARINE = "8", _("Marine")
    AEROSPACE = "9", _("Aerospace and propulsion")


class Group(models.TextChoices):
    """The five groups that the letter of a dual-use code names."""

    GOODS = "A", _("Systems, equipment and components")
    PRODUCTION = "B", _("Test, inspection and production equipment")
    MATERIALS = "C", _("Materials")
    SOFTWARE = "D", _("Software")
    TECHNOLOGY = "E", _("Technology")


class EntryKind(models.TextChoices):
    ENTRY = "entry", _("Entry")
    PARAGRAPH = "para", _("Paragraph")
    NOTE = "note", _("Note")
    TECHNICAL_NOTE = "technical_note", _("Technical note")
    NOTA_BENE = "nb", _("N.B.")
    CONTINUATION = "continuation", _("Continued text")


PARAGRAPH_KINDS = (EntryKind.ENTRY, EntryKind.PARAGRAPH)
NOTE_KINDS = (EntryKind.NOTE, EntryKind.TECHNICAL_NOTE, EntryKind.NOTA_BENE, EntryKind.CONTINUATION)


class Segment(models.Model):
    """A node of a taxonomy of technologies. A new edition adds rows; the old ones stay for those who refer to them."""

    scheme = models.CharField(_("scheme"), max_length=40, choices=SegmentScheme)
    edition = models.CharField(_("edition"), max_length=20)
    code = models.CharField(_("code"), max_length=20)
    label = models.CharField(_("label"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    source = models.CharField(_("source"), max_length=300)
    diversion_risk = models.CharField(_("diversion risk"), max_length=10, choices=DiversionRisk)
    control_codes = ArrayField(
        models.CharField(max_length=10), verbose_name=_("control entries often met in this segment"), default=list, blank=True
    )
    is_current = models.BooleanField(_("is current"), default=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "edition", "code"], name="one_segment_per_edition_and_code"),
            models.UniqueConstraint(fields=["code"], condition=Q(is_current=True), name="one_current_segment_per_code"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")),
                name="segment_is_not_its_own_parent",
            ),
            models.CheckConstraint(condition=Q(diversion_risk__in=DiversionRisk.values), name="segment_risk_is_known"),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("catalogue:segment", args=[self.code])


class SegmentMapping(models.Model):
    """That one segment matches a segment of another scheme, and how well."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="mappings")
    target = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="mapped_from")
    match = models.CharField(_("match"), max_length=10, choices=Match)

    objects = SegmentMappingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "target"], name="one_mapping_per_pair_of_segments"),
            models.CheckConstraint(condition=~Q(segment=F("target")), name="segment_is_not_mapped_to_itself"),
            models.CheckConstraint(condition=Q(match__in=Match.values), name="segment_match_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.segment.code} {self.match} {self.target.code}"


class ControlList(models.Model):
    """One edition of a control list. Old editions stay, so that what was said under them can still be read."""

    scheme = models.CharField(_("scheme"), max_length=40, choices=ControlScheme)
    edition = models.CharField(_("edition"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    source = models.CharField(_("source"), max_length=300)
    attribution = models.CharField(_("attribution"), max_length=300)
    checksum = models.CharField(_("SHA-256 checksum"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded at"))
    is_complete = models.BooleanField(_("is the whole list"), default=True)
    is_current = models.BooleanField(_("is current"), default=False)

    objects = ControlListQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "edition"], name="one_control_list_per_edition"),
            models.UniqueConstraint(fields=["scheme"], condition=Q(is_current=True), name="one_current_control_list_per_scheme"),
            models.CheckConstraint(condition=Q(checksum__regex=r"^[0-9a-f]{64}$"), name="control_list_checksum_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.edition}"


class ControlEntry(models.Model):
    """One entry of a control list, one paragraph below it, or a note that belongs to either."""

    control_list = models.ForeignKey(ControlList, on_delete=models.CASCADE, related_name="entries")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    order = models.PositiveIntegerField(_("order"))
    code = models.CharField(_("code"), max_length=40)
    entry_code = models.CharField(_("entry"), max_length=10)
    depth = models.PositiveSmallIntegerField(_("depth"))
    kind = models.CharField(_("kind"), max_length=20, choices=EntryKind)
    category = models.CharField(_("category"), max_length=1, choices=Category)
    group = models.CharField(_("group"), max_length=1, choices=Group)
    regime = models.CharField(_("regime"), max_length=60, blank=True)
    plain_title = models.CharField(_("plain title"), max_length=200, blank=True)
    text = models.TextField(_("text"))
    received_text = models.TextField(_("text as received, where a number was repaired"), blank=True)
    needs_checking = models.BooleanField(_("a number may be damaged"), default=False)
    # The words above a paragraph, without which "100 MHz or more" could be anything; and those below an entry.
    context = models.TextField(blank=True)
    search = models.GeneratedField(
        expression=SearchVector("plain_title", config="english", weight="A")
        + SearchVector("text", config="english", weight="B")
        + SearchVector("context", config="english", weight="C"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ControlEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["control_list", "order"], name="one_control_entry_per_place"),
            models.UniqueConstraint(
                fields=["control_list", "code"], condition=Q(kind__in=["entry", "para"]), name="one_paragraph_per_code"
            ),
            models.CheckConstraint(
                condition=Q(kind="entry", parent=None, depth=0) | (~Q(kind="entry") & Q(parent__isnull=False)),
                name="only_entries_stand_at_the_top",
            ),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="control_entry_kind_is_known"),
            models.CheckConstraint(
                condition=Q(category__in=Category.values, group__in=Group.values), name="control_entry_category_and_group_are_known"
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="control_entry_search"),
            models.Index(fields=["control_list", "entry_code", "order"], name="control_entry_by_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.plain_title}".strip()

    def get_absolute_url(self) -> str:
        return reverse("catalogue:control", args=[self.code])

    @property
    def is_entry(self) -> bool:
        return self.kind == EntryKind.ENTRY

    @property
    def is_note(self) -> bool:
        return self.kind in NOTE_KINDS
