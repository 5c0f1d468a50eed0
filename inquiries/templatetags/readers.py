"""Who may come to read a question, by name, for those who ask one."""

from __future__ import annotations

from django import template

from organisations.models import Organisation

register = template.Library()


@register.inclusion_tag("inquiries/modes/reader_list.html")
def readers() -> dict[str, object]:
    # Only those that can be on a reader list: a body that enforces can't, and isn't named as one of those who might read.
    agencies = list(Organisation.objects.agencies().that_read_inquiries().order_by("name", "pk"))
    return {
        "focal_point": next((agency.name for agency in agencies if agency.is_focal_point), ""),
        "agencies": [agency.name for agency in agencies if not agency.is_focal_point],
    }
