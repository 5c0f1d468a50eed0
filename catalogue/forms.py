from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogue.models import Category, ControlEntry, Segment
from catalogue.querysets import ControlEntryQuerySet

LONGEST_SEARCH = 1_000
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _without_control_characters(text: str) -> None:
    if _CONTROL_CHARACTER.search(text):
        raise ValidationError(_("The words hold a character that can't be typed. Remove it and search again."))


class ControlSearchForm(forms.Form):
    """The address of a search, which people share; whatever it doesn't know, it refuses."""

    q = forms.CharField(
        label=_("Words, code or CAS number"),
        help_text=_("For instance: thermal camera, 3A001.a.5 or 111-48-8."),
        required=False,
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"type": "search", "class": "govuk-input", "autocomplete": "off"}),
    )
    category = forms.ChoiceField(
        label=_("Category"),
        choices=[("", _("All categories")), *((value, f"{value} – {label}") for value, label in Category.choices)],
        required=False,
        widget=forms.Select(attrs={"class": "govuk-select"}),
        error_messages={"invalid_choice": _("There is no such category. Choose one from the list.")},
    )
    segment = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=Segment.objects.none(),
        to_field_name="code",
        empty_label=_("All segments"),
        required=False,
        widget=forms.Select(attrs={"class": "govuk-select"}),
        error_messages={"invalid_choice": _("There is no such segment. Choose one from the list.")},
    )
    page = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=10_000,
        widget=forms.HiddenInput,
        error_messages={"invalid": _("The page is not a number."), "max_value": _("There is no such page.")},
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.query = data
        field = self.fields["q"]
        field.validators.append(_without_control_characters)
        self.fields["segment"].queryset = Segment.objects.areas()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        unknown = sorted(set(self.query) - set(self.fields))
        if unknown:
            raise ValidationError(
                gettext("There is no search by “%(name)s”. Search by q, category, segment or page.") % {"name": unknown[0][:60]}
            )
        for name in self.query:
            if len(self.query.getlist(name)) > 1:
                raise ValidationError(gettext("“%(name)s” is given more than once. Give it once.") % {"name": name})
        return self.cleaned_data

    def get_context(self) -> dict[str, Any]:
        """Without the page: a new search starts at its first."""
        return super().get_context() | {"hidden_fields": []}

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("q", "category", "segment"))

    def results(self) -> ControlEntryQuerySet:
        """What the address asks for, of the current list: everything in order where it asks for nothing."""
        rows = ControlEntry.objects.current()
        if self.cleaned_data["category"]:
            rows = rows.in_category(self.cleaned_data["category"])
        if self.cleaned_data["segment"]:
            rows = rows.of_segment(self.cleaned_data["segment"])
        if self.cleaned_data["q"]:
            return rows.search(self.cleaned_data["q"])
        return rows.entries().in_order()
