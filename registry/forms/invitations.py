from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from organisations import pasted
from organisations.forms import TextFileField
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
    """A list that is pasted, a file, or both: what a file says is put below what was typed, to be read and mended there."""

    people = forms.CharField(
        label=gettext_lazy("Names and addresses"),
        help_text=gettext_lazy("One firm a line, such as: Põhjala Optics, info@pohjala.example. At most 500."),
        required=False,
        max_length=addressees.MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )
    table = TextFileField(
        label=gettext_lazy("Or a file (CSV)"),
        help_text=gettext_lazy("In UTF-8, with the same two columns. Its lines are added above, and nothing is sent yet."),
        required=False,
        most_bytes=addressees.MOST_BYTES,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        typed, file = cleaned.get("people"), cleaned.get("table")
        if self.errors or typed is None or file is None:
            return cleaned
        try:
            text = pasted.joined(typed, file) if file else typed
            found = addressees.read(text)
        except pasted.UnableToRead:
            self.add_error("table" if file else "people", _("A quotation mark opens and is never closed. Mend the line."))
            return cleaned
        said = {"number": len(found), "most": addressees.MOST_LINES}
        if not text.strip():
            self.add_error("people", _("Paste at least one name and address, or choose a file."))
        elif len(found) > addressees.MOST_LINES or len(text) > addressees.MOST_CHARACTERS:
            self.add_error("table" if file else "people", _("These are %(number)s lines. Send at most %(most)s at once.") % said)
        else:
            self.found, self.has_file = found, bool(file)
            self._show(text)
        return cleaned

    def _show(self, text: str) -> None:
        """Have the page show the whole list, so that what is sent is what was read."""
        shown = QueryDict(mutable=True)
        shown[self.add_prefix("people")] = text
        self.data = shown

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
