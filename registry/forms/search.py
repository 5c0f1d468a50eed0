"""A search in the registry, on pages and by program."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue import regions
from catalogue.models import Segment
from catalogue.parsing import code_typed
from organisations.validators import plain_text
from registry import gateway, identifiers
from registry.disclosure import Audience, Purpose
from registry.forms.addresses import PageForm, StrictForm
from registry.forms.fields import _one_of
from registry.models import (
    RULES,
    ActivityRole,
    Compliance,
    SizeBand,
    Willingness,
)
from registry.querysets import ORDERS


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


class WhoAndWhyForm(StrictForm):
    """The parameters of every look by program: as whom, for what and why."""

    audience = forms.ChoiceField(required=False, choices=[(str(audience), str(audience)) for audience in Audience])
    purpose = forms.ChoiceField(required=False, choices=[(str(purpose), str(purpose)) for purpose in Purpose])
    reason = forms.CharField(required=False, max_length=300, validators=[plain_text])


class ApiSearchForm(WhoAndWhyForm, SearchForm):
    """A search by program."""

    page_size = forms.IntegerField(required=False, min_value=1, max_value=gateway.LONGEST_PAGE)
