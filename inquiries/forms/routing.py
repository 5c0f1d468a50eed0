"""What an administrator may type into a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue import regions
from catalogue.models import Segment
from catalogue.parsing import code_typed
from inquiries.models import Flag, Mode, Priority, RoutingRule, Topic
from inquiries.models.routing import LAST_TIER, LONGEST_TARGET
from inquiries.services.rules import Terms
from organisations.models import Organisation
from organisations.validators import plain_text


class SecondOfficialForm(forms.Form):
    topics = forms.MultipleChoiceField(
        label=_("Topics of which a second official approves every answer"),
        help_text=_("Whatever is flagged “Handle with care” needs one in any case."),
        choices=Topic.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )


MOST_PLACES = 100
MOST_CODES = 100


class LinesField(forms.CharField):
    """Values one a line; cleans to a list without repetitions."""

    widget = forms.Textarea
    most = 0

    def clean(self, value: Any) -> Any:
        typed = [part.strip() for part in re.split(r"[;\n\r]+", super().clean(value)) if part.strip()]
        if len(typed) > self.most:
            raise forms.ValidationError(
                _("Name at most %(most)d; a region or a shorter code holds for many."), params={"most": self.most}
            )
        return list(dict.fromkeys(self.read(part) for part in typed))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(self.write(each) for each in value) if isinstance(value, list) else value

    def read(self, typed: str) -> str:
        raise NotImplementedError

    def write(self, value: str) -> str:
        return value


class CodePrefixesField(LinesField):
    most = MOST_CODES

    def read(self, typed: str) -> str:
        code = typed if re.fullmatch(r"[0-9]", typed) else code_typed(typed)
        if not code:
            raise forms.ValidationError(
                _("“%(code)s” is no control entry or the beginning of one. Write it as in 3A001.a.5, 3A001, 3A or 3."),
                params={"code": typed[:40]},
            )
        return code


class PlacesField(LinesField):
    """Countries and regions, by name or by code."""

    most = MOST_PLACES

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


def _segments() -> list[tuple[str, str]]:
    """The areas, each with its technologies behind it."""
    current = Segment.objects.areas() | Segment.objects.technologies()
    return [(each.code, f"{each.code} {each.label}") for each in current.in_order()]


class RuleForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        help_text=_("Stands in the history of each case that the rule sorts."),
        max_length=80,
        validators=[plain_text],
    )
    tier = forms.IntegerField(
        label=_("Tier"),
        help_text=_("Of the rules that hold, the one of the lowest tier decides: exceptions low, what usually goes high."),
        min_value=1,
        max_value=LAST_TIER,
        initial=50,
    )
    topics = forms.MultipleChoiceField(
        label=_("Topics"), choices=Topic.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    segments = forms.MultipleChoiceField(
        label=_("Segments"),
        help_text=_("An area holds for all its technologies."),
        choices=_segments,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    codes = CodePrefixesField(
        label=_("Control entries"),
        help_text=_("One a line, such as 3A001.a or 3A001; 3A is its whole group and 3 its category."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    destinations = PlacesField(
        label=_("Destinations"),
        help_text=_("Countries and regions, one a line: by name, ISO code or UN M49 number."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    modes = forms.MultipleChoiceField(
        label=_("How it is asked"), choices=Mode.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    flags = forms.MultipleChoiceField(label=_("Flags"), choices=Flag.choices, required=False, widget=forms.CheckboxSelectMultiple)
    agency = forms.ModelChoiceField(
        label=_("Goes to"),
        help_text=_("The agency can open the inquiry from then on, and so can the focal point; nobody else."),
        queryset=Organisation.objects.agencies().that_read_inquiries().filter(is_focal_point=False).order_by("name", "pk"),
        required=False,
        empty_label=_("The focal point"),
    )
    team = forms.CharField(
        label=_("Team"),
        help_text=_("The queue within the agency, by the agency's own name for it."),
        required=False,
        max_length=40,
        validators=[plain_text],
    )
    priority = forms.ChoiceField(label=_("Priority"), choices=[("", _("As it is")), *Priority.choices], required=False)
    target_days = forms.IntegerField(
        label=_("Response target"),
        help_text=_("Business days to the first answer. Leave it empty for the topic's own."),
        required=False,
        min_value=1,
        max_value=LONGEST_TARGET,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: Any = None, *, rule: RoutingRule | None = None, sketch: Mapping[str, Any] | None = None) -> None:
        """A new rule, or `rule`; unless it is sent, it shows a `sketch` of it that was tried and not saved."""
        shown = dict(sketch or {}) or ({name: getattr(rule, name) for name in self.base_fields} if rule else None)
        super().__init__(data, initial=shown)
        if rule is not None and rule.segments:
            offered = self.fields["segments"]
            assert isinstance(offered, forms.MultipleChoiceField)  # noqa: S101  tells the type checker what the class body says
            known = _segments()
            # A segment of an older edition stays until somebody takes it out.
            offered.choices = known + [(code, code) for code in rule.segments if code not in dict(known)]

    @property
    def terms(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in self.cleaned_data if name != "version"})
