"""Fields that several forms have."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from organisations.models import Organisation


def segments_field(help_text: Any) -> forms.ModelMultipleChoiceField[Segment]:
    return forms.ModelMultipleChoiceField(
        label=_("Segments"),
        help_text=help_text,
        queryset=Segment.objects.areas(),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def day_field(label: Any, help_text: Any = "", *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=required, widget=widget)


def offer_organisations(form: forms.Form, organisations: list[Organisation]) -> None:
    """Let the form's `organisation` be one of these; where there is but one, nobody is asked."""
    field = cast("forms.ModelChoiceField[Organisation]", form.fields["organisation"])
    field.queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations]).order_by("name", "pk")
    if len(organisations) == 1:
        field.initial = organisations[0].pk
        field.widget = forms.HiddenInput()
