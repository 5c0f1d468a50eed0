"""What readers fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from advisories.forms.fields import offer_organisations, segments_field
from advisories.models import (
    MOST_MEMBERS,
    Kind,
)
from organisations.models import Organisation


class ResponseForm(forms.Form):
    """For which of the reader's organisations."""

    organisation = forms.UUIDField(widget=forms.HiddenInput)


class RelayForm(ResponseForm):
    members = forms.IntegerField(
        label=_("To how many members?"),
        help_text=_("All told, as far as you know. We count no persons and follow no links."),
        min_value=1,
        max_value=MOST_MEMBERS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class SubscriptionForm(forms.Form):
    organisation = forms.ModelChoiceField(label=_("For"), queryset=Organisation.objects.none(), empty_label=None)
    address = forms.EmailField(
        label=_("Email address"),
        help_text=_("Best a shared mailbox that somebody reads every day."),
        max_length=254,
        error_messages={"invalid": _("Enter an email address such as name@example.org")},
    )
    segments = segments_field(_("Tick none to get the advisories on all of them."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="en")

    def __init__(self, *args: Any, organisations: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_organisations(self, organisations)


class ListForm(forms.Form):
    """What narrows the list of advisories, on the page and in the API."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All kinds")), *Kind.choices], required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        unknown = sorted(set(self.data) - set(self.fields))
        if unknown:
            names = ", ".join(name[:60] for name in unknown[:10])
            raise forms.ValidationError(_("There is no such parameter: %(names)s."), params={"names": names})
        return super().clean() or self.cleaned_data
