from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from organisations.validators import plain_text
from registry import addressees
from registry.services.inviting import Wish

FAULTS = {
    "address": gettext_lazy("This is no email address."),
    "name": gettext_lazy("The name is too long, or holds a character that can't be in a letter."),
    "double": gettext_lazy("The address stands in the list already."),
    "columns": gettext_lazy("Write a name and an address, nothing else."),
}


class AddresseesForm(forms.Form):
    people = forms.CharField(
        label=gettext_lazy("Names and addresses"),
        help_text=gettext_lazy("One firm a line, such as: Põhjala Optics, info@pohjala.example. At most 500."),
        max_length=addressees.MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Paste at least one name and address.")},
    )

    def clean_people(self) -> str:
        text: str = self.cleaned_data["people"]
        found = addressees.read(text)
        if len(found) > addressees.MOST_LINES:
            raise ValidationError(
                _("These are %(number)s lines. Send at most %(most)s at once."),
                params={"number": len(found), "most": addressees.MOST_LINES},
            )
        self.found = found
        return text

    @property
    def faults(self) -> list[tuple[int, str, Any]]:
        """Line, what stands there, and what is wrong with it."""
        return [(each.line, each.address or each.name, FAULTS[each.fault]) for each in self.found if each.fault]

    @property
    def sound(self) -> int:
        return sum(not each.fault for each in self.found)


class WishForm(forms.Form):
    """What the focal point needs to let a firm in."""

    legal_name = forms.CharField(label=gettext_lazy("Name of your firm or institute"), max_length=200, validators=[plain_text])
    country = forms.ChoiceField(label=gettext_lazy("Country of registration"), choices=lambda: list(countries))
    registration_number = forms.CharField(label=gettext_lazy("Registration number"), max_length=40, validators=[plain_text])
    person = forms.CharField(label=gettext_lazy("Your name"), max_length=150, validators=[plain_text])
    email = forms.EmailField(label=gettext_lazy("Email address at which you are let in"))

    @property
    def wish(self) -> Wish:
        return Wish(**self.cleaned_data)
