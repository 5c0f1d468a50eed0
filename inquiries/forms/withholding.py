"""What may come in for hiding a file."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from organisations.validators import plain_text


class WithholdForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("Stays in the history: don’t repeat what the file says."),
        max_length=200,
        validators=[plain_text],
        error_messages={"required": _("Say why the file is hidden.")},
    )
