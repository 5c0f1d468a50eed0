"""What a program asks for by TAXII 2.1 (OASIS Standard, 10 June 2021, section 3.4 and 3.5)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from advisories import stix
from advisories.services.exchange import ALL, FIRST, LAST, MOST, Place

MOST_VALUES = 100
NOT_A_MOMENT: Final = "Write a moment as 2026-11-23T09:30:00.000Z."
NOT_A_PLACE: Final = "This is no value of `next` that was given out here. Begin anew without it."


def moment(said: str) -> datetime:
    """A timestamp of RFC 3339, which names its zone; raises ValidationError."""
    try:
        found = parse_datetime(said)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 <= found.year < 9000:  # what can be reckoned with
        raise forms.ValidationError(NOT_A_MOMENT)
    return found


def identifier(said: str) -> str:
    if not stix.is_identifier(said):
        raise forms.ValidationError(
            "An id is a type, two hyphens and a UUID, as in identity--6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11."
        )
    return said


def version(said: str) -> str | datetime:
    return said if said in (FIRST, LAST, ALL) else moment(said)


def next_of(place: Place) -> str:
    """The value by which a program asks for what comes after `place`."""
    return urlsafe_b64encode(f"{place.added.isoformat()} {place.id}".encode()).decode()


class MomentField(forms.CharField):
    def clean(self, value: Any) -> Any:
        said = super().clean(value)
        return moment(said) if said else None


class PlaceField(forms.CharField):
    """A place in the order, as `next_of` wrote it."""

    def clean(self, value: Any) -> Any:
        said = super().clean(value)
        if not said:
            return None
        try:
            added, _, last = urlsafe_b64decode(said.encode()).decode().partition(" ")
            return Place(moment(added), identifier(last))
        except (ValueError, forms.ValidationError) as error:
            raise forms.ValidationError(NOT_A_PLACE) from error


class ValuesField(forms.CharField):
    """Values with commas between them, any of which suffices."""

    def __init__(self, read: Callable[[str], Any] = str) -> None:
        super().__init__(required=False, max_length=10_000)
        self.read = read

    def clean(self, value: Any) -> Any:
        said = [each.strip() for each in super().clean(value).split(",") if each.strip()]
        if len(said) > MOST_VALUES:
            raise forms.ValidationError(f"At most {MOST_VALUES} values.")
        return frozenset(self.read(each) for each in said)


MATCHES: Final[dict[str, Callable[[str], Any]]] = {"id": identifier, "type": str, "version": version, "spec_version": str}


class TaxiiForm(forms.Form):
    """The filters that an endpoint has: `match[…]` of the names in `matches`, besides those that all of them have."""

    added_after = MomentField(required=False, max_length=40)
    # A client that sets no limit sends 0 (taxii2-client 2.3).
    limit = forms.IntegerField(required=False, min_value=0, max_value=10**9)
    next = PlaceField(required=False, max_length=200)

    def __init__(self, data: QueryDict, *, matches: Collection[str]) -> None:
        super().__init__(data)
        self.fields |= {f"match[{name}]": ValuesField(MATCHES[name]) for name in matches}
        self.matches = matches

    def clean(self) -> dict[str, Any]:
        data: Any = self.data
        for name in sorted(data)[:MOST_VALUES]:
            if name not in self.fields:
                self.add_error(None, f"There is no such parameter here: {name[:60]}.")
            elif len(data.getlist(name)) > 1:
                self.add_error(None, f"Write {name} once, with commas between its values.")
        return super().clean() or self.cleaned_data

    @property
    def wanted(self) -> dict[str, Any]:
        """The parts of a `Wanted` that were asked for."""
        said = self.cleaned_data
        found = {"added_after": said["added_after"], "after": said["next"], "limit": said["limit"] or MOST}
        names = {"id": "ids", "type": "types", "version": "versions", "spec_version": "spec_versions"}
        matched = {names[name]: said[f"match[{name}]"] for name in self.matches}
        return found | {name: values for name, values in matched.items() if values}
