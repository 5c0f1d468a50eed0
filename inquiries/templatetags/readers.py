"""Who may come to read a question, by name, for those who ask one."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.db import connection

from organisations.models import Organisation

register = template.Library()


@register.inclusion_tag("inquiries/modes/reader_list.html")
def readers() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute(*_statement())
        agencies = cursor.fetchall()
    return {
        "focal_point": next((name for name, is_focal_point in agencies if is_focal_point), ""),
        "agencies": [name for name, is_focal_point in agencies if not is_focal_point],
    }


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """Who may read, as SQL. Working it out costs several times what asking costs, and it is the same for every page."""
    # Only those that can be on a reader list: a body that enforces can't, and isn't named as one of those who might read.
    agencies = Organisation.objects.agencies().that_read_inquiries().order_by("name", "pk")
    return agencies.values_list("name", "is_focal_point").query.sql_with_params()
