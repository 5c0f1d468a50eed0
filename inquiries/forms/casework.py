"""What an official may send back or set."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import text_field
from organisations.models import Organisation
from organisations.validators import plain_text


class AnswerForm(forms.Form):
    text = text_field(_("Your answer"), rows=10, error_messages={"required": _("Write the answer.")})
    # What the official had before them: the revision of the answer, and the place of the last message.
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class QuestionForm(forms.Form):
    text = text_field(_("Your question to the asker"), rows=6, error_messages={"required": _("Write the question.")})


class RouteForm(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Organisation.objects.agencies().order_by("name", "pk"),
        error_messages={"required": _("Choose the agency that should answer.")},
    )


class TitleForm(forms.Form):
    title = forms.CharField(
        label=_("Title at the desk"),
        help_text=_("In your own words, without anything that could tell who asks: titles are not sealed."),
        max_length=150,
        required=False,
        validators=[plain_text],
    )
