"""What may come in for the facts of a case: the desk's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from inquiries.forms.asking import SegmentsField
from inquiries.forms.publishing import CodesField
from inquiries.models import Flag, Priority
from inquiries.services import describing
from inquiries.services.describing import Facts
from organisations.validators import plain_text

MOST_TAGS = 10
LONGEST_TAG = 40


class TagsField(forms.CharField):
    """Tags such as “mills, EU001”; cleans to a list in small letters."""

    def clean(self, value: Any) -> Any:
        tags = [" ".join(part.lower().split()) for part in re.split(r"[,;\n]+", super().clean(value)) if part.strip()]
        if long := next((tag for tag in tags if len(tag) > LONGEST_TAG), None):
            raise forms.ValidationError(
                _("“%(tag)s…” is too long for a tag: %(most)d characters are the most."),
                params={"tag": long[:20], "most": LONGEST_TAG},
            )
        if len(tags) > MOST_TAGS:
            raise forms.ValidationError(_("Give at most %(most)d tags."), params={"most": MOST_TAGS})
        return tags

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


class FactsForm(forms.Form):
    title = forms.CharField(
        label=_("Title"),
        help_text=_("In your own words, without anything that could tell who asks: facts are not sealed, and are searched."),
        max_length=150,
        required=False,
        validators=[plain_text],
    )
    summary = forms.CharField(
        label=_("Summary"),
        max_length=2000,
        required=False,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    codes = CodesField(label=_("Control entries"), help_text=_("Such as 3A001.a.5, 6A003."), required=False, max_length=600)
    tags = TagsField(label=_("Tags"), help_text=_("Separated by commas."), required=False, max_length=500, validators=[plain_text])
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices)
    flags = forms.MultipleChoiceField(
        label=_("Flags"),
        choices=Flag.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    segments = SegmentsField(label=_("Segments beside the asker’s"))
    segments.widget.attrs["class"] = "govuk-checkboxes--small"
    seen = forms.CharField(widget=forms.HiddenInput, max_length=16)

    def __init__(self, *args: Any, known: Sequence[str] = (), **kwargs: Any) -> None:
        """`known` are the codes that the case has: one that an older list had may stay."""
        super().__init__(*args, **kwargs)
        self.known = known

    def clean_codes(self) -> list[str]:
        codes: list[str] = self.cleaned_data["codes"]
        unknown = describing.unknown_codes([code for code in codes if code not in self.known])
        for code, nearest in unknown.items():
            if nearest:
                message = _("No control list in force has %(code)s. The nearest are %(nearest)s.")
            else:
                message = _("No control list in force has %(code)s, nor anything that begins like it.")
            self.add_error("codes", forms.ValidationError(message, params={"code": code, "nearest": ", ".join(nearest)}))
        return codes

    @property
    def facts(self) -> Facts:
        chosen: list[Segment] = list(self.cleaned_data["segments"])
        rest = {name: self.cleaned_data[name] for name in ("title", "summary", "priority", "flags", "tags", "codes")}
        return Facts(**rest, segments=[segment.code for segment in chosen])


def initial(facts: Facts) -> dict[str, Any]:
    """What the form shows of facts, and the version that says which ones they are."""
    return {
        "title": facts.title,
        "summary": facts.summary,
        "priority": facts.priority,
        "flags": list(facts.flags),
        "tags": list(facts.tags),
        "codes": list(facts.codes),
        "segments": list(facts.segments),
        "seen": facts.version,
    }
