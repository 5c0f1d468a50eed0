"""What may come in from an asker who has a receipt, beside words."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inquiries import receipts
from inquiries.forms.once import OnceForm
from inquiries.reminders import MOST
from organisations.validators import plain_text


class PassForm(forms.Form):
    """A button that acts on the inquiry of this visit."""

    visit = forms.CharField(widget=forms.HiddenInput, max_length=300)


class FileForm(PassForm):
    """A button that downloads a file of the conversation."""

    file = forms.UUIDField(widget=forms.HiddenInput)


class KeptForm(forms.Form):
    """One word of the receipt, as a sign that it was kept. Which one is drawn for each page."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=300)  # the pass of the receipt's page
    place = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=receipts.WORDS)
    word = forms.CharField(
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Type the word from your copy of the receipt.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["word"].label = _("From your copy, type word number %(place)s of the receipt") % {"place": self.asked_for()}

    def asked_for(self) -> int:
        try:
            place = int(self["place"].value())
        except (TypeError, ValueError):
            return 1
        return place if 1 <= place <= receipts.WORDS else 1

    def check(self, secret: bytes) -> bool:
        """Whether the typed word is the one asked for, or the whole receipt; adds an error if not."""
        typed = self.cleaned_data["word"].strip().lower()
        words = receipts.write(secret).split("-")
        if typed == words[self.cleaned_data["place"] - 1] or self._is_whole(typed, secret):
            return True
        self.add_error("word", _("That is not word number %(place)s. Compare your copy with the receipt on this page.") % {
            "place": self.cleaned_data["place"]
        })  # fmt: skip
        return False

    @staticmethod
    def _is_whole(typed: str, secret: bytes) -> bool:
        try:
            return receipts.read(typed) == secret
        except receipts.NotAReceipt:
            return False


def any_word() -> int:
    return 1 + secrets.randbelow(receipts.WORDS)


class RotateForm(OnceForm):
    visit = forms.CharField(widget=forms.HiddenInput, max_length=300)


class EraseForm(forms.Form):
    visit = forms.CharField(widget=forms.HiddenInput, max_length=300)
    step = forms.CharField(widget=forms.HiddenInput, initial="sure", max_length=10)
    sure = forms.BooleanField(
        label=_("Erase my question and everything said about it, for good"),
        error_messages={"required": _("Tick the box if everything shall be erased.")},
    )


class ReminderForm(forms.Form):
    """When to be reminded. The words are the asker's own, and tell nothing unless the asker makes them."""

    LATEST = timedelta(days=730)

    first = forms.DateField(
        label=_("First reminder"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the day of the first reminder.")},
    )
    every = forms.ChoiceField(
        label=_("How often?"),
        choices=[("0", _("Once")), ("7", _("Every week")), ("14", _("Every two weeks")), ("28", _("Every four weeks"))],
        initial="7",
    )
    count = forms.IntegerField(label=_("How many reminders?"), min_value=1, max_value=MOST, initial=4)
    title = forms.CharField(
        label=_("What the calendar shows"),
        help_text=_("Others may see your calendar: choose words that tell nothing."),
        max_length=60,
        initial=_("Reminder"),
        validators=[plain_text],
    )

    def clean_first(self) -> Any:
        first, today = self.cleaned_data["first"], timezone.localdate()
        if not today <= first <= today + self.LATEST:
            raise forms.ValidationError(_("Choose a day from today on, at most two years ahead."))
        return first

    @property
    def spacing(self) -> timedelta | None:
        days = int(self.cleaned_data["every"])
        return timedelta(days=days) if days else None


class ProofForm(forms.Form):
    file = forms.FileField(label=_("The file of the proof"), required=False)
    text = forms.CharField(
        label=_("Or its content"),
        help_text=_("Open the file in an editor and copy everything."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not cleaned.get("text") and not self.errors:
            raise forms.ValidationError(_("Choose the file of a proof, or paste what stands in it."))
        return cleaned

    def proof(self) -> str:
        """The text of the proof, whichever way it came; what is no text is none."""
        if file := self.cleaned_data.get("file"):
            return str(file.read(4000).decode("utf-8", "replace"))
        return str(self.cleaned_data["text"])
