"""What a firm asks of its ledger."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.validators import plain_text
from registry.forms.addresses import OwnForm, PageForm, StrictForm
from registry.models import (
    LOOK_LABELS,
    LookKind,
    Pace,
)
from registry.querysets import LookQuerySet

MOST_USAGES = 1000
LONGEST_MESSAGE = 2000


class LookMessageForm(forms.Form):
    """A message in the thread on a look."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Write your message.")},
    )


class DigestForm(forms.Form):
    pace = forms.ChoiceField(label=gettext_lazy("A letter on who looked"), choices=Pace.choices)


class LedgerForm(PageForm):
    """Which looks a firm asks for in its ledger."""

    institution = forms.CharField(label=gettext_lazy("Institution"), required=False, max_length=200, validators=[plain_text])
    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        required=False,
        choices=[("", gettext_lazy("All purposes")), *((str(purpose), label) for purpose, label in LOOK_LABELS.items())],
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How"), required=False, choices=[("", gettext_lazy("In any way")), *LookKind.choices]
    )
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = ("institution", "purpose", "kind", "since", "until", "page")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day can't be before the first."))
        return cleaned

    def chosen(self, looks: LookQuerySet) -> LookQuerySet:
        asked = self.cleaned_data
        return looks.chosen(
            institution=asked["institution"],
            purpose=asked["purpose"],
            kind=asked["kind"],
            since=asked["since"],
            until=asked["until"],
        )

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "page")


class UsageForm(StrictForm):
    """The parameters of `findUsage`, named as in the Estonian data tracker's protocol."""

    periodStart = forms.DateField(required=False)  # noqa: N815
    periodEnd = forms.DateField(required=False)  # noqa: N815
    offset = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MOST_USAGES)


class OwnUsageForm(OwnForm, UsageForm):
    pass
