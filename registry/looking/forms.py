"""What may come in on the pages on which others look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.forms import SearchForm, SegmentChoices

VIEWS = [("table", gettext_lazy("Table")), ("cards", gettext_lazy("Cards")), ("map", gettext_lazy("Map"))]


class PageSearchForm(SearchForm):
    """A search on a page: with the technologies to choose from, and the way in which what is found is shown."""

    view = forms.ChoiceField(required=False, choices=VIEWS, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.segments = SegmentChoices.load()
        self.fields["segment"].widget = forms.Select(choices=[("", _("All technologies")), *self.segments.choices()[1:]])

    @property
    def shown_as(self) -> str:
        """`table`, `cards` or `map`, of a valid form."""
        return str(self.cleaned_data["view"] or "table")

    @property
    def said(self) -> QueryDict:
        """What was asked, without the page: every link that keeps the question starts from it."""
        said = QueryDict(mutable=True)
        for name in self.fields:
            if name != "page" and (value := self.data.get(name)):
                said[name] = value
        return said
