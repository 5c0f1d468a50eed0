"""What may come in for many cases at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import text_field
from inquiries.models import Flag, Priority
from inquiries.services.bulk import MOST_CASES, Act, Assign, Close, SetFlag, SetPriority
from organisations.models import User

ME = "me"


class CasesField(forms.Field):
    """The keys of cases, each once, in the order in which they came."""

    widget = hidden_widget = forms.MultipleHiddenInput
    default_error_messages = {
        "required": _("Select at least one inquiry."),
        "invalid": _("What was selected is no inquiry. Open the queue anew and select there."),
    }

    def to_python(self, value: Any) -> list[UUID]:
        try:
            cases = list(dict.fromkeys(UUID(each) for each in value or ()))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
        if len(cases) > MOST_CASES:
            raise forms.ValidationError(
                _("Select at most %(most)d inquiries at once."), code="too-many", params={"most": MOST_CASES}
            )
        return cases


class BulkForm(forms.Form):
    """Which cases, and what to do to them; `note`, `anyway` and `unanswered` come with the confirmation."""

    case = CasesField()
    what = forms.ChoiceField(
        label=_("With those selected"),
        error_messages={"required": _("Choose what to do with them."), "invalid_choice": _("Choose one of what is listed.")},
    )
    note = text_field(_("Note to the colleague"), rows=3, required=False, help_text=_("All who may read the cases see it."))
    anyway = forms.BooleanField(label=_("Assign them although the colleague is away"), required=False)
    unanswered = forms.BooleanField(label=_("Close those without an answer as well: their askers get none"), required=False)

    def __init__(self, *args: Any, colleagues: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = [
            (_("Assign to"), [(f"assign:{ME}", _("me")), *((f"assign:{pk}", name) for pk, name in colleagues.items())]),
            (_("Set the flag"), [(f"flag:{value}", label) for value, label in Flag.choices]),
            (_("Take off the flag"), [(f"unflag:{value}", label) for value, label in Flag.choices]),
            (_("Set the priority to"), [(f"priority:{value}", label) for value, label in Priority.choices]),
            (_("End"), [("close:", _("Close"))]),
        ]
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
        what.choices = self.groups

    @cached_property
    def chosen_cases(self) -> frozenset[UUID]:
        """The cases selected, whether the rest of the form is right or not."""
        return frozenset((self.cleaned_data if self.is_bound else self.initial).get("case", ()))

    @cached_property
    def chosen_act(self) -> str:
        """What was chosen, as it was sent."""
        return str(self["what"].value() or "")

    @property
    def what_to_mend(self) -> list[tuple[forms.BoundField, Any]]:
        """What the queue's page asks for, with its errors, as a summary of errors lists it."""
        return [(self["what"], self["what"].errors)]

    @property
    def to_confirm(self) -> list[tuple[forms.BoundField, Any]]:
        """What the confirmation asks for, with its errors."""
        return [(self[name], self[name].errors) for name in ("anyway", "unanswered", "note")]

    def act(self, by: User) -> Act:
        """What the cleaned form asks for."""
        given = self.cleaned_data
        kind, _colon, value = given["what"].partition(":")
        if kind == "assign":
            to = by if value == ME else User.objects.get(pk=value)
            return Assign(to, note=given.get("note", ""), anyway=given.get("anyway", False))
        if kind == "priority":
            return SetPriority(value)
        return Close(unanswered=given["unanswered"]) if kind == "close" else SetFlag(value, on=kind == "flag")
