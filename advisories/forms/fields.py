"""Fields that several forms have."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from advisories.references import LONGEST as LONGEST_REFERENCE
from advisories.references import read
from catalogue import regions
from catalogue.models import ControlEntry, Segment
from catalogue.parsing import code_typed
from organisations.models import Organisation
from organisations.validators import plain_text

MOST_LISTED = 50
LONGEST_LIST = MOST_LISTED * LONGEST_REFERENCE


def segments_field(help_text: Any) -> forms.ModelMultipleChoiceField[Segment]:
    return forms.ModelMultipleChoiceField(
        label=_("Segments"),
        help_text=help_text,
        queryset=Segment.objects.areas(),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def day_field(label: Any, help_text: Any = "", *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=required, widget=widget)


class ListField(forms.CharField):
    """Values typed one a line, or with `split` between them; cleans to a list without repetitions."""

    split = r"[\n\r]+"

    def __init__(self, *, label: Any, help_text: Any, rows: int = 3) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=False,
            max_length=LONGEST_LIST,
            validators=[plain_text],
            widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "false"}),
        )

    def clean(self, value: Any) -> Any:
        typed = [part.strip() for part in re.split(self.split, super().clean(value)) if part.strip()]
        if len(typed) > MOST_LISTED:
            raise forms.ValidationError(_("Name at most %(most)d."), params={"most": MOST_LISTED})
        return list(dict.fromkeys(self.read_all(typed)))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(self.write(each) for each in value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

    def read_all(self, typed: list[str]) -> list[str]:
        return [self.read(each) for each in typed]

    def read(self, typed: str) -> str:
        """The value that a person means; raises ValidationError with a sentence that says how to write it."""
        raise NotImplementedError

    def write(self, value: str) -> str:
        return value


class ControlEntriesField(ListField):
    """Codes of any edition of the control lists that the catalogue has, so that what is no longer listed can be named."""

    split = r"[,;\n\r]+"

    def read_all(self, typed: list[str]) -> list[str]:
        codes = super().read_all(typed)
        there = set(ControlEntry.objects.paragraphs().filter(code__in=codes).values_list("code", flat=True))
        if unknown := [code for code in codes if code not in there]:
            raise forms.ValidationError(
                _("No edition of the control lists in the catalogue has %(codes)s. Look it up there."),
                params={"codes": ", ".join(unknown)},
            )
        return codes

    def read(self, typed: str) -> str:
        code = code_typed(typed)
        if not code:
            raise forms.ValidationError(_("“%(code)s” is no control entry. Write it as in 3A001.a.5."), params={"code": typed[:40]})
        return code


class DestinationsField(ListField):
    """Countries and regions, by name or by code. No comma parts them: names such as “Korea, Republic of” have some."""

    split = r"[;\n\r]+"

    def read(self, typed: str) -> str:
        place = regions.find(typed)
        if not place:
            raise forms.ValidationError(
                _("“%(place)s” is no country or region. Write its name, its ISO code such as KR, or its UN M49 number."),
                params={"place": typed[:40]},
            )
        return place

    def write(self, value: str) -> str:
        return regions.place_name(value)


class ReferencesField(ListField):
    def read(self, typed: str) -> str:
        found = read(typed)
        if found is None:
            raise forms.ValidationError(
                _(
                    "“%(line)s” doesn't begin with a CELEX number, such as 32021R0821, or an ELI address, such as "
                    "http://data.europa.eu/eli/reg/2021/821/oj."
                ),
                params={"line": typed[:60]},
            )
        if len(str(found)) > LONGEST_REFERENCE:
            raise forms.ValidationError(
                _("“%(line)s…” is too long: at most %(most)d characters a line."),
                params={"line": typed[:40], "most": LONGEST_REFERENCE},
            )
        return str(found)


def offer_organisations(form: forms.Form, organisations: list[Organisation]) -> None:
    """Let the form's `organisation` be one of these; where there is but one, nobody is asked."""
    field = cast("forms.ModelChoiceField[Organisation]", form.fields["organisation"])
    field.queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations]).order_by("name", "pk")
    if len(organisations) == 1:
        field.initial = organisations[0].pk
        field.widget = forms.HiddenInput()
