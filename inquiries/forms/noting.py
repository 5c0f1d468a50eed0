"""What may come in from an official for colleagues: notes, a case handed over, days away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import text_field
from organisations.models import User


class ColleaguesField(forms.TypedMultipleChoiceField):
    """Some of the colleagues that the form is given."""

    def offer(self, colleagues: Iterable[User]) -> None:
        people = {str(user.pk): user for user in colleagues}
        self.choices = [(key, str(user)) for key, user in people.items()]
        self.coerce = people.__getitem__


class ColleagueField(forms.TypedChoiceField):
    """One of the colleagues that the form is given."""

    def offer(self, colleagues: Iterable[User]) -> None:
        people = {str(user.pk): user for user in colleagues}
        self.choices = [("", _("Choose")), *((key, str(user)) for key, user in people.items())]
        self.coerce = people.__getitem__


class NoteForm(forms.Form):
    text = text_field(
        _("Note to colleagues"),
        rows=4,
        help_text=_("The asker never sees it. Write @ and a full name to call a colleague."),
        error_messages={"required": _("Write the note.")},
    )
    readers = forms.ChoiceField(
        label=_("For whom"),
        choices=[("agency", _("My agency")), ("all", _("All who may read this case"))],
        initial="agency",
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    mentions = ColleaguesField(
        label=_("Colleagues to call"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )

    def __init__(self, *args: Any, colleagues: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mentions"].offer(colleagues)  # type: ignore[attr-defined]


class HandOverForm(forms.Form):
    to = ColleagueField(
        label=_("Colleague"),
        help_text=_("With a colleague of the focal point, the agency that has it stops reading it."),
        error_messages={"required": _("Choose a colleague.")},
    )
    note = text_field(_("Note to the colleague"), rows=3, required=False, help_text=_("All who may read the case see it."))
    anyway = forms.BooleanField(label=_("Hand it over although the colleague is away"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, colleagues: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(colleagues)  # type: ignore[attr-defined]

    def offer_anyway(self) -> None:
        """Let the official say that it is meant although the colleague is away."""
        self.fields["anyway"].widget = forms.CheckboxInput()


class AbsenceForm(forms.Form):
    first_on = forms.DateField(label=_("First day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last_on = forms.DateField(label=_("Last day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    cover = ColleagueField(
        label=_("Who stands in"),
        help_text=_("Your cases that are due until your last day away are in this colleague’s queue as well. They stay yours."),
        error_messages={"required": _("Choose a colleague.")},
    )

    def __init__(self, *args: Any, colleagues: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cover"].offer(colleagues)  # type: ignore[attr-defined]
