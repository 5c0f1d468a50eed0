"""What may stand in the address of a page; anything else is refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _


class StrictForm(forms.Form):
    """A form of an address: a parameter that is not one of its fields is an error, never ignored."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        unknown = sorted(set(self.data) - set(self.fields))
        if unknown:
            raise ValidationError(
                _("There is no parameter %(unknown)s; there are: %(known)s."),
                code="unknown-parameter",
                params={"unknown": ", ".join(unknown)[:200], "known": ", ".join(self.fields)},
            )
        return cleaned

    @property
    def has_unknown_parameters(self) -> bool:
        return self.has_error(NON_FIELD_ERRORS, "unknown-parameter")


class PageForm(StrictForm):
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    @property
    def number(self) -> int:
        return self.cleaned_data["page"] or 1


class OwnForm(StrictForm):
    """The parameter of every call about a firm's own part: for which firm, needed by who acts for several."""

    organisation = forms.UUIDField(required=False)


class OwnPageForm(OwnForm, PageForm):
    pass
