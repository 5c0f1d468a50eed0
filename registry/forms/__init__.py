"""What may come in: a firm's entry, the terms it proposes, and who asks to look for what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from catalogue import regions
from catalogue.models import Segment
from catalogue.parsing import code_typed
from organisations.forms import NewTokenForm
from organisations.models import Kind, Organisation
from organisations.permissions import Visitor
from organisations.validators import plain_text
from registry import disclosure, gateway, identifiers
from registry.disclosure import PROHIBITED_PURPOSES, Audience, Field, Group, Purpose, Rule, Terms
from registry.models import (
    AUDIENCE_LABELS,
    FIELD_LABELS,
    GROUP_LABELS,
    LOOK_LABELS,
    PERSON_FIELDS,
    PURPOSE_LABELS,
    RULES,
    SPOKEN,
    ActivityRole,
    AgreementVersion,
    ChangedLine,
    Compliance,
    Delay,
    Entry,
    EntryDraft,
    EvidenceLevel,
    LookKind,
    Pace,
    Person,
    SizeBand,
    Willingness,
    compared,
    language_name,
)
from registry.permissions import Capacity
from registry.querysets import ORDERS, DelayQuerySet, LookQuerySet
from registry.services import agreements
from registry.services.entries import EDITABLE, Activity
from registry.services.moves import LONGEST_REASON

MOST_ACTIVITIES = 30
MOST_CERTIFICATES = 20
LONGEST_PERIOD = timedelta(days=5 * 366)
ONE_YEAR = timedelta(days=365)
SESSION_KEY = "registry_look"
MOST_USAGES = 1000
LONGEST_MESSAGE = 2000


class NumberField(forms.CharField):
    """A number that may be left out; cleans to the form that its rule gives it."""

    def __init__(self, name: Field, rule: Callable[[str], str], help_text: Any) -> None:
        super().__init__(label=FIELD_LABELS[name], required=False, max_length=60, help_text=help_text)
        self._rule, self._sentence = rule, RULES[name][1]

    def clean(self, value: Any) -> str:
        number = str(super().clean(value))
        try:
            return self._rule(number) if number else ""
        except identifiers.UnableToRead as error:
            raise ValidationError(self._sentence, params={"value": number}) from error


class ListField(forms.CharField):
    """A list in one field; `split` is what stands between its items. Cleans to a list of texts, each read by `rule`."""

    def __init__(
        self, name: Field, help_text: Any, *, split: str = r"[\s,;]+", rule: Callable[[str], str] = str.strip, longest: int = 60
    ) -> None:
        super().__init__(
            label=FIELD_LABELS[name],
            required=False,
            max_length=4000,
            help_text=help_text,
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        self._split, self._rule, self._longest, self._sentence = re.compile(split), rule, longest, RULES[name][1]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def items(self, text: str) -> list[str]:
        """The items of what is typed, as they are typed."""
        return [item for item in self._split.split(text) if item.strip()]

    def clean(self, value: Any) -> Any:
        return [self._read(item) for item in self.items(str(super().clean(value)))]

    def _read(self, item: str) -> str:
        try:
            read = self._rule(item)
        except identifiers.UnableToRead as error:
            raise ValidationError(self._sentence, params={"value": item[:60]}) from error
        if len(read) > self._longest:
            raise ValidationError(
                _("%(value)s… is too long: write at most %(most)s characters."), params={"value": item[:40], "most": self._longest}
            )
        return read

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


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
        found = [*Segment.objects.areas(), *Segment.objects.technologies()]
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


@dataclass(frozen=True)
class Box:
    """One box to tick in the table of terms."""

    name: str
    value: str
    id: str
    is_ticked: bool
    label: str


class TermsForm(forms.Form):
    """A table: for every audience, the fields that it may see and the purposes for which it may."""

    template_name = "registry/terms_form.html"
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    valid_until = forms.DateField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("You can withdraw on any day before."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        terms: Terms | None = None,
        period: tuple[date, date] | None = None,
        **kwargs: Any,
    ) -> None:
        first, last = period or (today, today + ONE_YEAR)
        starting = {"valid_from": first, "valid_until": last, **_initial_boxes(terms)}
        super().__init__(*args, **{**kwargs, "initial": starting})
        self._today = today
        for audience, label in AUDIENCE_LABELS.items():
            self.fields[f"fields_{audience}"] = _boxes(_("%(audience)s: may see") % {"audience": label}, FIELD_LABELS)
            self.fields[f"purposes_{audience}"] = _boxes(
                _("%(audience)s: for what") % {"audience": label}, PURPOSE_LABELS, PurposesField
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._clean_period(cleaned)
        fields = {audience: [Field(value) for value in cleaned.get(f"fields_{audience}", [])] for audience in Audience}
        purposes = {audience: [Purpose(value) for value in cleaned.get(f"purposes_{audience}", [])] for audience in Audience}
        self._clean_pairs(fields, purposes)
        cleaned["terms"] = disclosure.grid(fields, purposes)
        for (audience, _purpose), telling in disclosure.contradictions(cleaned["terms"]):
            self._add_once(f"fields_{audience}", contradiction(audience, telling))
        if not self.errors and not cleaned["terms"]["rules"]:
            raise ValidationError(_("Tick at least one field and one purpose for one audience."))
        return cleaned

    def _clean_period(self, cleaned: Mapping[str, Any]) -> None:
        start, end = cleaned.get("valid_from"), cleaned.get("valid_until")
        if start is None or end is None:
            return
        if end < max(start, self._today):
            self.add_error("valid_until", _("The last day can't be before the first, nor in the past."))
        if end - start > LONGEST_PERIOD:
            self.add_error("valid_until", _("An agreement lasts at most five years; choose an earlier day."))

    def _clean_pairs(self, fields: Mapping[Audience, list[Field]], purposes: Mapping[Audience, list[Purpose]]) -> None:
        for audience, label in AUDIENCE_LABELS.items():
            if fields[audience] and not purposes[audience]:
                self.add_error(f"purposes_{audience}", _("%(audience)s: say for what they may see it.") % {"audience": label})
            if purposes[audience] and not fields[audience]:
                self.add_error(
                    f"fields_{audience}", _("%(audience)s: say what they may see, or untick the purposes.") % {"audience": label}
                )

    def _add_once(self, name: str, message: str) -> None:
        if message not in self.errors.get(name, []):
            self.add_error(name, message)

    def field_rows(self) -> list[tuple[Any, list[Box]]]:
        """The rows of the table that say what may be seen: a label, and a box for each audience."""
        return self._rows("fields", FIELD_LABELS)

    def purpose_rows(self) -> list[tuple[Any, list[Box]]]:
        """The rows of the table that say for what."""
        return self._rows("purposes", PURPOSE_LABELS)

    def audiences(self) -> list[Any]:
        return list(AUDIENCE_LABELS.values())

    def _rows(self, kind: str, labels: Mapping[Any, Any]) -> list[tuple[Any, list[Box]]]:
        ticked = {audience: set(self[f"{kind}_{audience}"].value() or []) for audience in Audience}
        return [
            (label, [self._box(kind, audience, value, place, ticked[audience]) for audience in Audience])
            for place, (value, label) in enumerate(labels.items())
        ]

    def _box(self, kind: str, audience: Audience, value: str, place: int, ticked: set[str]) -> Box:
        bound = self[f"{kind}_{audience}"]
        labels: Mapping[Any, Any] = FIELD_LABELS if kind == "fields" else PURPOSE_LABELS
        label = _("%(row)s: %(audience)s") % {"row": labels[value], "audience": AUDIENCE_LABELS[audience]}
        return Box(bound.html_name, str(value), f"{bound.auto_id}_{place}", str(value) in ticked, label)


class PurposesField(forms.MultipleChoiceField):
    """The purposes of a line; those that nobody may grant are refused by their name."""

    def validate(self, value: list[str]) -> None:
        if set(value) & PROHIBITED_PURPOSES:
            raise ValidationError(_("Enforcement, oversight, sale and marketing can't be granted to anybody."), code="prohibited")
        super().validate(value)


def contradiction(audience: Audience, telling: Iterable[Field]) -> str:
    """Say why a cell contradicts itself."""
    names = ", ".join(str(FIELD_LABELS[field]) for field in Field if field in telling)
    return _("%(audience)s would not see your legal name, but could tell who you are from this: %(fields)s.") % {
        "audience": AUDIENCE_LABELS[audience],
        "fields": names,
    }


def overruling(rule: Rule) -> str:
    """Say which permission the same text takes away again."""
    return _("The terms both allow and forbid %(audience)s to see this: %(field)s.") % {
        "audience": AUDIENCE_LABELS[Audience(rule.audience)],
        "field": FIELD_LABELS[Field(rule.field)],
    }


def why_not(error: agreements.UnableToOffer) -> list[str]:
    """Say why terms can't be offered, a sentence each."""
    found = [contradiction(audience, telling) for (audience, _purpose), telling in error.contradictions]
    found += [overruling(rule) for rule in error.overruled]
    return list(dict.fromkeys(found)) or [_("These lines together show nothing to anybody.")]


