"""What may come in for a reusable reply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from inquiries.forms.asking import text_field
from inquiries.models import Topic
from organisations.models import Organisation
from organisations.validators import plain_text

SHARED = "all"


class ReusableReplyForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("By which it is chosen."), max_length=80, validators=[plain_text])
    text = text_field(_("Text"), rows=12)
    topic = forms.ChoiceField(label=_("Topic"), choices=[("", _("Any topic")), *Topic.choices], required=False)
    segment = forms.ModelChoiceField(
        label=_("Segment"), queryset=Segment.objects.areas(), to_field_name="code", required=False, empty_label=_("Any segment")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)


class NewReplyForm(ReusableReplyForm):
    agency = forms.TypedChoiceField(label=_("Who uses it"))

    def __init__(self, *args: Any, agencies: Iterable[Organisation], may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = {str(agency.pk): agency for agency in agencies}
        field = self.fields["agency"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  tells the type checker what the class body says
        field.choices = [
            *((key, str(agency)) for key, agency in found.items()),
            *([(SHARED, _("All agencies"))] if may_share else []),
        ]
        field.coerce = found.get
