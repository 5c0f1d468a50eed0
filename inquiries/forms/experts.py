"""What may come in from an outside expert."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import text_field

CODE = re.compile(r"[0-9]{8}")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Your code"),
        help_text=_("Eight digits, which the official gave you. Spaces don't matter."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "class": "govuk-input--width-10"}),
        error_messages={"required": _("Type the eight digits of your code.")},
    )
    # An answer that was typed before the visit was over.
    text = forms.CharField(required=False, widget=forms.HiddenInput, max_length=60_000)

    def clean_code(self) -> Any:
        code = "".join(character for character in self.cleaned_data["code"] if character not in " -\u00a0")
        if not CODE.fullmatch(code):
            raise forms.ValidationError(_("A code has eight digits and nothing else. This did not count as a try."))
        return code


class ExpertAnswerForm(forms.Form):
    visit = forms.CharField(widget=forms.HiddenInput, max_length=300)
    text = text_field(_("Your answer"), error_messages={"required": _("Write your answer.")})
