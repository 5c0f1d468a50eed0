"""What an association enters of its members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advisories import addressees
from advisories.forms.readers import ResponseForm
from organisations import pasted
from organisations.forms import TextFileField

FAULTS = {
    "address": gettext_lazy("this is no email address that can be used"),
    "name": gettext_lazy("the name is too long, or holds a character that can't be in a mail"),
    "double": gettext_lazy("the address stands further up already"),
    "columns": gettext_lazy("write an address and, if you like, a name, and nothing else"),
    "left": gettext_lazy("its reader has stopped your notices, and stays off the list"),
}
MOST_FAULTS = 100


class MembersForm(ResponseForm):
    """A list that is pasted, a file, or both: what a file says is put below what was typed, to be read and mended there."""

    people = forms.CharField(
        label=gettext_lazy("Addresses"),
        help_text=gettext_lazy("One a line; a name may stand beside it, such as: info@pohjala.example, Põhjala Optics."),
        required=False,
        max_length=addressees.MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
    )
    table = TextFileField(
        label=gettext_lazy("Or a file (CSV)"),
        help_text=gettext_lazy("In UTF-8, with the same two columns. Its lines are added above, and nobody is entered yet."),
        required=False,
        most_bytes=addressees.MOST_BYTES,
    )
    expects = forms.BooleanField(
        label=gettext_lazy("They are our members and expect notices from us"),
        error_messages={"required": gettext_lazy("Enter nobody who does not expect mail from you.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        typed, file = cleaned.get("people"), cleaned.get("table")
        if typed is None or file is None:
            return cleaned
        try:
            text = pasted.joined(typed, file) if file else typed
            found = addressees.read(text)
        except pasted.UnableToRead:
            self.add_error("table" if file else "people", _("A quotation mark opens and is never closed. Mend the line."))
            return cleaned
        said = {"number": f"{len(found):,}", "most": f"{addressees.MOST_LINES:,}"}
        if not text.strip():
            self.add_error("people", _("Paste at least one address, or choose a file."))
        elif len(found) > addressees.MOST_LINES or len(text) > addressees.MOST_CHARACTERS:
            self.add_error(
                "table" if file else "people",
                _("These are %(number)s lines. Enter at most %(most)s at once, then the next.") % said,
            )
        else:
            self.found, self.has_file = found, bool(file)
            self._show(text)
        return cleaned

    def _show(self, text: str) -> None:
        """Have the page show the whole list, so that what is entered is what was read."""
        shown = QueryDict(mutable=True)
        for name in ("organisation", "expects"):
            if name in self.data:
                shown[self.add_prefix(name)] = self.data[name]
        shown[self.add_prefix("people")] = text
        self.data = shown


class FindForm(ResponseForm):
    address = forms.CharField(
        label=gettext_lazy("Whole address"),
        help_text=gettext_lazy("The list is sealed: a part of an address finds nothing."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the whole address.")},
    )


class AnswersForm(ResponseForm):
    reply_to = forms.EmailField(
        label=gettext_lazy("Address to which members answer"),
        help_text=gettext_lazy("One of yours. Every member sees it."),
        max_length=254,
        error_messages={"invalid": gettext_lazy("Enter an email address such as office@example.org.")},
    )


class EraseForm(ResponseForm):
    sure = forms.BooleanField(
        label=gettext_lazy("Take all members off the list"),
        error_messages={"required": gettext_lazy("Tick the box if you mean it.")},
    )
