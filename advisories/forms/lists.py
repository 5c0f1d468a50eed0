"""What narrows a list of advisories: on its page, in the API and at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from advisories.forms.readers import LanguageForm
from advisories.models import Kind, State, Tlp
from advisories.querysets import AdvisoryQuerySet
from catalogue.models import Segment
from catalogue.parsing import code_typed
from organisations.validators import plain_text

CURRENT: Final = "current"
NEWEST: Final = "newest"
RELEVANCE: Final = "relevance"
STATES: Final = (CURRENT, State.CORRECTED, State.SUPERSEDED, State.WITHDRAWN, State.EXPIRED)
SORTS: Final = (NEWEST, RELEVANCE)


class NarrowingForm(forms.Form):
    """The limits that every list of advisories has; an unknown parameter is refused."""

    template_name = "forms/narrowing.html"
    FIRST = ("q", "kind", "segment", "sort")  # what most narrow by; the page folds the rest

    q = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=200,
        validators=[plain_text],
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All kinds")), *Kind.choices], required=False)
    segment = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=Segment.objects.none(),
        to_field_name="code",
        empty_label=_("All segments"),
        required=False,
    )
    label = forms.ChoiceField(label=_("TLP label"), choices=[("", _("All labels")), *Tlp.choices], required=False)
    year = forms.IntegerField(
        label=_("Year"),
        required=False,
        min_value=2000,
        max_value=2999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("Write the year with four digits, such as 2026.")),
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=[(RELEVANCE, _("The best match first")), (NEWEST, _("The newest first"))],
        required=False,
    )
    control_entry = forms.CharField(label=_("Control entry"), required=False, max_length=40, validators=[plain_text])
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = Segment.objects.current().in_order()  # type: ignore[attr-defined]
        if not self.data.get("segment"):  # the ten areas are the choices; a technology below them is found by its address
            self.fields["segment"].queryset = Segment.objects.areas()  # type: ignore[attr-defined]

    def clean_control_entry(self) -> str:
        typed: str = self.cleaned_data["control_entry"]
        code = code_typed(typed)
        if typed and not code:
            raise forms.ValidationError(_("“%(code)s” is no control entry. Write it as in 3A001.a.5."), params={"code": typed})
        return code

    def clean(self) -> dict[str, Any]:
        unknown = sorted(set(self.data) - set(self.fields))
        if unknown:
            names = ", ".join(name[:60] for name in unknown[:10])
            raise forms.ValidationError(_("There is no such parameter: %(names)s."), params={"names": names})
        return super().clean() or self.cleaned_data

    def narrow(self, rows: AdvisoryQuerySet) -> AdvisoryQuerySet:
        """Those of `rows` that fit, in the order asked for; the best first where words are searched, else the newest."""
        said = self.cleaned_data
        equal = {"kind": said["kind"], "tlp": said["label"]}
        rows = rows.filter(**{name: value for name, value in equal.items() if value})
        if said["segment"]:
            rows = rows.on_segment(said["segment"].code)
        if said["control_entry"]:
            rows = rows.naming([said["control_entry"]])
        if said["year"]:
            rows = rows.published_in(said["year"])
        if not said["q"]:
            return rows.newest_first()
        rows = rows.with_words(said["q"])
        return rows.newest_first() if said["sort"] == NEWEST else rows.best_first(said["q"])

    def get_context(self) -> dict[str, Any]:
        """Without the page's number: narrowed anew, a list begins with its first page."""
        context = super().get_context()
        return context | {"hidden_fields": [field for field in context["hidden_fields"] if field.name != "page"]}

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.FIRST]

    @property
    def is_narrowed_more(self) -> bool:
        return any(self.data.get(field.name) for field in self.more_fields)

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(name) for name in set(self.fields) - {"page", "sort", "queue", "language"})


class ListForm(NarrowingForm):
    """For readers: what stands, or what became of it as well."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("All that came out")),
            (CURRENT, _("What stands now")),
            *((state, State(state).label) for state in STATES if state != CURRENT),
        ],
        required=False,
    )
    language = LanguageForm.base_fields["language"]
    field_order = ("q", "kind", "segment", "control_entry", "label", "year", "state", "sort", "language", "page")

    def narrow(self, rows: AdvisoryQuerySet) -> AdvisoryQuerySet:
        state = self.cleaned_data["state"]
        if state:
            rows = rows.current() if state == CURRENT else rows.filter(state=state)
        return super().narrow(rows)


class DeskListForm(NarrowingForm):
    """For the desk, where a queue says the state."""

    queue = forms.ChoiceField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, queues: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = list(queues.items())  # type: ignore[attr-defined]
