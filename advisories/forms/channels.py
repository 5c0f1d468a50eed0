"""What organisations fill in for their programs and feed readers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from advisories.forms.fields import offer_organisations, segments_field
from advisories.transport import UnfitAddress, target
from organisations.forms import OnceForm
from organisations.models import Organisation
from organisations.outbound import LONGEST_URL
from organisations.validators import plain_text


class WebhookForm(OnceForm):
    organisation = forms.ModelChoiceField(label=_("For"), queryset=Organisation.objects.none(), empty_label=None)
    url = forms.CharField(
        label=_("Address of your receiver"),
        help_text=_("Such as https://hooks.example.org/advisories. It must be on the public internet, on port 443 or 8443."),
        max_length=LONGEST_URL,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocomplete": "off"}),
    )
    segments = segments_field(_("Tick none to get the advisories on all of them."))
    field_order = ("organisation", "url", "segments", "once")

    def __init__(self, *args: Any, organisations: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_organisations(self, organisations)

    def clean_url(self) -> str:
        try:
            return target(self.cleaned_data["url"])
        except UnfitAddress as error:
            raise forms.ValidationError(str(error)) from error


class RotateForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=1_000_000)


class SwitchForm(forms.Form):
    to = forms.ChoiceField(choices=[("on", _("On")), ("off", _("Off"))], widget=forms.HiddenInput)


class FeedTokenForm(OnceForm):
    organisation = forms.ModelChoiceField(label=_("For"), queryset=Organisation.objects.none(), empty_label=None)
    name = forms.CharField(
        label=_("Name"),
        help_text=_("Which feed reader uses it, and where, so that you know it again."),
        max_length=60,
        validators=[plain_text],
    )
    field_order = ("organisation", "name", "once")

    def __init__(self, *args: Any, organisations: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_organisations(self, organisations)
