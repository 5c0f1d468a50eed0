"""What may come in from a gatekeeper."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.models import Identity, Inquiry
from inquiries.querysets import OpeningQuerySet
from organisations.models import User
from organisations.validators import plain_text


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def reason_field(label: Any, *, missing: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_("The asker reads it, word for word."),
        max_length=500,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": missing},
    )


class OpeningForm(forms.Form):
    """Which confidential asker is to be opened, and why. Its `cleaned_data["reference"]` is the inquiry."""

    reference = forms.CharField(
        label=_("Reference of the inquiry"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type the reference of the inquiry, such as FP-7Q2M4-X0KDT.")},
    )
    reason = reason_field(_("Why must you know who asks?"), missing=_("Say why you must know who asks: the asker reads it."))

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today = user, today

    def clean_reference(self) -> Inquiry:
        typed = self.cleaned_data["reference"].strip().upper()
        openable = Identity.objects.openable_by(self.user, today=self.today).select_related("inquiry")
        found = openable.filter(inquiry__reference=typed).first()
        if found is None:
            raise forms.ValidationError(
                _("No confidential inquiry has this reference, or it is being opened, or you have worked on it.")
            )
        return found.inquiry


class PeriodForm(forms.Form):
    """From which day to which the openings were asked for that an auditor looks at; blank is without end."""

    first_on = forms.DateField(label=_("Asked from"), required=False, widget=date_input())
    last_on = forms.DateField(label=_("Asked until"), required=False, widget=date_input())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last and first > last:
            self.add_error("last_on", _("The last day comes before the first."))
        return cleaned

    def chosen(self, openings: OpeningQuerySet) -> OpeningQuerySet:
        """Those of the period."""
        bounds = {"asked_on__gte": self.cleaned_data["first_on"], "asked_on__lte": self.cleaned_data["last_on"]}
        return openings.filter(**{lookup: day for lookup, day in bounds.items() if day})


class RefusalForm(forms.Form):
    reason = reason_field(_("Why not?"), missing=_("Say why it is not opened: the asker reads it."))
