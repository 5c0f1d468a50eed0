from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.validators import plain_text
from registry import clues
from registry.disclosure import Field
from registry.models import FIELD_LABELS


class IntroductionForm(forms.Form):
    """A few words to somebody who is not to know yet who writes them; `own` is what the firm's entry says."""

    words = forms.CharField(
        label=gettext_lazy("Why would you like to meet?"),
        help_text=gettext_lazy("The other firm reads this before it knows who you are. Don't name yourself."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say in a few words why you would like to meet.")},
    )
    anyway = forms.BooleanField(label=gettext_lazy("Send these words although they can tell who we are"), required=False)

    def __init__(self, *args: Any, own: Mapping[Field, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._own = own
        if not self.is_bound or not clues.told(str(self.data.get("words", "")), own):
            self.fields["anyway"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        told = clues.told(str(cleaned.get("words", "")), self._own)
        if told and not cleaned.get("anyway"):
            named = ", ".join(str(FIELD_LABELS[field]).lower() for field in told)
            sentence = _("These words can tell who you are (%(fields)s). Change them, or say below that you mean it.")
            self.add_error("words", sentence % {"fields": named})
        return cleaned


class YesOrNoForm(forms.Form):
    answer = forms.ChoiceField(choices=[("yes", ""), ("no", "")])

    @property
    def says_yes(self) -> bool:
        return bool(self.cleaned_data["answer"] == "yes")