def kept_terms(counter: AgreementVersion, mine: AgreementVersion, keep: Iterable[str]) -> tuple[dict[str, Any], tuple[date, date]]:
    """Return the counter-offer's terms and period with the lines named in `keep`, audiences and PERIOD, as the firm had them."""
    kept = set(keep)
    source = mine if PERIOD in kept else counter
    terms = disclosure.merged(counter.terms, mine.terms, [Audience(name) for name in kept - {PERIOD}])
    return terms, (source.valid_from, source.valid_until)


def _boxes(
    label: str, labels: Mapping[Any, Any], kind: type[forms.MultipleChoiceField] = forms.MultipleChoiceField
) -> forms.MultipleChoiceField:
    return kind(
        label=label,
        required=False,
        choices=[(str(value), text) for value, text in labels.items()],
        widget=forms.CheckboxSelectMultiple,
    )


def _initial_boxes(terms: Terms | None) -> dict[str, list[str]]:
    boxes: dict[str, set[str]] = {}
    for (audience, purpose), fields in disclosure.compile(terms or {"rules": []}).items():
        boxes.setdefault(f"fields_{audience}", set()).update(fields)
        boxes.setdefault(f"purposes_{audience}", set()).add(purpose)
    return {name: sorted(values) for name, values in boxes.items()}


