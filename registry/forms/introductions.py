from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.validators import plain_text
from registry import clues
from registry.disclosure import Field
from registry.gateway import Listed
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


class SuggestionForm(forms.Form):
    """Which of two entries an official suggests the other to, and why; `pair` is how the official sees them."""

    to = forms.ChoiceField(
        label=gettext_lazy("Which of the two gets the suggestion?"),
        help_text=gettext_lazy("Only this one is written to. It can then ask to be introduced to the other, or not."),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose which of the two gets the suggestion.")},
    )
    words = forms.CharField(
        label=gettext_lazy("Why do you think that the two should meet?"),
        help_text=gettext_lazy(
            "The one that gets the suggestion reads this sentence, and both read it in their ledgers. Name neither of them, and "
            "say nothing of either that it may show to you alone."
        ),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say in a sentence why they should meet.")},
    )

    def __init__(self, *args: Any, pair: Sequence[Listed], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pair = pair
        numbered = zip((_("The first: %(name)s"), _("The second: %(name)s")), pair, strict=True)
        choices = [(str(listed.ref), said % {"name": listed.legal_name or _("name not shown")}) for said, listed in numbered]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]

    def clean_words(self) -> str:
        """Neither may learn who the other is, and both read the words: held against what the official's cell shows, and no more."""
        words = str(self.cleaned_data["words"]).replace("\r\n", "\n")
        told = dict.fromkeys(field for listed in self._pair for field in clues.told(words, listed.values))
        if told:
            named = ", ".join(str(FIELD_LABELS[field]).lower() for field in told)
            sentence = _("These words can tell one of the two who the other is (%(fields)s). Say it without.")
            raise forms.ValidationError(sentence, params={"fields": named})
        return words

    @property
    def refs(self) -> tuple[UUID, UUID]:
        """The one that gets the suggestion, and the other."""
        one, two = (listed.ref for listed in self._pair)
        return (one, two) if self.cleaned_data["to"] == str(one) else (two, one)


class YesOrNoForm(forms.Form):
    answer = forms.ChoiceField(choices=[("yes", ""), ("no", "")])

    @property
    def says_yes(self) -> bool:
        return bool(self.cleaned_data["answer"] == "yes")
