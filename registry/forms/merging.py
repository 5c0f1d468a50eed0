from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy

from organisations.validators import plain_text
from registry.forms import StrictForm
from registry.gateway import Listed
from registry.services.moves import LONGEST_REASON

THIS, OTHER = "this", "other"


class NamesForm(StrictForm):
    """Words in the name by which the other entry is looked for."""

    words = forms.CharField(label=gettext_lazy("Words in its name"), required=False, max_length=100)


class MergeForm(forms.Form):
    other = forms.ChoiceField(
        label=gettext_lazy("The other entry"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the other entry.")},
    )
    survivor = forms.ChoiceField(
        label=gettext_lazy("Which one stays?"),
        choices=[(THIS, gettext_lazy("This one")), (OTHER, gettext_lazy("The other one"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose which one stays.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("How do you know that it is one firm?"),
        help_text=gettext_lazy("The firm reads this, also in its ledger."),
        max_length=min(300, LONGEST_REASON),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Give the reason in a sentence.")},
    )

    def __init__(self, *args: Any, others: Iterable[Listed], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(listed.ref), f"{listed.legal_name}, {listed.ref}") for listed in others]
        self.fields["other"].choices = choices  # type: ignore[attr-defined]

    @property
    def other_ref(self) -> UUID:
        return UUID(self.cleaned_data["other"])

    @property
    def this_stays(self) -> bool:
        return bool(self.cleaned_data["survivor"] == THIS)
