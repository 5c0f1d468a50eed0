"""What may come in for an answer to everybody, and what narrows their list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from catalogue.parsing import code_typed
from inquiries.forms.asking import SegmentsField, text_field
from inquiries.models import Publication, Topic
from inquiries.models.publication import LONGEST_TITLE
from inquiries.querysets import PublicationQuerySet
from inquiries.services.publishing import About, Words
from organisations.models import Organisation
from organisations.validators import plain_text

MOST_CODES = 20


class CodesField(forms.CharField):
    """Control entries such as “3A001.a.5, 6A003”; cleans to a list of codes as the list writes them."""

    def clean(self, value: Any) -> Any:
        typed = [part for part in re.split(r"[,;\n]+", super().clean(value)) if part.strip()]
        codes = [code_typed(part) for part in typed]
        for part, code in zip(typed, codes, strict=True):
            if not code:
                raise forms.ValidationError(
                    _("“%(code)s” is no control entry. Write it as in 3A001.a.5."), params={"code": part[:40]}
                )
        if len(codes) > MOST_CODES:
            raise forms.ValidationError(_("Name at most %(most)d control entries."), params={"most": MOST_CODES})
        return codes

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class PublicationForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), help_text=_("The question in one line."), max_length=LONGEST_TITLE, validators=[plain_text]
    )
    question = text_field(
        _("The question, as anybody might ask it"),
        rows=8,
        help_text=_(
            "In your own words. Leave out whatever only this asker could have said: numbers, places, dates, names, projects."
        ),
    )
    answer = text_field(_("The answer"), rows=14)
    topic = forms.ChoiceField(label=_("Topic"), choices=Topic.choices)
    codes = CodesField(
        label=_("Control entries"), help_text=_("Such as 3A001.a.5, 6A003: what it is found by."), required=False, max_length=600
    )
    segments = SegmentsField(label=_("Segments"))
    note = forms.CharField(
        label=_("What has changed"),
        help_text=_("One line that readers see beside the answer. Only where an answer that is out is changed."),
        required=False,
        max_length=200,
        validators=[plain_text],
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *args: Any, segments: Iterable[Segment], is_out: bool = False, **kwargs: Any) -> None:
        """`segments` are those that it has: they may be twigs, of which the form offers no others."""
        super().__init__(*args, **kwargs)
        offered = self.fields["segments"]
        offered.queryset = (Segment.objects.areas() | Segment.objects.filter(pk__in=[each.pk for each in segments])).in_order()  # type: ignore[attr-defined]
        if not is_out:
            del self.fields["note"]

    @property
    def words(self) -> Words:
        return Words(**{name: self.cleaned_data[name] for name in ("title", "question", "answer")})

    @property
    def about(self) -> About:
        return About(self.cleaned_data["topic"], list(self.cleaned_data["segments"]), self.cleaned_data["codes"])


class DraftForm(PublicationForm):
    agency = forms.ModelChoiceField(label=_("In the name of"), queryset=Organisation.objects.none(), empty_label=None)

    def __init__(self, *args: Any, agencies: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        agency.queryset = Organisation.objects.filter(pk__in=[each.pk for each in agencies]).order_by("name", "pk")  # type: ignore[attr-defined]


class ApprovePublicationForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ReturnPublicationForm(forms.Form):
    note = forms.CharField(
        label=_("What to mend"),
        max_length=1000,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say what to mend.")},
    )


class WithdrawPublicationForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is withdrawn"),
        help_text=_("Its readers see it in place of the answer."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": _("Say why it is withdrawn.")},
    )


class RatingForm(forms.Form):
    helpful = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.HiddenInput)


class AnswerSearchForm(forms.Form):
    """What narrows the list of published answers, on the page and in the API; an unknown parameter is refused."""

    q = forms.CharField(label=_("Words"), required=False, max_length=200, validators=[plain_text])
    code = forms.CharField(label=_("Control entry"), required=False, max_length=40)
    topic = forms.ChoiceField(label=_("Topic"), choices=[("", _("All topics")), *Topic.choices], required=False)
    segment = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=Segment.objects.none(),
        to_field_name="code",
        empty_label=_("All segments"),
        required=False,
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = Segment.objects.current()  # type: ignore[attr-defined]
        if not self.data.get("segment"):  # the ten areas are the choices; a technology below them is found by its address
            self.fields["segment"].queryset = Segment.objects.areas()  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        code = code_typed(typed)
        if typed and not code:
            raise forms.ValidationError(_("This is no control entry. Write it as in 3A001.a.5."))
        return code

    def clean(self) -> dict[str, Any]:
        unknown = sorted(set(self.data) - set(self.fields))
        if unknown:
            names = ", ".join(name[:60] for name in unknown[:10])
            raise forms.ValidationError(_("There is no such parameter: %(names)s."), params={"names": names})
        return super().clean() or self.cleaned_data

    def results(self) -> PublicationQuerySet:
        """What is out and fits, the best first where words are searched, else the newest."""
        rows = Publication.objects.public().prefetch_related("segments")
        if self.cleaned_data["topic"]:
            rows = rows.filter(topic=self.cleaned_data["topic"])
        if self.cleaned_data["segment"]:
            rows = rows.on_segment(self.cleaned_data["segment"])
        if self.cleaned_data["code"]:
            rows = rows.on_code(self.cleaned_data["code"])
        return rows.search(self.cleaned_data["q"]) if self.cleaned_data["q"] else rows.newest_first()

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("q", "code", "topic", "segment"))
