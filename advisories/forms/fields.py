"""Fields that several forms have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment


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
