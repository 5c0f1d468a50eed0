"""Contact persons, and what each agrees to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from registry.disclosure import Group
from registry.models import (
    GROUP_LABELS,
    PERSON_FIELDS,
    SPOKEN,
    Person,
    language_name,
)


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
