"""An entry as a firm types it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from catalogue import regions
from catalogue.models import Segment
from organisations.models import Kind, Organisation
from organisations.validators import plain_text
from registry import identifiers
from registry.disclosure import Field
from registry.forms.fields import ListField, NumberField
from registry.models import (
    FIELD_LABELS,
    ActivityRole,
    Compliance,
    Entry,
    EntryDraft,
    SizeBand,
    Willingness,
)
from registry.services.entries import EDITABLE, Activity

MOST_ACTIVITIES = 30
MOST_CERTIFICATES = 20


@dataclass(frozen=True)
class Section:
    """A part of the long form: its anchor, its title, and its fields; `lines` names the lines that belong to it."""

    id: str
    title: Any
    names: tuple[str, ...]
    lines: str = ""
    hint: Any = ""
    legend: Any = ""


SECTIONS = (
    Section(
        "who",
        gettext_lazy("Who you are"),
        (
            "legal_name",
            "unit_name",
            "trading_names",
            "country",
            "registration_number",
            "vat_number",
            "lei",
            "eori",
            "ror",
            "size_band",
        ),
    ),
    Section("where", gettext_lazy("Where you work"), ("region", "other_regions", "markets")),
    Section(
        "technologies",
        gettext_lazy("Technologies"),
        (),
        "activities",
        gettext_lazy(
            "One line for each technology and what you do with it. Readiness levels go from 1, basic principles observed, to 9, "
            "proven in operation. Empty a line to remove it; save to get more lines."
        ),
        gettext_lazy("Technology"),
    ),
    Section("what", gettext_lazy("What you make and do"), ("products", "nace", "control_entries")),
    Section(
        "certificates",
        gettext_lazy("Certificates"),
        (),
        "certificates",
        gettext_lazy(
            "One line for each, such as ISO 9001 or EN 9100. A number is shown only to those who may see your name. "
            "Empty a line to remove it; save to get more lines."
        ),
        gettext_lazy("Certificate"),
    ),
    Section("how", gettext_lazy("Compliance and partners"), ("compliance", "memberships", "partners")),
    Section("reach", gettext_lazy("How others reach you"), ("website", "contact_email", "willingness")),
)
# What is asked of institutes only.
OF_INSTITUTES = ("unit_name", "ror")


class EntryForm(forms.ModelForm[Entry]):
    template_name = "registry/fields.html"  # the page has one summary of the errors of all its forms
    trading_names = ListField(
        Field.TRADING_NAMES,
        gettext_lazy("Names under which you are known besides, one on each line."),
        split=r"[\r\n]+",
        longest=200,
    )
    country = forms.ChoiceField(label=gettext_lazy("Country of registration"), choices=lambda: list(countries))
    vat_number = NumberField(
        Field.VAT_NUMBER, identifiers.vat_number, gettext_lazy("With the letters of its country, such as EE100931558.")
    )
    lei = NumberField(Field.LEI, identifiers.lei, gettext_lazy("20 letters and digits, if you have one."))
    eori = NumberField(
        Field.EORI, identifiers.eori, gettext_lazy("The number by which customs know you, such as EE and your registration number.")
    )
    ror = NumberField(
        Field.ROR,
        identifiers.ror,
        gettext_lazy("Your entry in the Research Organization Registry, such as https://ror.org/03z77qz90."),
    )
    size_band = forms.ChoiceField(
        label=gettext_lazy("Size"),
        choices=[("", gettext_lazy("Choose a size")), *SizeBand.choices],
        error_messages={"required": gettext_lazy("Choose the size of your firm or institute.")},
    )
    other_regions = ListField(
        Field.OTHER_REGIONS,
        gettext_lazy("NUTS codes of regions where you have sites, such as EE004 LV006."),
        rule=identifiers.region,
        longest=5,
    )
    markets = forms.MultipleChoiceField(
        label=FIELD_LABELS[Field.MARKETS],
        required=False,
        choices=regions.CHOICES,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        help_text=gettext_lazy("Where your customers are, at home or abroad."),
    )
    nace = ListField(
        Field.NACE,
        gettext_lazy("Codes of NACE Rev. 2.1, such as 26.11 for electronic components; the main one first."),
        rule=identifiers.activity,
        longest=5,
    )
    control_entries = ListField(
        Field.CONTROL_ENTRIES,
        gettext_lazy(
            "Codes of control lists, such as 6A003.b.4 3A001. Only those you are sure of. The catalogue helps to find them."
        ),
        longest=40,
    )
    compliance = forms.ChoiceField(
        label=gettext_lazy("How far is your compliance programme?"),
        required=False,
        choices=[("", gettext_lazy("Not said")), *Compliance.choices],
        widget=forms.RadioSelect,
    )
    memberships = forms.ModelMultipleChoiceField(
        label=FIELD_LABELS[Field.MEMBERSHIPS],
        required=False,
        queryset=Organisation.objects.of_kind(Kind.ASSOCIATION).order_by("name", "pk"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    willingness = forms.MultipleChoiceField(
        label=gettext_lazy("What are you willing to do?"),
        required=False,
        choices=Willingness.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        help_text=gettext_lazy("This binds you to nothing: you are asked each time."),
    )
    website = forms.URLField(label=gettext_lazy("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Entry
        fields = tuple(name for name in EDITABLE if name != "certifications")
        widgets = {"products": forms.Textarea(attrs={"rows": 6}), "partners": forms.Textarea(attrs={"rows": 3})}
        labels = {
            "legal_name": gettext_lazy("Legal name"),
            "unit_name": gettext_lazy("Unit"),
            "registration_number": gettext_lazy("Registration number"),
            "region": gettext_lazy("Region"),
            "products": gettext_lazy("Products and capabilities"),
            "partners": gettext_lazy("Research partners"),
            "contact_email": gettext_lazy("Contact address"),
        }
        error_messages = {
            "legal_name": {"required": gettext_lazy("Enter the legal name.")},
            "registration_number": {"required": gettext_lazy("Enter the registration number.")},
            "region": {
                "required": gettext_lazy("Enter the code of your region, such as EE001."),
                "max_length": gettext_lazy("Enter a NUTS code of two to five characters, such as EE001."),
            },
        }
        help_texts = {
            "legal_name": gettext_lazy("As it stands in the business register."),
            "unit_name": gettext_lazy("If you fill this in for a part of the institute: its department, laboratory or group."),
            "region": gettext_lazy("The code of the NUTS region of your seat, such as EE001 for Põhja-Eesti."),
            "products": gettext_lazy(
                "In your own words. Leave out what is secret: you decide later who may see this, but a secret is safest unwritten."
            ),
            "partners": gettext_lazy("Institutes and firms with which you do research, in your own words."),
            "contact_email": gettext_lazy("An address of an office rather than of a person, such as trade@firm.example."),
        }

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:  # noqa: SLF001  Django's documented _state
            self.initial.setdefault("memberships", self.instance.memberships.all())
        if kind == Kind.INSTITUTE:
            self.fields["legal_name"].label = _("Name of the institute")
            self.fields["legal_name"].help_text = _(
                "As it stands in the register; for a unit, the name of the institute it belongs to."
            )
            return
        for name in OF_INSTITUTES:
            del self.fields[name]

    def sections(self, lines: Mapping[str, forms.BaseFormSet[Any]]) -> list[tuple[Section, list[forms.BoundField], Any]]:
        """The form in parts, each with its fields, and with its lines of `lines` where it has some."""
        return [
            (section, [self[name] for name in section.names if name in self.fields], lines.get(section.lines))
            for section in SECTIONS
        ]


@dataclass(frozen=True)
class SegmentChoices:
    """The segments that a form offers, fetched once for all its rows."""

    by_code: Mapping[str, Segment]

    @classmethod
    def load(cls) -> SegmentChoices:
        found = Segment.objects.areas() | Segment.objects.technologies()
        return cls({segment.code: segment for segment in sorted(found, key=lambda segment: _natural(segment.code))})

    def choices(self) -> list[tuple[str, str]]:
        return [("", _("Choose a technology")), *((code, f"{code}  {segment.label}") for code, segment in self.by_code.items())]


def _natural(code: str) -> list[tuple[int, str]]:
    """A key by which 10 comes after 9."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", code)]


