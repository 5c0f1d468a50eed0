"""Charts drawn by the server: SVG without a script or a style of its own. Each stands beside a table with the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.formats import localize

register = template.Library()

# In the units of the drawing, which the page scales to its width.
HEIGHT, STEP, WIDTH, BASE, TOP = 150, 44, 28, 112, 18


@dataclass(frozen=True)
class Column:
    """One column: its rectangle, the number above it and the two lines below, in the units of the drawing."""

    x: int
    y: float
    height: float
    middle: float
    number: str
    label: str
    below: str


@register.inclusion_tag("components/column_chart.html")
def column_chart(title: str, values: Sequence[tuple[str, float]], *, unit: str = "", most: int | None = None) -> dict[str, Any]:
    """`values` are pairs of a label, whose last word is written below the rest, and a number; `most` is the top of the scale."""
    top = most or max((number for _label, number in values), default=1) or 1
    columns = [_column(place, label, number, float(top), unit) for place, (label, number) in enumerate(values)]
    return {"title": title, "columns": columns, "width": STEP * max(1, len(columns)), "height": HEIGHT, "base": BASE}


def _column(place: int, label: str, number: float, top: float, unit: str) -> Column:
    height = round((BASE - TOP) * min(1.0, float(number) / top), 1)
    x = place * STEP + (STEP - WIDTH) // 2
    first, _space, last = label.rpartition(" ")
    return Column(
        x=x,
        y=round(BASE - height, 1),
        height=height,
        middle=x + WIDTH / 2,
        number=f"{int(number) if number == int(number) else localize(number)}{unit}",
        label=first or last,
        below=last if first else "",
    )


@dataclass(frozen=True)
class Bar:
    """One bar with its number, and its length in per cent of the longest; no length where there is no number to tell."""

    label: str
    number: int | None
    share: int


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(title: str, values: Sequence[tuple[str, int | None]]) -> dict[str, Any]:
    """`values` are pairs of a label and a number, or None where the number is not told."""
    top = max((number or 0 for _label, number in values), default=0) or 1
    return {"title": title, "bars": [Bar(label, number, 100 * (number or 0) // top) for label, number in values]}
