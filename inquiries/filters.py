from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from inquiries.models import Inquiry, RoutingRule, Topic
from inquiries.querysets import InquiryQuerySet
from organisations.validators import plain_text


def _teams() -> list[tuple[str, str]]:
    """The teams into which rules put inquiries."""
    named = RoutingRule.objects.exclude(team="").order_by("team").values_list("team", flat=True).distinct()
    return [(team, team) for team in named]


class InquiryFilter(django_filters.FilterSet):
    """What narrows a queue of the desk. It searches what officials wrote; askers' words are sealed."""

    q = django_filters.CharFilter(
        label=_("Reference or title"), method="by_words", max_length=100, validators=[plain_text], widget=forms.TextInput
    )
    topic = django_filters.ChoiceFilter(label=_("Topic"), choices=Topic.choices, empty_label=_("All topics"))
    segment = django_filters.ModelChoiceFilter(
        label=_("Segment"),
        queryset=lambda _request: Segment.objects.areas(),
        field_name="segments",
        to_field_name="code",
        empty_label=_("All segments"),
    )
    team = django_filters.ChoiceFilter(label=_("Team"), choices=_teams, empty_label=_("All teams"))

    class Meta:
        model = Inquiry
        fields = ()

    def by_words(self, queryset: InquiryQuerySet, _name: str, words: str) -> InquiryQuerySet:
        return queryset.filter(Q(reference__icontains=words) | Q(title__icontains=words))
