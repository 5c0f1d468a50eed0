"""What may come in of invitations and their threads."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.validators import plain_text
from registry import identifiers
from registry.forms import SegmentChoices
from registry.gateway import Question
from registry.models import AUDIENCE_LABELS, ActivityRole, Outreach
from registry.permissions import Capacity
from registry.services.outreach import Content


class OutreachForm(forms.Form):
    capacity = forms.ChoiceField(label=gettext_lazy("You write for"), widget=forms.RadioSelect)
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        help_text=gettext_lazy("The firms read it in their ledger too: it is the reason of the look."),
        max_length=200,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Give the invitation a subject.")},
    )
    text = forms.CharField(
        label=gettext_lazy("Invitation"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Write the invitation.")},
    )
    event_on = forms.DateField(
        label=gettext_lazy("Day of the event"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reply_by = forms.DateField(
        label=gettext_lazy("Answers by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Say by which day you need an answer.")},
    )
    segment = forms.ChoiceField(label=gettext_lazy("Technology"), required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("What they do"), required=False, choices=[("", gettext_lazy("Anything")), *ActivityRole.choices]
    )
    region = forms.CharField(
        label=gettext_lazy("Region"),
        help_text=gettext_lazy("A NUTS code, such as EE or EE001."),
        required=False,
        max_length=5,
    )
    revision = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, capacities: list[Capacity], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self._capacities = {str(capacity.audience): capacity for capacity in capacities}
        choices = {"capacity": [], "segment": [("", _("All technologies")), *SegmentChoices.load().choices()[1:]]}
        choices["capacity"] = [(key, str(AUDIENCE_LABELS[capacity.audience])) for key, capacity in self._capacities.items()]
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = offered
        if len(self._capacities) == 1:
            self.fields["capacity"].widget = forms.HiddenInput()
            self.fields["capacity"].initial = next(iter(self._capacities))

    @classmethod
    def initial_of(cls, outreach: Outreach) -> dict[str, Any]:
        names = (name for name in cls.base_fields if name != "capacity")
        return {"capacity": outreach.audience} | {name: getattr(outreach, name) for name in names}

    def clean_region(self) -> str:
        typed = str(self.cleaned_data["region"])
        try:
            return identifiers.region(typed) if typed else ""
        except identifiers.UnableToRead as error:
            raise ValidationError(_("Enter a NUTS code of two to five characters, such as EE001.")) from error

    def clean_subject(self) -> str:
        subject = " ".join(str(self.cleaned_data["subject"]).split())
        if not subject.isprintable():
            raise ValidationError(_("The subject must be one line, without line breaks and control characters."))
        return subject

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_reply_by(self) -> date:
        reply_by: date = self.cleaned_data["reply_by"]
        if reply_by < self._today:
            raise ValidationError(_("This day is past."))
        return reply_by

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        event_on, reply_by = cleaned.get("event_on"), cleaned.get("reply_by")
        if event_on and reply_by and event_on < reply_by:
            self.add_error("reply_by", _("Answers can't be due after the event."))
        return cleaned

    @property
    def capacity_chosen(self) -> Capacity:
        return self._capacities[self.cleaned_data["capacity"]]

    @property
    def content(self) -> Content:
        return Content(**{name: value for name, value in self.cleaned_data.items() if name not in ("capacity", "revision")})


class MessageForm(forms.Form):
    """A message in a thread."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Write your message.")},
    )


class RevisionForm(forms.Form):
    """Which words are meant: those that the official has read."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ChoiceForm(forms.Form):
    """Whether a firm wants further invitations."""

    more = forms.ChoiceField(choices=[("no", ""), ("yes", "")])

    @property
    def wants_more(self) -> bool:
        return bool(self.cleaned_data["more"] == "yes")


def question_of(outreach: Outreach) -> Question:
    return Question(segment=outreach.segment, role=outreach.role, region=outreach.region)