class CounterForm(TermsForm):
    """The same table for the focal point's counter-offer, and why."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you propose other terms?"),
        help_text=gettext_lazy("The firm reads this beside the lines that differ."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say why: the firm has to understand what you can't agree to.")},
    )

    def __init__(self, *args: Any, version: AgreementVersion, **kwargs: Any) -> None:
        super().__init__(*args, terms=version.terms, period=(version.valid_from, version.valid_until), **kwargs)


class ReasonForm(forms.Form):
    """A reason that the other side reads."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Give the reason in a sentence.")},
    )

    def __init__(self, *args: Any, hint: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint


class LookMessageForm(forms.Form):
    """A message in the thread on a look."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Write your message.")},
    )


class DigestForm(forms.Form):
    pace = forms.ChoiceField(label=gettext_lazy("A letter on who looked"), choices=Pace.choices)


THEIRS, MINE, CHANGE = "theirs", "mine", "change"
PERIOD = "period"


class AnswerForm(forms.Form):
    """The firm's answer to a counter-offer, line by line: accept, keep its own, or change."""

    template_name = "registry/answer_form.html"

    def __init__(self, *args: Any, counter: AgreementVersion, mine: AgreementVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counter, self.mine = counter, mine
        self.differences = compared(mine.terms, counter.terms)
        for difference in self.differences:
            self.fields[str(difference.audience)] = _answer(str(difference.label))
        if self.period_differs:
            self.fields[PERIOD] = _answer(_("The period"))

    @property
    def period_differs(self) -> bool:
        return (self.counter.valid_from, self.counter.valid_until) != (self.mine.valid_from, self.mine.valid_until)

    def lines(self) -> list[tuple[ChangedLine, forms.BoundField]]:
        return [(difference, self[str(difference.audience)]) for difference in self.differences]

    @property
    def accepts_all(self) -> bool:
        return set(self.cleaned_data.values()) <= {THEIRS}

    @property
    def wants_changes(self) -> bool:
        return CHANGE in self.cleaned_data.values()

    @property
    def kept(self) -> list[str]:
        """The lines that stay as the firm had them, or that it wants to change: names of audiences, and the period's."""
        return [name for name, answer in self.cleaned_data.items() if answer != THEIRS]


def _answer(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[
            (THEIRS, gettext_lazy("Accept the focal point’s")),
            (MINE, gettext_lazy("Keep ours")),
            (CHANGE, gettext_lazy("Change it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("%(line)s: accept, keep or change this line.") % {"line": label}},
    )


class LookForm(forms.Form):
    """As whom, for what and why one looks: asked once for a piece of work and kept in the session."""

    capacity = forms.ChoiceField(label=gettext_lazy("You look for"), widget=forms.RadioSelect)
    purpose = forms.ChoiceField(
        label=gettext_lazy("For what purpose?"),
        choices=[(str(purpose), label) for purpose, label in LOOK_LABELS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a purpose.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("What is the reason?"),
        help_text=gettext_lazy("The firms whose entries you see read this sentence. Name the case, the advisory or the event."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Give the reason in a sentence.")},
    )
    delay = forms.ChoiceField(
        label=gettext_lazy("When do the firms read of it?"),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": gettext_lazy("This delay is not yours, not approved, or over. Choose again.")},
    )

    def __init__(self, *args: Any, capacities: Iterable[Capacity], delays: Iterable[Delay] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._delays = {str(delay.pk): delay for delay in delays}
        self._offer_delays()
        self._capacities = _offered(self, capacities)

    def _offer_delays(self) -> None:
        field = self.fields["delay"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", _("At once, as always")), *((key, _delay_label(delay)) for key, delay in self._delays.items())]
        if self._delays:
            field.widget = forms.RadioSelect(choices=field.choices)

    @classmethod
    def kept(cls, session: SessionBase, *, capacities: list[Capacity], delays: DelayQuerySet | None = None) -> LookForm | None:
        """Return the valid form that the session keeps; None if there is none, or a role or delay is no longer held.

        `delays` are those that the person may use; without them a form that names one is not valid.
        """
        data = session.get(SESSION_KEY)
        named = delays.filter(pk=data["delay"]) if data and data.get("delay") and delays is not None else ()
        form = cls(data, capacities=capacities, delays=named) if data and capacities else None
        return form if form and form.is_valid() else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        delay = self._delays.get(cleaned.get("delay", ""))
        capacity = self._capacities.get(cleaned.get("capacity", ""))
        if delay and capacity and (delay.audience, delay.purpose) != (capacity.audience, cleaned.get("purpose")):
            self.add_error("delay", _("This delay is for another purpose, or for another function of your agency."))
        return cleaned

    def keep(self, session: SessionBase) -> None:
        session[SESSION_KEY] = {name: self.cleaned_data[name] for name in ("capacity", "purpose", "reason", "delay")}

    def gate(self, viewer: Visitor, *, today: date) -> gateway.Gate:
        """Return leave to look under a valid form; raises `gateway.UnableToLook`."""
        said = self.cleaned_data
        return gateway.disclosed(
            viewer,
            Purpose(said["purpose"]),
            said["reason"],
            today=today,
            capacity=self._capacities[said["capacity"]],
            delay=self._delays.get(said["delay"]),
        )

    def is_for(self, audience: Audience) -> bool:
        """Whether a valid form is that of somebody who looks as this audience."""
        return self._capacities[self.cleaned_data["capacity"]].audience == audience

    @property
    def said(self) -> dict[str, Any]:
        """What was said, in words, to be shown on every page of the work."""
        return {
            "capacity": _capacity_label(self._capacities[self.cleaned_data["capacity"]]),
            "purpose": LOOK_LABELS[Purpose(self.cleaned_data["purpose"])],
            "reason": self.cleaned_data["reason"],
            "delay": self._delays.get(self.cleaned_data["delay"]),
            "may_change": True,
        }


def _delay_label(delay: Delay) -> str:
    said = {"day": date_format(delay.until, "j F Y"), "purpose": LOOK_LABELS[Purpose(delay.purpose)], "reason": delay.reason}
    return _("After %(day)s (%(purpose)s): %(reason)s") % said


class LookTokenForm(NewTokenForm):
    """A token for a program that looks: as whom, and for what."""

    capacity = forms.ChoiceField(label=gettext_lazy("It looks for"), widget=forms.RadioSelect)
    purposes = forms.TypedMultipleChoiceField(
        label=gettext_lazy("For what purposes?"),
        help_text=gettext_lazy("A call for any other purpose is refused. Choose no more than the program needs."),
        choices=[(str(purpose), label) for purpose, label in LOOK_LABELS.items()],
        coerce=Purpose,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one purpose.")},
    )
    field_order = ("name", "capacity", "purposes", "days", "once")

    def __init__(self, *args: Any, capacities: Iterable[Capacity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._capacities = _offered(self, capacities)

    @property
    def only(self) -> str:
        """As whom the token looks, where there is nothing to choose; empty where there is."""
        return _capacity_label(*self._capacities.values()) if len(self._capacities) == 1 else ""

    @property
    def chosen(self) -> Capacity:
        return self._capacities[self.cleaned_data["capacity"]]


def _offered(form: forms.Form, capacities: Iterable[Capacity]) -> dict[str, Capacity]:
    """Let the form choose among these capacities, by key; where there is one only, nobody is asked."""
    offered = {_key(capacity): capacity for capacity in capacities}
    field = form.fields["capacity"]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
    field.choices = [(key, _capacity_label(capacity)) for key, capacity in offered.items()]
    if len(offered) == 1:
        field.widget = forms.HiddenInput()
        field.initial = next(iter(offered))
    return offered


def _key(capacity: Capacity) -> str:
    return f"{capacity.audience}:{capacity.organisation.pk if capacity.organisation else ''}"


def _capacity_label(capacity: Capacity) -> str:
    if capacity.organisation is None:
        return str(AUDIENCE_LABELS[capacity.audience])
    return _("%(organisation)s (%(audience)s)") % {
        "organisation": capacity.organisation.name,
        "audience": AUDIENCE_LABELS[capacity.audience],
    }


class ConfirmForm(forms.Form):
    """That an official has a document or a register for a field that the page shows."""

    field = forms.ChoiceField(label=gettext_lazy("What do you confirm?"))
    level = forms.ChoiceField(
        label=gettext_lazy("How?"),
        choices=[choice for choice in EvidenceLevel.choices if choice[0] != EvidenceLevel.SAID],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say whether you have a document or checked a register.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("What have you seen?"),
        help_text=gettext_lazy("Name the document or the register, and why you looked. The firm reads this in its ledger."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Name the document or the register.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, listed: gateway.Listed, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = listed.fingerprint
        field = self.fields["field"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(str(line.field), line.label) for line in listed.lines if line.field != Field.PEOPLE]


class StrictForm(forms.Form):
    """A form of an address: a parameter that is not one of its fields is an error, never ignored."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        unknown = sorted(set(self.data) - set(self.fields))
        if unknown:
            raise ValidationError(
                _("There is no parameter %(unknown)s; there are: %(known)s."),
                code="unknown-parameter",
                params={"unknown": ", ".join(unknown)[:200], "known": ", ".join(self.fields)},
            )
        return cleaned

    @property
    def has_unknown_parameters(self) -> bool:
        return self.has_error(NON_FIELD_ERRORS, "unknown-parameter")


class PageForm(StrictForm):
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    @property
    def number(self) -> int:
        return self.cleaned_data["page"] or 1


class LedgerForm(PageForm):
    """Which looks a firm asks for in its ledger."""

    institution = forms.CharField(label=gettext_lazy("Institution"), required=False, max_length=200, validators=[plain_text])
    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        required=False,
        choices=[("", gettext_lazy("All purposes")), *((str(purpose), label) for purpose, label in LOOK_LABELS.items())],
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How"), required=False, choices=[("", gettext_lazy("In any way")), *LookKind.choices]
    )
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = ("institution", "purpose", "kind", "since", "until", "page")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day can't be before the first."))
        return cleaned

    def chosen(self, looks: LookQuerySet) -> LookQuerySet:
        asked = self.cleaned_data
        return looks.chosen(
            institution=asked["institution"],
            purpose=asked["purpose"],
            kind=asked["kind"],
            since=asked["since"],
            until=asked["until"],
        )

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "page")


class UsageForm(StrictForm):
    """The parameters of `findUsage`, named as in the Estonian data tracker's protocol."""

    periodStart = forms.DateField(required=False)  # noqa: N815
    periodEnd = forms.DateField(required=False)  # noqa: N815
    offset = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MOST_USAGES)


class OwnForm(StrictForm):
    """The parameter of every call about a firm's own part: for which firm, needed by who acts for several."""

    organisation = forms.UUIDField(required=False)


class OwnPageForm(OwnForm, PageForm):
    pass


class OwnUsageForm(OwnForm, UsageForm):
    pass


class AgreementsForm(PageForm):
    """Which agreements the desk lists: those that wait for it, or those that stand."""

    show = forms.ChoiceField(required=False, choices=[("waiting", "waiting"), ("standing", "standing")])

    @property
    def shows_standing(self) -> bool:
        return bool(self.cleaned_data["show"] == "standing")


def _one_of(label: Any, choices: Iterable[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", gettext_lazy("Any")), *choices])


class SearchForm(PageForm):
    template_name = "registry/search_fields.html"
    q = forms.CharField(
        label=gettext_lazy("Words"),
        help_text=gettext_lazy("In names, products, partners and certifications."),
        required=False,
        max_length=200,
        validators=[plain_text],
    )
    segment = forms.CharField(label=gettext_lazy("Technology"), required=False, max_length=20)
    role = _one_of(gettext_lazy("What they do"), ActivityRole.choices)
    readiness = forms.TypedChoiceField(
        label=gettext_lazy("Readiness level, at least"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("Any")), *((str(level), str(level)) for level in range(1, 10))],
    )
    region = forms.RegexField(
        r"^[A-Z]{2}[0-9A-Z]{0,3}\Z",
        label=gettext_lazy("Region"),
        help_text=gettext_lazy("A NUTS code, such as EE or EE001."),
        required=False,
        error_messages={"invalid": gettext_lazy("Enter a NUTS code of two to five characters, such as EE001.")},
    )
    nace = forms.CharField(
        label=gettext_lazy("Economic activity"),
        help_text=gettext_lazy("A NACE code, such as 26 or 26.11."),
        required=False,
        max_length=6,
    )
    market = _one_of(gettext_lazy("Market"), regions.CHOICES)
    control_entry = forms.CharField(label=gettext_lazy("Control entry"), required=False, max_length=40)
    size = _one_of(gettext_lazy("Size"), SizeBand.choices)
    compliance = _one_of(gettext_lazy("Compliance programme"), Compliance.choices)
    willing = _one_of(gettext_lazy("Willing to"), Willingness.choices)
    ordering = forms.ChoiceField(
        label=gettext_lazy("Order"),
        required=False,
        choices=list(
            zip(
                ORDERS,
                [
                    gettext_lazy("Name, A to Z"),
                    gettext_lazy("Name, Z to A"),
                    gettext_lazy("Region"),
                    gettext_lazy("Readiness, highest first"),
                ],
                strict=True,
            )
        ),
    )
    COMMON = ("q", "segment", "role", "region", "ordering")
    RARE = ("readiness", "nace", "market", "control_entry", "size", "compliance", "willing")
    field_order = (*COMMON, *RARE)

    @property
    def common(self) -> list[forms.BoundField]:
        return [self[name] for name in self.COMMON]

    @property
    def rare(self) -> list[forms.BoundField]:
        return [self[name] for name in self.RARE]

    @property
    def asks_rarely(self) -> bool:
        return any(field.value() or field.errors for field in self.rare)

    def clean_segment(self) -> str:
        code = str(self.cleaned_data["segment"])
        if code and not Segment.objects.filter(code=code).exists():
            raise ValidationError(_("There is no technology with the code %(code)s."), params={"code": code})
        return code

    def clean_nace(self) -> str:
        code = str(self.cleaned_data["nace"])
        try:
            return identifiers.activity(code) if code else ""
        except identifiers.UnableToRead as error:
            raise ValidationError(RULES["nace"][1], params={"value": code}) from error

    def clean_control_entry(self) -> str:
        typed = str(self.cleaned_data["control_entry"])
        code = code_typed(typed)
        if typed and not code:
            raise ValidationError(RULES["control_entries"][1], params={"value": typed})
        return code

    @property
    def question(self) -> gateway.Question:
        asked = self.cleaned_data
        return gateway.Question(
            segment=asked["segment"],
            role=asked["role"],
            region=asked["region"],
            activity=asked["nace"],
            market=asked["market"],
            control_entry=asked["control_entry"],
            size=asked["size"],
            compliance=asked["compliance"],
            willing=asked["willing"],
            readiness=asked["readiness"],
            words=asked["q"],
            order=asked["ordering"] or "legal_name",
        )


class ApiSearchForm(SearchForm):
    """The parameters of the API: a search, and who asks for what and why."""

    page_size = forms.IntegerField(required=False, min_value=1, max_value=gateway.LONGEST_PAGE)
    audience = forms.ChoiceField(required=False, choices=[(str(audience), str(audience)) for audience in Audience])
    purpose = forms.ChoiceField(required=False, choices=[(str(purpose), str(purpose)) for purpose in Purpose])
    reason = forms.CharField(required=False, max_length=300, validators=[plain_text])


class ApiOneForm(StrictForm):
    audience = forms.ChoiceField(required=False, choices=[(str(audience), str(audience)) for audience in Audience])
    purpose = forms.ChoiceField(required=False, choices=[(str(purpose), str(purpose)) for purpose in Purpose])
    reason = forms.CharField(required=False, max_length=300, validators=[plain_text])


class DelayForm(forms.Form):
    """That firms read of a piece of work only later: for what, why, and until when."""

    audience = forms.ChoiceField(label=gettext_lazy("You look for"), widget=forms.RadioSelect)
    purpose = forms.ChoiceField(
        label=gettext_lazy("For what purpose?"),
        choices=[(str(purpose), label) for purpose, label in LOOK_LABELS.items()],
        error_messages={"required": gettext_lazy("Choose a purpose.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why can the firms read of it only later?"),
        help_text=gettext_lazy("They read this sentence, beside the look, on the day after the last day."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say why: the firms are owed a reason.")},
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("At most 180 days from today. It can’t be made later."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose the last day."), "invalid": gettext_lazy("Enter a day.")},
    )

    def __init__(self, *args: Any, capacities: Iterable[Capacity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field, offered = self.fields["audience"], {str(capacity.audience): _capacity_label(capacity) for capacity in capacities}
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = list(offered.items())
        if len(offered) == 1:
            field.widget, field.initial = forms.HiddenInput(), next(iter(offered))


class PersonForm(forms.ModelForm[Person]):
    """Whom a firm names as a contact."""

    languages = forms.MultipleChoiceField(
        label=PERSON_FIELDS["languages"],
        required=False,
        choices=lambda: sorted(((code, language_name(code)) for code in SPOKEN), key=lambda choice: choice[1]),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )

    class Meta:
        model = Person
        fields = tuple(PERSON_FIELDS)
        labels = PERSON_FIELDS
        help_texts = {"email": gettext_lazy("The letter with their link goes here. It can’t be changed afterwards.")}
        error_messages = {
            "name": {"required": gettext_lazy("Enter the name.")},
            "email": {"required": gettext_lazy("Enter the address to which the letter goes.")},
        }


class ConsentForm(forms.Form):
    """What a person lets each group see of them; `agreed` is the answer, empty where they refuse."""

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group, label in GROUP_LABELS.items():
            self.fields[group] = forms.MultipleChoiceField(
                label=label,
                required=False,
                choices=[(name, PERSON_FIELDS[name]) for name in person.parts],
                initial=person.agreed(group),
                widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
            )

    @property
    def agreed(self) -> dict[Group, list[str]]:
        refuses = "refuse" in self.data
        return {group: [] if refuses else self.cleaned_data[group] for group in GROUP_LABELS}
