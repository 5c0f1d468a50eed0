"""What an official says of a deadline, and an administrator of the office's days."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries import deadlines
from inquiries.forms.asking import text_field
from inquiries.forms.casework import AnswerForm
from inquiries.forms.consulting import ApproveAnswerForm
from inquiries.models import Priority, Topic
from inquiries.models.deadlines import LONGEST_CLOSURE
from inquiries.services.lateness import LONGEST_WORDS, REASONS, Late
from organisations.validators import plain_text


class LateFields(forms.Form):
    """Why it is late. Cleans to `late`."""

    reason = forms.ChoiceField(
        label=_("Why is it late?"),
        choices=[("", _("Choose one")), *REASONS],
        error_messages={"required": _("Its day is past: choose why it is late.")},
    )
    words = forms.CharField(
        label=_("In a sentence"),
        help_text=_("Read by officials who may read the inquiry, never by the asker. It is sealed and erased with the inquiry."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONGEST_WORDS,
        validators=[plain_text],
        error_messages={"required": _("Say in a sentence why it is late.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"reason", "words"} <= cleaned.keys():
            cleaned["late"] = Late(cleaned.pop("reason"), cleaned.pop("words"))
        return cleaned


class LateAnswerForm(LateFields, AnswerForm):
    field_order = ("text", "files", "drops_files", "reason", "words")


class LateApproveAnswerForm(LateFields, ApproveAnswerForm):
    pass


class ExtendForm(forms.Form):
    days = forms.IntegerField(
        label=_("By how many business days?"),
        help_text=_("Counted from the day that is set, or from today where that is past."),
        min_value=1,
        max_value=deadlines.LONGEST_EXTENSION,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
        error_messages={"required": _("Say by how many business days.")},
    )
    text = text_field(
        _("Why, for the asker"),
        rows=3,
        help_text=_("The asker reads it in the conversation, below the new day."),
        error_messages={"required": _("Tell the asker why.")},
    )


class LateExtendForm(LateFields, ExtendForm):
    field_order = ("days", "text", "reason", "words")


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class ClosureForm(forms.Form):
    first_on = DayField(label=_("First day"), error_messages={"required": _("Say from which day on.")})
    last_on = DayField(label=_("Last day"), required=False, help_text=_("Leave it empty for one day."))
    reason = forms.CharField(label=_("Reason"), max_length=120, validators=[plain_text])

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_first_on(self) -> date:
        first: date = self.cleaned_data["first_on"]
        if first < self.today:
            raise forms.ValidationError(_("Only days from today on can be set: what was due in the past stays as it was."))
        return first

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if first := cleaned.get("first_on"):
            last = cleaned["last_on"] = cleaned.get("last_on") or first
            if last < first:
                self.add_error("last_on", _("The last day is before the first."))
            elif last - first >= LONGEST_CLOSURE:
                self.add_error("last_on", _("At most 31 days at once."))
        return cleaned


def days_field(label: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "govuk-input--width-3"})
    return forms.IntegerField(label=label, min_value=1, max_value=deadlines.LONGEST_TARGET, widget=widget)


class TargetForm(forms.Form):
    topic = forms.ChoiceField(label=_("Topic"), choices=Topic.choices)
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, initial=Priority.NORMAL)
    acknowledge = days_field(_("Taken within"))
    answer = days_field(_("Answered within"))
    close = days_field(_("Closed within"))
    valid_from = DayField(label=_("In force from"), help_text=_("Questions whose clock runs keep their target."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day <= self.today:
            raise forms.ValidationError(_("Tomorrow at the earliest: a clock that runs keeps the target with which it started."))
        return day

    def targets(self) -> deadlines.Targets:
        cleaned = self.cleaned_data
        return deadlines.Targets(cleaned["acknowledge"], cleaned["answer"], cleaned["close"])
