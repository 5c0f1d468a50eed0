"""Who may come to read a question, by name, for those who ask one."""

from __future__ import annotations

from django import template
from django.db.models import QuerySet

from organisations.models import Organisation
from organisations.querysets import prepared

register = template.Library()


@register.inclusion_tag("inquiries/modes/reader_list.html")
def readers() -> dict[str, object]:
    agencies = _agencies()
    return {
        "focal_point": next((name for name, is_focal_point in agencies if is_focal_point), ""),
        "agencies": [name for name, is_focal_point in agencies if not is_focal_point],
    }


@prepared
def _agencies() -> QuerySet[Organisation, tuple[str, bool]]:
    # Only those that can be on a reader list: a body that enforces can't, and isn't named as one of those who might read.
    agencies = Organisation.objects.agencies().that_read_inquiries().order_by("name", "pk")
    return agencies.values_list("name", "is_focal_point")
