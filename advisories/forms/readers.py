"""What readers fill in."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from advisories.forms.fields import segments_field
from advisories.models import MOST_MEMBERS
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
        field = cast("forms.ModelChoiceField[Organisation]", self.fields["organisation"])
        field.queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations]).order_by("name", "pk")
        if len(organisations) == 1:
            field.initial = organisations[0].pk
            field.widget = forms.HiddenInput()
