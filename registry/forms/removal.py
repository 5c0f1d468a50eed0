from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class RemovalForm(forms.Form):
    understood = forms.BooleanField(
        label=gettext_lazy("I have read what is erased, and that nobody can bring it back"),
        error_messages={"required": gettext_lazy("Confirm that you have read what is erased.")},
    )
