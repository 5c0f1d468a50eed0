"""What may come in on the pages on which others look."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.validators import plain_text
from registry.forms import LookForm, SearchForm, SegmentChoices, StrictForm, WhoAndWhyForm
from registry.models import SavedSearch

LEAST_COMPARED: Final = 2
MOST_COMPARED: Final = 4
LONGEST_QUERY: Final = 3000  # 200 letters of any script, percent-encoded, and what else is asked
LONGEST_REASON: Final = 300  # as the ledger has room for
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


class ExportForm(PageSearchForm):
    """What an export is of, and the form of its file."""

    page = None  # type: ignore[assignment]  # it has all pages, and no view
    view = None  # type: ignore[assignment]
    format = forms.ChoiceField(choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("jsonld", "JSON-LD")])


class ApiFacetsForm(WhoAndWhyForm, PageSearchForm):
    """A search by program that counts."""

    view = None  # type: ignore[assignment]


class ApiExportForm(WhoAndWhyForm, ExportForm):
    """A search by program of which a file is made."""


class ReferenceLookForm(LookForm):
    """The same for an official, who may name the case or the advisory that the work is for; the reason then has it.

    `find` returns what a typed reference stands for, as the firms will read it, or nothing where the official can't read it.
    """

    reference = forms.CharField(
        label=gettext_lazy("Case or advisory"),
        help_text=gettext_lazy(
            "If it is for one: the reference of the case, such as FP-7Q2M4-X0KDT, or the address of the advisory. "
            "It is added to the reason."
        ),
        required=False,
        max_length=300,
        validators=[plain_text],
    )

    def __init__(self, *args: Any, find: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._find = find

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        reason, typed = cleaned.get("reason"), cleaned.get("reference")
        if not reason or not typed:
            return cleaned
        if not (found := self._find(typed)):
            self.add_error("reference", _("There is no case or advisory with this reference that you may read."))
        elif len(whole := f"{reason} ({found})") > LONGEST_REASON:
            self.add_error("reason", _("With the reference this is too long: shorten the reason."))
        else:
            cleaned["reason"] = whole
        return cleaned


class RefsField(forms.Field):
    """References of entries, each a parameter of the same name; cleans to a list of UUIDs."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[uuid.UUID]:
        try:
            refs = list(dict.fromkeys(uuid.UUID(ref) for ref in value or ()))
        except ValueError as error:
            raise ValidationError(_("This is no reference of an entry.")) from error
        if not LEAST_COMPARED <= len(refs) <= MOST_COMPARED:
            raise ValidationError(
                _("Choose two to four entries to compare; you chose %(number)s."), params={"number": len(refs)}, code="number"
            )
        return refs


class CompareForm(StrictForm):
    entry = RefsField()
    search = forms.CharField(required=False, max_length=LONGEST_QUERY, widget=forms.HiddenInput)  # to which the page leads back

    @property
    def back(self) -> str:
        """The query string of the search from which one came, read and written anew."""
        return QueryDict(self.data.get("search", "")[:LONGEST_QUERY]).urlencode()


class PairForm(StrictForm):
    """The two entries that might want to meet."""

    entry = RefsField()

    def clean_entry(self) -> list[uuid.UUID]:
        refs: list[uuid.UUID] = self.cleaned_data["entry"]
        if len(refs) != LEAST_COMPARED:
            raise ValidationError(_("Choose two entries."))
        return refs


class ApiCompareForm(WhoAndWhyForm):
    """Which entries a program compares."""

    entry = RefsField()


class SaveSearchForm(forms.ModelForm[SavedSearch]):
    """A name for a search. The search is checked as if it were asked, and will be again when it is opened."""

    class Meta:
        model = SavedSearch
        fields = ("name", "query")
        labels = {"name": gettext_lazy("Name of the search")}
        widgets = {"query": forms.HiddenInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].required = False

    def clean_query(self) -> str:
        form = PageSearchForm(QueryDict(str(self.cleaned_data["query"])))
        if not form.is_valid():
            raise ValidationError(_("This search can't be asked any more, so it can't be saved."))
        return form.said.urlencode()
