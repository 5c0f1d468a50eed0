"""Facets: how many of what was found have what, as links that narrow the search or widen it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from registry import identifiers, regions, tilemap
from registry.looking.forms import VIEWS, PageSearchForm
from registry.models import ActivityRole, Compliance, SizeBand

MOST_VALUES: Final = 12  # of a facet


@dataclass(frozen=True)
class Value:
    code: str
    label: str
    number: int
    query: str  # of the link that asks for it as well


@dataclass(frozen=True)
class Facet:
    """One question that can be added. `chosen` is what is asked already; `without` the query of the link that asks it no more."""

    name: str
    label: Any
    chosen: str
    without: str
    values: list[Value]


@dataclass(frozen=True)
class Map:
    drawing: tilemap.Drawing
    values: list[Value]  # the same numbers, for the table beside it


@dataclass(frozen=True)
class Switch:
    """One way to show what was found."""

    label: Any
    query: str
    is_current: bool


def facets(form: PageSearchForm, counts: Mapping[str, int]) -> list[Facet]:
    """Return the facets of a valid search; one without values and without a choice is not there."""
    asked = form.cleaned_data
    parts = [
        ("segment", _("Technology"), _segments(form, counts, asked["segment"])),
        ("role", _("What they do"), _of_choices(counts, "role", ActivityRole.choices)),
        ("region", _("Region"), _regions(counts, asked["region"])),
        ("size", _("Size"), _of_choices(counts, "size_band", SizeBand.choices)),
        ("nace", _("Economic activity"), _sections(counts)),
        ("compliance", _("Compliance programme"), _of_choices(counts, "compliance", Compliance.choices)),
    ]
    return [facet for name, label, found in parts if (facet := _facet(form, name, label, found)).values or facet.chosen]


def region_map(form: PageSearchForm, counts: Mapping[str, int]) -> Map:
    """Return the regions that entries lie in: the narrowest drawn, and listed together with their countries."""
    leaves = _leaves(counts, "")
    countries_of = {code: number for code, number in _numbers(counts, "region:").items() if len(code) == len("EE")}
    numbers = sorted((countries_of | leaves).items())
    values = [_value(form, "region", code, regions.label(code), number) for code, number in numbers]
    return Map(tilemap.draw(leaves, country=settings.COUNTRY), values)


def switches(form: PageSearchForm) -> list[Switch]:
    return [Switch(label, _with(form.said, "view", view), view == form.shown_as) for view, label in VIEWS]


_Found = list[tuple[str, str, int]]  # code, label and number


def _facet(form: PageSearchForm, name: str, label: Any, found: _Found) -> Facet:
    chosen = str(form.cleaned_data[name] or "")
    words = _chosen_label(form, name, chosen)
    values = [_value(form, name, code, text, number) for code, text, number in found[:MOST_VALUES] if code != chosen]
    is_single = chosen and name not in ("segment", "region")  # of the others nothing narrower is offered
    return Facet(name, label, words, _with(form.said, name, ""), [] if is_single else values)


def _chosen_label(form: PageSearchForm, name: str, chosen: str) -> str:
    if not chosen:
        return ""
    choices: dict[str, dict[str, Any]] = {
        "role": dict(ActivityRole.choices),
        "size": dict(SizeBand.choices),
        "compliance": dict(Compliance.choices),
    }
    if name in choices:
        return str(choices[name][chosen])
    if name == "segment":
        held = form.segments.by_code.get(chosen)
        return held.label if held else chosen
    return regions.label(chosen) if name == "region" else f"{chosen} {identifiers.activity_label(chosen)}"


def _value(form: PageSearchForm, name: str, code: str, label: str, number: int) -> Value:
    return Value(code, label, number, _with(form.said, name, code))


def _with(said: QueryDict, name: str, value: str) -> str:
    changed = said.copy()
    if value:
        changed[name] = value
    else:
        changed.pop(name, None)
    return changed.urlencode()


def _of_choices(counts: Mapping[str, int], prefix: str, choices: list[tuple[str, Any]]) -> _Found:
    return [(code, str(label), number) for code, label in choices if (number := counts.get(f"{prefix}:{code}", 0))]


def _segments(form: PageSearchForm, counts: Mapping[str, int], chosen: str) -> _Found:
    """The areas, or what lies directly in the segment chosen."""
    above = form.segments.by_code.get(chosen)
    found = [
        (segment.code, segment.label, counts.get(f"segment:{segment.code}", 0))
        for segment in form.segments.by_code.values()
        if segment.parent_id == (above.pk if above else None)
    ]
    return _largest([each for each in found if each[2]])


def _regions(counts: Mapping[str, int], chosen: str) -> _Found:
    return _largest([(code, regions.label(code), number) for code, number in _leaves(counts, chosen).items()])


def _leaves(counts: Mapping[str, int], within: str) -> dict[str, int]:
    """The regions in which no narrower one was found, with their numbers."""
    numbers = {code: number for code, number in _numbers(counts, "region:").items() if code.startswith(within)}
    wider = {code[:length] for code in numbers for length in range(2, len(code))}
    return {code: number for code, number in numbers.items() if code not in wider}


def _sections(counts: Mapping[str, int]) -> _Found:
    found = _numbers(counts, "nace:").items()
    return _largest([(code, f"{code} {identifiers.activity_label(code)}", number) for code, number in found if code.isalpha()])


def _numbers(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {key.removeprefix(prefix): number for key, number in counts.items() if key.startswith(prefix)}


def _largest(found: _Found) -> _Found:
    return sorted(found, key=lambda each: (-each[2], each[0]))
