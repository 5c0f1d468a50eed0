"""What an official may send to ask others, to say what an agency thinks, and to decide on a proposed answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import text_field
from inquiries.forms.casework import offer
from inquiries.forms.once import OnceForm
from inquiries.models import Label, Stance
from inquiries.services.consulting import BUSINESS_DAYS, MOST_BUSINESS_DAYS
from organisations.models import Organisation
from organisations.validators import plain_text


def days_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Business days to answer"),
        initial=BUSINESS_DAYS,
        min_value=1,
        max_value=MOST_BUSINESS_DAYS,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
        error_messages={"required": _("Say in how many business days you need the answer.")},
    )


class ConsultForm(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Organisation.objects.none(),
        error_messages={"required": _("Choose the agency that you want to ask.")},
    )
    question = text_field(_("Your question to the agency"), rows=5, error_messages={"required": _("Write the question.")})
    days = days_field()

    def __init__(
        self, *args: Any, but: Organisation | None, all_agencies: Iterable[Organisation] | None = None, **kwargs: Any
    ) -> None:
        """`but` is the agency that has the case; None for the focal point. `all_agencies` spare asking for them."""
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        assert isinstance(agency, forms.ModelChoiceField)  # noqa: S101  tells the type checker what the class body says
        agencies = Organisation.objects.agencies().that_read_inquiries()
        others = agencies.exclude(pk=but.pk) if but else agencies.exclude(is_focal_point=True)
        agency.queryset = others.order_by("name", "pk")
        if all_agencies is not None:
            offer(self, [each for each in all_agencies if each != but and (but or not each.is_focal_point)])


class ViewForm(forms.Form):
    stance = forms.ChoiceField(
        label=_("Your agency's position"),
        choices=Stance.choices,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Choose the position of your agency.")},
    )
    view = text_field(
        _("Reasons"),
        rows=6,
        help_text=_("Officials who handle the case read them. The asker and other consulted agencies don't."),
        error_messages={"required": _("Give the reasons for the position.")},
    )


class SettleForm(forms.Form):
    reasons = text_field(
        _("Why the answer may go all the same"), rows=5, error_messages={"required": _("Give the reasons for the decision.")}
    )


class ExpertForm(OnceForm):
    name = forms.CharField(
        label=_("Name of the expert"),
        max_length=100,
        validators=[plain_text],
        error_messages={"required": _("Type the name of the expert.")},
    )
    address = forms.EmailField(
        label=_("Mail address"),
        max_length=200,
        error_messages={"required": _("Type the mail address of the expert.")},
    )
    label = forms.ChoiceField(
        label=_("TLP label"),
        help_text=_("How far the expert may pass it on. What is RED stays inside government."),
        choices=Label.choices,
        initial=Label.AMBER_STRICT,
    )
    excerpt = text_field(
        _("Excerpt and question"),
        rows=8,
        help_text=_(
            "All that the expert will see. Write it anew, without anything that could tell who asks; copy no more of the asker's "
            "words than the question needs."
        ),
        error_messages={"required": _("Write the excerpt and the question.")},
    )
    days = days_field()

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class ApproveAnswerForm(forms.Form):
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ReturnAnswerForm(ApproveAnswerForm):
    note = text_field(_("What has to be mended"), rows=4, error_messages={"required": _("Say what has to be mended.")})
