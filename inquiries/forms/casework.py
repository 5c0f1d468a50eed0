"""What an official may send back or set."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import text_field
from organisations.models import Organisation


class AnswerForm(forms.Form):
    text = text_field(_("Your answer"), rows=10, error_messages={"required": _("Write the answer.")})


class QuestionForm(forms.Form):
    text = text_field(_("Your question to the asker"), rows=6, error_messages={"required": _("Write the question.")})


class RouteForm(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Organisation.objects.agencies().order_by("name", "pk"),
        error_messages={"required": _("Choose the agency that should answer.")},
    )
