"""How long a question is kept, in words for those who ask one."""

from __future__ import annotations

from django import template

from inquiries.retention import DAYS

register = template.Library()


@register.inclusion_tag("inquiries/retention.html")
def retention(mode: str) -> dict[str, int]:
    return dict(DAYS[mode])
