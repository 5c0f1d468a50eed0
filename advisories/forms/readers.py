"""What readers fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header

from advisories.forms.fields import ControlEntriesField, offer_organisations, segments_field
from advisories.models import LONGEST_COVER, MOST_MEMBERS, Channel, Kind, Pace, Subscription, Urgency
from advisories.services import logos
from organisations.models import Organisation
from organisations.validators import plain_text


class ResponseForm(forms.Form):
    """For which of the reader's organisations."""

    organisation = forms.UUIDField(widget=forms.HiddenInput)


class RelayForm(ResponseForm):
    members = forms.IntegerField(
        label=_("To how many members?"),
        help_text=_("All told, as far as you know. We count no persons and follow nobody."),
        min_value=1,
        max_value=MOST_MEMBERS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class CoverForm(ResponseForm):
    """What an association puts above what it passes on."""

    words = forms.CharField(
        label=_("Your words to your members"),
        help_text=_("They stand on top, as you write them. Plain text; say who answers questions."),
        max_length=LONGEST_COVER,
        required=False,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    keep = forms.BooleanField(label=_("Begin with these words next time as well"), required=False)


class LogoForm(ResponseForm):
    """The picture that stands above an association's words; `drawn` is what comes of it."""

    picture = forms.FileField(
        label=_("Your logo"),
        help_text=_("PNG or JPEG, at most 1 MB. We draw it anew, at most 320 by 96 pixels, on white; it travels inside the mail."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )
    drawn: logos.Drawn

    def clean_picture(self) -> Any:
        upload = self.cleaned_data["picture"]
        if upload.size > logos.LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 1 MB. Make the picture smaller: 640 by 192 pixels are enough."))
        try:
            self.drawn = logos.draw(upload)
        except logos.UnableToDraw as error:
            raise forms.ValidationError(str(error)) from error
        return upload


class ChooseForm(forms.Form):
    """For which of the reader's associations; the first one unless told."""

    association = forms.UUIDField(required=False)


class WishesForm(forms.Form):
    """What somebody wants to get of what is published."""

    segments = segments_field(_("Tick none, and name no control entry, to get the advisories on all of them."))
    control_entries = ControlEntriesField(
        label=_("Control entries"),
        help_text=_("Such as 3A001.b, 6A003; an entry stands for all that is below it. You get what names one of them as well."),
    )
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
    language = forms.ChoiceField(label=_("Language"), choices=settings.ADVISORY_LANGUAGES, initial="en")


def wishes_of(subscription: Subscription) -> dict[str, Any]:
    """What a form says at first for somebody who has chosen before."""
    chosen = {name: getattr(subscription, name) for name in ("control_entries", "kinds", "least_urgency", "pace", "language")}
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
        offer_organisations(self, organisations)


def languages_wanted(request: HttpRequest, chosen: str = "") -> list[str]:
    """In which languages a reader wants to read: first as chosen here, then as chosen for the portal, then as the browser asks."""
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    return [language for language in (chosen, kept, *(code for code, _quality in asked)) if language]


def mail_language(request: HttpRequest) -> str:
    """In which language of advisories to write to whoever asks for mail here."""
    there = dict(settings.ADVISORY_LANGUAGES)
    asked = (language.partition("-")[0] for language in languages_wanted(request))
    return next((language for language in asked if language in there), settings.LANGUAGE_CODE)


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As your browser asks")), *settings.ADVISORY_LANGUAGES], required=False
    )

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data.get("language", "")) if self.is_valid() else ""
