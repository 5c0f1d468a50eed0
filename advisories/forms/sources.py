"""What is entered of an official feed, and what narrows the list of what the feeds say."""

from __future__ import annotations

from typing import Any, Final, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from advisories.forms.fields import segments_field
from advisories.models import CandidateState, Kind, ReadingPace, Source
from advisories.querysets import SourceQuerySet
from advisories.services.sources import SourceWords
from catalogue.models import Segment
from organisations.models import Organisation
from organisations.outbound import LONGEST_URL, UnableToReach, checked
from organisations.validators import plain_text

# Feeds of authorities that concern many offices. Addresses change: the next reading shows whether one is still right.
SUGGESTED: Final = (
    (_("Official Journal of the European Union, series L"), "https://eur-lex.europa.eu/EN/display-feed.rss?rssId=222"),
    (
        _("United Kingdom, financial sanctions"),
        "https://www.gov.uk/government/organisations/office-of-financial-sanctions-implementation.atom",
    ),
    (_("United Kingdom, export control"), "https://www.gov.uk/government/organisations/export-control-joint-unit.atom"),
    (
        _("United States, Bureau of Industry and Security, in the Federal Register"),
        "https://www.federalregister.gov/api/v1/documents.rss?conditions%5Bagencies%5D%5B%5D=industry-and-security-bureau",
    ),
)


class SourceForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        help_text=_("It stands under each quotation, such as: Official Journal of the European Union."),
        max_length=120,
        validators=[plain_text],
    )
    url = forms.CharField(
        label=_("Address of the feed"),
        help_text=_("RSS, Atom or JSON Feed, beginning with https://."),
        max_length=LONGEST_URL,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    agency = forms.ModelChoiceField(
        label=_("Agency responsible"),
        help_text=_("Its editors and those of the focal point look through what the feed says."),
        queryset=Organisation.objects.none(),
        empty_label=None,
    )
    kind = forms.ChoiceField(label=_("Usual kind"), choices=Kind.choices, initial=Kind.REGULATORY, widget=forms.RadioSelect)
    segments = segments_field(_("They are ticked in every draft from this source, beside those that its words are about."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="en")
    hours = forms.TypedChoiceField(
        label=_("How often is it read?"),
        choices=ReadingPace.choices,
        coerce=int,
        initial=ReadingPace.QUARTER,
        widget=forms.RadioSelect,
    )
    is_on = forms.BooleanField(label=_("Read it"), required=False, initial=True)

    def __init__(self, *args: Any, source: Source | None = None, **kwargs: Any) -> None:
        if source:
            kwargs["initial"] = _as_it_stands(source) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        agency = cast("forms.ModelChoiceField[Organisation]", self.fields["agency"])
        agency.queryset = Organisation.objects.agencies().order_by("-is_focal_point", "name", "pk")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            checked(url)
        except UnableToReach as error:
            raise forms.ValidationError(str(error)) from error
        return url

    @property
    def words(self) -> SourceWords:
        return SourceWords(**self.cleaned_data)


def _as_it_stands(source: Source) -> dict[str, Any]:
    named = {name: getattr(source, name) for name in ("name", "url", "kind", "language", "hours", "is_on")}
    return named | {"agency": source.agency_id, "segments": list(source.segments.values_list("code", flat=True))}


class CandidatesForm(forms.Form):
    """What narrows the list; as it comes, it shows what is new."""

    state = forms.ChoiceField(
        label=_("State"), choices=[*CandidateState.choices, ("all", _("All"))], initial=CandidateState.NEW, required=False
    )
    source = forms.ModelChoiceField(label=_("Source"), queryset=Source.objects.none(), empty_label=_("All sources"), required=False)
    segment = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=Segment.objects.areas(),
        to_field_name="code",
        empty_label=_("All segments"),
        required=False,
    )

    def __init__(self, *args: Any, sources: SourceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Source]", self.fields["source"]).queryset = sources.in_order()

    def clean_state(self) -> str:
        return self.cleaned_data["state"] or CandidateState.NEW
