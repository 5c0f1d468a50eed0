"""Opening the registry to a partner."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from organisations.models import Kind, Organisation
from organisations.validators import plain_text
from registry.models import PARTNER_AUDIENCES
from registry.models.words import AUDIENCE_LABELS


class OpeningForm(forms.Form):
    partner = forms.ModelChoiceField(
        label=gettext_lazy("Which organisation?"),
        help_text=gettext_lazy("Of the kind “Partner”. Add it among the organisations first."),
        queryset=Organisation.objects.none(),
        empty_label=gettext_lazy("Choose one"),
        error_messages={"required": gettext_lazy("Choose the organisation.")},
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("As whom does it look?"),
        choices=[(audience.value, AUDIENCE_LABELS[audience]) for audience in PARTNER_AUDIENCES],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose as whom it looks.")},
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("At most two years from today. It can’t be made later; open anew instead."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose the last day."), "invalid": gettext_lazy("Enter a day.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("The treaty, the programme or the agreement that it rests on. It stays in the history."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say on what it rests.")},
    )
    is_no_enforcer = forms.BooleanField(
        label=gettext_lazy("This body neither enforces export control nor oversees firms, and passes nothing on to one that does"),
        error_messages={"required": gettext_lazy("The registry is never opened to a body that enforces or oversees.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  tells the type checker what the class body says
        field.queryset = Organisation.objects.of_kind(Kind.PARTNER).order_by("name", "pk")