class ActivityForm(forms.Form):
    template_name = "registry/fields.html"
    segment = forms.ChoiceField(label=gettext_lazy("Technology"), required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("What you do"), required=False, choices=[("", gettext_lazy("Choose")), *ActivityRole.choices]
    )
    readiness = forms.TypedChoiceField(
        label=gettext_lazy("Readiness level"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("Not said")), *((str(level), str(level)) for level in range(1, 10))],
    )

    def __init__(self, *args: Any, segments: SegmentChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._segments = segments
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
        field.choices = segments.choices()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("segment") and "role" in cleaned and not cleaned["role"]:
            self.add_error("role", _("Say what you do in this technology."))
        if "segment" in cleaned and not cleaned["segment"] and (cleaned.get("role") or cleaned.get("readiness")):
            self.add_error("segment", _("Choose the technology, or empty the whole line."))
        return cleaned

    @property
    def activity(self) -> Activity | None:
        """What a valid line says; None for an empty one."""
        code = self.cleaned_data.get("segment")
        if not code:
            return None
        return Activity(self._segments.by_code[code], self.cleaned_data["role"], self.cleaned_data["readiness"])


class ActivitiesForm(forms.BaseFormSet[ActivityForm]):
    """The firm's technologies, a line each."""

    def clean(self) -> None:
        seen = set()
        for form in self.forms:
            activity = form.activity if form.is_valid() else None
            if activity is None:
                continue
            if (activity.segment.pk, activity.role) in seen:
                form.add_error("segment", _("This technology is already listed with the same role."))
            seen.add((activity.segment.pk, activity.role))

    @property
    def activities(self) -> list[Activity]:
        return [activity for form in self.forms if (activity := form.activity)]


class CertificateForm(forms.Form):
    template_name = "registry/fields.html"
    scheme = forms.CharField(label=gettext_lazy("Scheme"), required=False, max_length=120, validators=[plain_text])
    number = forms.CharField(label=gettext_lazy("Number"), required=False, max_length=60, validators=[plain_text])
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Enter the last day as year, month and day, such as 2027-05-31.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "scheme" in cleaned and not cleaned["scheme"] and (cleaned.get("number") or cleaned.get("valid_until")):
            self.add_error("scheme", _("Name the scheme, such as ISO 9001, or empty the whole line."))
        return cleaned

    @property
    def certificate(self) -> dict[str, str] | None:
        """What a valid line says; None for an empty one."""
        if not self.cleaned_data.get("scheme"):
            return None
        last = self.cleaned_data.get("valid_until")
        return {
            "scheme": self.cleaned_data["scheme"],
            "number": self.cleaned_data.get("number", ""),
            "valid_until": last.isoformat() if last else "",
        }


class CertificatesForm(forms.BaseFormSet[CertificateForm]):
    """The firm's certificates, a line each."""

    @property
    def certificates(self) -> list[dict[str, str]]:
        return [certificate for form in self.forms if (certificate := form.certificate)]


_activities_form = forms.formset_factory(
    ActivityForm,
    formset=ActivitiesForm,
    extra=2,
    max_num=MOST_ACTIVITIES,
    absolute_max=MOST_ACTIVITIES,
    validate_max=True,
)
_certificates_form = forms.formset_factory(
    CertificateForm,
    formset=CertificatesForm,
    extra=2,
    max_num=MOST_CERTIFICATES,
    absolute_max=MOST_CERTIFICATES,
    validate_max=True,
)


def typed_values(posted: QueryDict) -> dict[str, list[str]]:
    """Return what was posted of the entry's forms: the values by name, and nothing else that came along."""
    known = EntryForm.base_fields.keys()
    return {
        name: [str(value) for value in posted.getlist(name)]
        for name in posted
        if name in known or name.startswith(("activity-", "certificate-"))
    }


def _typed(form: forms.Form | EntryForm, typed: QueryDict) -> dict[str, Any]:
    return {name: field.widget.value_from_datadict(typed, MultiValueDict(), name) for name, field in form.fields.items()}


def _typed_lines(form: type[forms.Form], prefix: str, typed: QueryDict, most: int) -> list[dict[str, Any]]:
    """The lines that say anything, by their names without the prefix."""
    lines = ({name: typed.get(f"{prefix}-{place}-{name}", "") for name in form.base_fields} for place in range(most))
    return [line for line in lines if any(line.values())]


@dataclass
class EntryForms:
    """The entry form with its lines of technologies and of certificates: filled in, and checked, together."""

    entry: EntryForm
    activities: ActivitiesForm
    certificates: CertificatesForm

    @classmethod
    def of(cls, data: QueryDict | None, *, kind: str, entry: Entry | None, initial: Mapping[str, Any]) -> EntryForms:
        """Return the forms of an entry, or of none yet, bound to `data` if there is some."""
        rows = entry.activities.select_related("segment").order_by("segment__code", "role") if entry else ()
        technologies = [{"segment": row.segment.code, "role": row.role, "readiness": row.readiness or ""} for row in rows]
        certificates = entry.certifications if entry else []
        return cls(
            EntryForm(data, instance=entry, initial=dict(initial), kind=kind),
            cast(
                ActivitiesForm,
                _activities_form(data, initial=technologies, prefix="activity", form_kwargs={"segments": SegmentChoices.load()}),
            ),
            cast(CertificatesForm, _certificates_form(data, initial=certificates, prefix="certificate")),
        )

    @classmethod
    def of_draft(cls, draft: EntryDraft, *, kind: str, entry: Entry | None) -> EntryForms:
        """Return the forms filled in with what was typed and never checked; nothing is said of it before it is sent."""
        typed = QueryDict(mutable=True)
        for name, values in draft.typed.items():
            typed.setlist(name, values)
        found = cls.of(None, kind=kind, entry=entry, initial={})
        found.entry.initial.update(_typed(found.entry, typed))
        found.activities.initial = _typed_lines(ActivityForm, "activity", typed, MOST_ACTIVITIES)
        found.certificates.initial = _typed_lines(CertificateForm, "certificate", typed, MOST_CERTIFICATES)
        return found

    def is_valid(self) -> bool:
        return self.entry.is_valid() & self.activities.is_valid() & self.certificates.is_valid()

    @property
    def is_bound(self) -> bool:
        return self.entry.is_bound

    @property
    def formsets(self) -> list[forms.BaseFormSet[Any]]:
        return [self.activities, self.certificates]

    @property
    def errors(self) -> bool:
        return bool(self.entry.errors or any(lines.total_error_count() for lines in self.formsets))

    @property
    def values(self) -> dict[str, Any]:
        return self.entry.cleaned_data | {"certifications": self.certificates.certificates}

    def sections(self) -> list[tuple[Section, list[forms.BoundField], Any]]:
        return self.entry.sections({"activities": self.activities, "certificates": self.certificates})
