"""What may come in for hiding a passage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inquiries.models import RedactionMode
from inquiries.models.details import part_label
from inquiries.services.redacting import Standing
from organisations.validators import plain_text

LONGEST_KEY = 60


class PlacesField(forms.MultipleChoiceField):
    """Keys of places as `Standing` gives them; which of them there are is for the verb to say."""

    widget: Any = forms.MultipleHiddenInput

    def valid_value(self, value: str) -> bool:
        return len(value) <= LONGEST_KEY


class RedactForm(forms.Form):
    """`places` is asked only where the passage stands in several: then all of them are ticked."""

    passage = forms.CharField(
        label=gettext_lazy("The passage"),
        help_text=gettext_lazy("Copy it from the conversation, the subject or an item, letter by letter."),
        max_length=2000,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Copy the passage from the conversation.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Stays in the history: don’t repeat the passage."),
        max_length=200,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say why it is hidden.")},
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("How"),
        initial=RedactionMode.MASK,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        choices=[
            (RedactionMode.MASK, gettext_lazy("Hide it: a supervisor can show it again")),
            (RedactionMode.PERMANENT, gettext_lazy("Take it out for good: nobody can bring it back")),
        ],
    )
    places = PlacesField(label=gettext_lazy("Where"), required=False)

    def __init__(self, *args: Any, may_take_out: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_take_out:
            self.fields["mode"].choices = self.fields["mode"].choices[:1]  # type: ignore[attr-defined]

    def offer(self, places: Sequence[Standing], *, typed: QueryDict) -> None:
        """Ask which of several places are meant, all of them ticked; the rest is as it was `typed`."""
        field = self.fields["places"]
        assert isinstance(field, PlacesField)  # noqa: S101  tells the type checker what the class body says
        field.widget = forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"})
        field.choices = [(each.key, _label(each)) for each in places]
        data = typed.copy()
        data.setlist(self.add_prefix("places"), [each.key for each in places])
        self.data = data


def _label(place: Standing) -> str:
    where = part_label(place.part) if place.part else _("Subject")
    if place.message:
        where = _("Message %(number)d") % {"number": place.number}
    return f"{where}: …{place.before}[{place.passage}]{place.after}…"
