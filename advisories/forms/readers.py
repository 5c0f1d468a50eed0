"""What readers fill in."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from advisories.forms.fields import segments_field
from advisories.models import MOST_MEMBERS, Channel, Kind, Pace, Subscription, Urgency
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


class WishesForm(forms.Form):
    """What somebody wants to get of what is published."""

    segments = segments_field(_("Tick none to get the advisories on all of them."))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"),
        help_text=_("Tick none to get all kinds. A kind that you leave out does not come, not even when it is urgent."),
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    least_urgency = forms.ChoiceField(
        label=_("How urgent it must be"),
        choices=[
            (Urgency.ROUTINE, _("Everything")),
            (Urgency.PRIORITY, _("Priority and urgent")),
            (Urgency.URGENT, _("Urgent only")),
        ],
        initial=Urgency.ROUTINE,
        widget=forms.RadioSelect,
    )
    pace = forms.ChoiceField(
        label=_("How often"),
        help_text=_(
            "What is urgent comes at once, whatever you choose. The others wait and come together in one mail, with a summary."
        ),
        choices=Pace.choices,
        initial=Pace.IMMEDIATE,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="en")


def wishes_of(subscription: Subscription) -> dict[str, Any]:
    """What a form says at first for somebody who has chosen before."""
    chosen = {name: getattr(subscription, name) for name in ("kinds", "least_urgency", "pace", "language")}
    return chosen | {"segments": [segment.code for segment in subscription.segments.all()]}


def address_field(help_text: Any = "") -> forms.EmailField:
    return forms.EmailField(
        label=_("Email address"),
        help_text=help_text,
        max_length=254,
        error_messages={"invalid": _("Enter an email address such as name@example.org")},
    )


class AddressForm(forms.Form):
    """What a stranger enters."""

    address = address_field()


class SubscriptionForm(WishesForm):
    organisation = forms.ModelChoiceField(label=_("For"), queryset=Organisation.objects.none(), empty_label=None)
    address = forms.EmailField(
        label=_("Email address"),
        help_text=_("Best a shared mailbox that somebody reads every day."),
        max_length=254,
        error_messages={"invalid": _("Enter an email address such as name@example.org")},
    )

    channel = forms.ChoiceField(
        label=_("Where"),
        help_text=_("In the feed you see what you may read here. Then no mail goes to this address, not even what is urgent."),
        choices=Channel.choices,
        initial=Channel.MAIL,
        widget=forms.RadioSelect,
    )

    field_order = ("organisation", "address")

    def __init__(self, *args: Any, organisations: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Organisation]", self.fields["organisation"])
        field.queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations]).order_by("name", "pk")
        if len(organisations) == 1:
            field.initial = organisations[0].pk
            field.widget = forms.HiddenInput()


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
