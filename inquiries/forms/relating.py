"""What may come in for linking cases."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from organisations.validators import plain_text


class LinkForm(forms.Form):
    reference = forms.CharField(
        label=_("Reference of the other case"),
        help_text=_("Such as FP-7Q2M4-X0KDT."),
        max_length=20,
        validators=[plain_text],
        error_messages={"required": _("Write the reference of the other case.")},
    )
    kind = forms.ChoiceField(
        label=_("How they belong together"),
        choices=[
            ("related", _("They are related")),
            ("duplicate", _("They ask the same")),
            ("merged", _("Answer this one together with the other, which is the main case")),
        ],
        initial="related",
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )

    def clean_reference(self) -> str:
        return str(self.cleaned_data["reference"]).strip().upper()
