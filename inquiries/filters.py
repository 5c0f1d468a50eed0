"""What narrows a queue of the desk. It searches what officials wrote; askers' words are sealed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue import regions
from catalogue.models import Segment
from catalogue.parsing import code_typed
from inquiries.models import Flag, Inquiry, Mode, Priority, RoutingRule, State, Topic
from inquiries.querysets import SORTS, InquiryQuerySet
from inquiries.services import officials
from inquiries.services.officials import Official
from organisations.querysets import prepared
from organisations.validators import plain_text

# Days back from today: (at least, less than).
AGES = {"week": (0, 8), "month": (0, 32), "older-month": (32, 36_500), "older-quarter": (93, 36_500)}
UNASSIGNED = "none"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@prepared
def segments() -> QuerySet[Segment, tuple[str, str]]:
    return Segment.objects.areas().values_list("code", "label")


class CodeField(forms.CharField):
    """A control entry or the beginning of one, as people type it."""

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        code = code_typed(typed) if typed else ""
        if typed and not code:
            raise ValidationError(_("Type a control entry such as 3A001 or 3A001.a.5."), code="no-code")
        return code


class CodeFilter(django_filters.Filter):
    field_class = CodeField


class PlaceField(forms.CharField):
    """A country or a region by its name, its ISO 3166 code or its UN M49 number; cleans to the code."""

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        place = regions.find(typed) if typed else ""
        if typed and not place:
            raise ValidationError(
                _("No country or region has this name or code. Type it in full, or two letters such as KR, or a UN M49 number."),
                code="no-place",
            )
        return place


class PlaceFilter(django_filters.Filter):
    field_class = PlaceField


class AdvisoryField(forms.CharField):
    """An advisory by its id, alone or in its address; cleans to the id."""

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        found = ID.search(typed.lower())
        if typed and not found:
            raise ValidationError(_("Paste the address of an advisory, or the id at its end."), code="no-advisory")
        return found[0] if found else ""


class AdvisoryFilter(django_filters.Filter):
    field_class = AdvisoryField


@prepared
def _teams() -> QuerySet[RoutingRule, tuple[str, str]]:
    """The teams into which rules put inquiries, each as the value and the words of a choice."""
    return RoutingRule.objects.exclude(team="").order_by("team").annotate(words=F("team")).values_list("team", "words").distinct()


class InquiryFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label=gettext_lazy("Reference, title, summary, tag"),
        method="by_words",
        max_length=100,
        validators=[plain_text],
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    topic = django_filters.ChoiceFilter(label=gettext_lazy("Topic"), choices=Topic.choices, empty_label=gettext_lazy("All topics"))
    segment = django_filters.ChoiceFilter(
        label=gettext_lazy("Segment"), choices=(), method="by_segment", empty_label=gettext_lazy("All segments")
    )
    code = CodeFilter(label=gettext_lazy("Control entry"), method="by_code", max_length=40)
    destination = PlaceFilter(label=gettext_lazy("Destination"), method="by_destination", max_length=60, validators=[plain_text])
    agency = django_filters.ChoiceFilter(
        label=gettext_lazy("Agency"), method="by_agency", empty_label=gettext_lazy("All agencies"), choices=()
    )
    officer = django_filters.ChoiceFilter(
        label=gettext_lazy("Case officer"), method="by_officer", empty_label=gettext_lazy("Everybody"), choices=()
    )
    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=State.choices, empty_label=gettext_lazy("All states"))
    age = django_filters.ChoiceFilter(
        label=gettext_lazy("Received"),
        method="by_age",
        choices=[
            ("week", gettext_lazy("in the last 7 days")),
            ("month", gettext_lazy("in the last 31 days")),
            ("older-month", gettext_lazy("more than 31 days ago")),
            ("older-quarter", gettext_lazy("more than 92 days ago")),
        ],
        empty_label=gettext_lazy("At any time"),
    )
    mode = django_filters.ChoiceFilter(label=gettext_lazy("Who asks"), choices=Mode.choices, empty_label=gettext_lazy("Anybody"))
    flag = django_filters.ChoiceFilter(
        label=gettext_lazy("Flag"), choices=Flag.choices, method="by_flag", empty_label=gettext_lazy("Any or none")
    )
    priority = django_filters.ChoiceFilter(
        label=gettext_lazy("Priority"),
        choices=Priority.choices,
        method="by_priority",
        empty_label=gettext_lazy("All priorities"),
    )
    sighting = django_filters.ChoiceFilter(
        label=gettext_lazy("Sightings"),
        method="by_sighting",
        choices=[("yes", gettext_lazy("Only sightings")), ("no", gettext_lazy("No sightings"))],
        empty_label=gettext_lazy("With or without"),
    )
    about = AdvisoryFilter(label=gettext_lazy("About the advisory with this address"), method="by_advisory", max_length=200)
    team = django_filters.ChoiceFilter(label=gettext_lazy("Team"), choices=(), empty_label=gettext_lazy("All teams"))
    sort = django_filters.ChoiceFilter(
        label=gettext_lazy("Order"),
        method="sorted_by",
        choices=[
            ("due", gettext_lazy("Due first")),
            ("priority", gettext_lazy("Urgent first")),
            ("newest", gettext_lazy("Newest first")),
            ("oldest", gettext_lazy("Oldest first")),
        ],
        empty_label=None,
    )

    # What the page shows before "More".
    FIRST = ("q", "topic", "officer", "sort")

    class Meta:
        model = Inquiry
        fields = ()

    def __init__(self, *args: Any, today: date | None = None, reading: Iterable[Official] | None = None, **kwargs: Any) -> None:
        """`reading`: who reads inquiries, where the caller has asked for them."""
        super().__init__(*args, **kwargs)
        self.today = today or timezone.localdate()
        reading = officials.reading() if reading is None else reading
        agencies = {str(each.agency): each.agency_name for each in reading}
        officers = sorted({str(each.pk): each.name for each in reading}.items(), key=lambda each: each[1])
        self.filters["agency"].extra["choices"] = list(agencies.items())
        self.filters["officer"].extra["choices"] = [(UNASSIGNED, _("Nobody yet")), *officers]
        # Asked for when they are first needed, and once.
        self.filters["segment"].extra["choices"] = cache(segments)
        self.filters["team"].extra["choices"] = cache(_teams)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything beside the order is asked for."""
        return any(value for name, value in self.form.data.items() if name in self.filters and name != "sort")

    @property
    def checked_fields(self) -> list[tuple[forms.BoundField, Any]]:
        """Each field with its errors, as a summary of errors lists them."""
        return [(field, field.errors) for field in self.form]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.filters if name not in self.FIRST]

    @property
    def is_narrowed_more(self) -> bool:
        return any(self.form.data.get(name) for name in self.filters if name not in self.FIRST)

    def in_order(self) -> InquiryQuerySet:
        """The rows, narrowed and in the order that was asked for."""
        rows: InquiryQuerySet = self.qs
        return rows.in_order(self.form.cleaned_data.get("sort") or "due")

    def canonical(self) -> dict[str, str]:
        """What is asked for as the form cleaned it, for an address to keep."""
        return {name: str(value) for name, value in self.form.cleaned_data.items() if value}

    def by_words(self, queryset: InquiryQuerySet, _name: str, words: str) -> InquiryQuerySet:
        code = code_typed(words)
        return queryset.under_code(code) if code else queryset.search(words)

    def by_segment(self, queryset: InquiryQuerySet, _name: str, code: str) -> InquiryQuerySet:
        return queryset.on_segment(code)

    def by_code(self, queryset: InquiryQuerySet, _name: str, code: str) -> InquiryQuerySet:
        return queryset.under_code(code)

    def by_destination(self, queryset: InquiryQuerySet, _name: str, code: str) -> InquiryQuerySet:
        return queryset.towards(code)

    def by_agency(self, queryset: InquiryQuerySet, _name: str, pk: str) -> InquiryQuerySet:
        return queryset.filter(agency=UUID(pk))

    def by_officer(self, queryset: InquiryQuerySet, _name: str, pk: str) -> InquiryQuerySet:
        return queryset.filter(officer=None if pk == UNASSIGNED else UUID(pk))

    def by_age(self, queryset: InquiryQuerySet, _name: str, age: str) -> InquiryQuerySet:
        latest, earliest = (self.today - timedelta(days=days) for days in AGES[age])
        return queryset.filter(received_on__lte=latest, received_on__gt=earliest)

    def by_priority(self, queryset: InquiryQuerySet, _name: str, priority: str) -> InquiryQuerySet:
        return queryset.of_priority(priority)

    def by_flag(self, queryset: InquiryQuerySet, _name: str, flag: str) -> InquiryQuerySet:
        return queryset.filter(flags__contains=[flag])

    def by_sighting(self, queryset: InquiryQuerySet, _name: str, said: str) -> InquiryQuerySet:
        return queryset.filter(is_sighting=said == "yes")

    def by_advisory(self, queryset: InquiryQuerySet, _name: str, key: str) -> InquiryQuerySet:
        return queryset.about_advisory(UUID(key))

    def sorted_by(self, queryset: InquiryQuerySet, _name: str, sort: str) -> InquiryQuerySet:
        if sort not in SORTS:
            raise KeyError(sort)
        return queryset  # the order is put on last, by `in_order`
