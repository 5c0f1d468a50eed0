"""Who may come to read a question, by name, for those who ask one."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from organisations.models import Organisation
from organisations.querysets import prepared

register = template.Library()


@register.simple_tag
def readers() -> SafeString:
    return _drawn(get_language(), tuple(_agencies()))


@lru_cache(maxsize=16)
def _drawn(language: str | None, agencies: tuple[tuple[str, bool], ...]) -> SafeString:  # noqa: ARG001  what it depends on
    said = {
        "focal_point": next((name for name, is_focal_point in agencies if is_focal_point), ""),
        "agencies": [name for name, is_focal_point in agencies if not is_focal_point],
    }
    return mark_safe(render_to_string("inquiries/modes/reader_list.html", said))  # noqa: S308  rendered above


@prepared
def _agencies() -> QuerySet[Organisation, tuple[str, bool]]:
    # Only those that can be on a reader list: a body that enforces can't, and isn't named as one of those who might read.
    agencies = Organisation.objects.agencies().that_read_inquiries().order_by("name", "pk")
    return agencies.values_list("name", "is_focal_point")
