from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy
from django_countries import countries

from organisations.validators import plain_text
from registry import sheets
from registry.models import FIELD_LABELS

FAULTS = {
    "encoding": gettext_lazy("Save the table as CSV in UTF-8, then choose it again."),
    "empty": gettext_lazy("The first line has to name the columns."),
    "columns": gettext_lazy("A column is named twice, or there are more than 60."),
    "lines": gettext_lazy("The table has more than 20,000 lines. Split it."),
    "size": gettext_lazy("The file is larger than 4 MB. Split it."),
}


class RegisterForm(forms.Form):
    register = forms.CharField(
        label=gettext_lazy("Which register?"),
        max_length=100,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Name the register, as the firms will read it.")},
    )
    extract_on = forms.DateField(
        label=gettext_lazy("Day of the extract"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Enter the day on which the register was copied.")},
    )
    country = forms.ChoiceField(label=gettext_lazy("Country, where no column says it"), choices=lambda: list(countries))
    table = forms.FileField(
        label=gettext_lazy("Table (CSV)"),
        help_text=gettext_lazy("In UTF-8, at most 4 MB and 20,000 lines, with the names of its columns in the first line."),
        error_messages={"required": gettext_lazy("Choose the file."), "empty": gettext_lazy("This file is empty.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today

    def clean_extract_on(self) -> date:
        day: date = self.cleaned_data["extract_on"]
        if day > self._today:
            raise ValidationError(gettext_lazy("This day is still to come."))
        return day

    def clean_table(self) -> str:
        """The text of the file."""
        try:
            text = sheets.decode(self.cleaned_data["table"].read(sheets.MOST_BYTES + 1))
            sheets.header(text)
        except sheets.UnableToReadTable as error:
            raise ValidationError(FAULTS[str(error)]) from error
        return text


class MappingForm(forms.Form):
    """Which column holds which field."""

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext_lazy("Not in the table")), *((name, name) for name in columns if name)]
        for name in sheets.COMPARED:
            self.fields[str(name)] = forms.ChoiceField(label=FIELD_LABELS[name], choices=choices, required=False)
        self.fields[sheets.COUNTRY] = forms.ChoiceField(
            label=gettext_lazy("Country of registration (two letters)"), choices=choices, required=False
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = [column for column in cleaned.values() if column]
        if len(set(chosen)) != len(chosen):
            raise ValidationError(gettext_lazy("Choose each column once."))
        if not any(cleaned.get(name) for name in sheets.IDENTIFIERS):
            raise ValidationError(gettext_lazy("Choose the column of at least one number by which a firm is known."))
        return cleaned

    @property
    def mapping(self) -> dict[str, str]:
        return {name: column for name, column in self.cleaned_data.items() if column}
