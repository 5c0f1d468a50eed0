"""What an official may send back or set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import text_field
from inquiries.forms.files import FilesForm
from organisations.models import Organisation
from organisations.validators import plain_text


class AnswerForm(FilesForm):
    """An answer, with files beside those of its draft unless these are dropped; cleans to `keeps_files`."""

    text = text_field(_("Your answer"), rows=10, error_messages={"required": _("Write the answer.")})
    drops_files = forms.BooleanField(label=_("Leave out the files of the draft"), required=False)
    # What the official had before them: the revision of the answer, and the place of the last message.
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    field_order: tuple[str, ...] = ("text", "files", "drops_files")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        return cleaned | {"keeps_files": not cleaned.pop("drops_files", False)}


class QuestionForm(FilesForm):
    text = text_field(_("Your question to the asker"), rows=6, error_messages={"required": _("Write the question.")})
    field_order = ("text", "files")


def offer(form: forms.Form, agencies: Iterable[Organisation] | None) -> None:
    """Have a form's choice of an agency offer these, without asking the database for them again."""
    if agencies is not None:
        agency = form.fields["agency"]
        assert isinstance(agency, forms.ModelChoiceField)  # noqa: S101  tells the type checker what the class body says
        agency.choices = [("", "---------"), *((each.pk, str(each)) for each in agencies)]


class RouteForm(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Organisation.objects.agencies().that_read_inquiries().order_by("name", "pk"),
        error_messages={"required": _("Choose the agency that should answer.")},
    )

    def __init__(self, *args: Any, agencies: Iterable[Organisation] | None = None, **kwargs: Any) -> None:
        """`agencies` to offer, where the caller has fetched them; what is sent is looked up all the same."""
        super().__init__(*args, **kwargs)
        offer(self, agencies)


SHORTEST_SEARCH, LONGEST_SEARCH = 3, 100  # letters, as the help text has them


class WordsForm(forms.Form):
    """Sent, never put into an address: what is looked for may be an asker's own words."""

    words = forms.CharField(
        label=_("Words"),
        help_text=_("As they stand, at least three letters."),
        min_length=SHORTEST_SEARCH,
        max_length=LONGEST_SEARCH,
        validators=[plain_text],
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class SaveFilterForm(forms.Form):
    """A name for a filter, and with whom it is shared."""

    name = forms.CharField(
        label=_("Name"), max_length=60, validators=[plain_text], error_messages={"required": _("Give the filter a name.")}
    )
    agency = forms.ChoiceField(label=_("Share with"), required=False)

    def __init__(self, *args: Any, agencies: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._agencies = {str(each.pk): each for each in agencies}
        agency = self.fields["agency"]
        assert isinstance(agency, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
        agency.choices = [("", _("Nobody else")), *((key, str(each)) for key, each in self._agencies.items())]

    def clean_agency(self) -> Organisation | None:
        return self._agencies.get(self.cleaned_data["agency"])
