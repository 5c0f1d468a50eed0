"""Fields that several forms have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import identifiers
from registry.disclosure import Field
from registry.models import (
    FIELD_LABELS,
    RULES,
)


class NumberField(forms.CharField):
    """A number that may be left out; cleans to the form that its rule gives it."""

    def __init__(self, name: Field, rule: Callable[[str], str], help_text: Any) -> None:
        super().__init__(label=FIELD_LABELS[name], required=False, max_length=60, help_text=help_text)
        self._rule, self._sentence = rule, RULES[name][1]

    def clean(self, value: Any) -> str:
        number = str(super().clean(value))
        try:
            return self._rule(number) if number else ""
        except identifiers.UnableToRead as error:
            raise ValidationError(self._sentence, params={"value": number}) from error


class ListField(forms.CharField):
    """A list in one field; `split` is what stands between its items. Cleans to a list of texts, each read by `rule`."""

    def __init__(
        self, name: Field, help_text: Any, *, split: str = r"[\s,;]+", rule: Callable[[str], str] = str.strip, longest: int = 60
    ) -> None:
        super().__init__(
            label=FIELD_LABELS[name],
            required=False,
            max_length=4000,
            help_text=help_text,
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        self._split, self._rule, self._longest, self._sentence = re.compile(split), rule, longest, RULES[name][1]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def items(self, text: str) -> list[str]:
        """The items of what is typed, as they are typed."""
        return [item for item in self._split.split(text) if item.strip()]

    def clean(self, value: Any) -> Any:
        return [self._read(item) for item in self.items(str(super().clean(value)))]

    def _read(self, item: str) -> str:
        try:
            read = self._rule(item)
        except identifiers.UnableToRead as error:
            raise ValidationError(self._sentence, params={"value": item[:60]}) from error
        if len(read) > self._longest:
            raise ValidationError(
                _("%(value)s… is too long: write at most %(most)s characters."), params={"value": item[:40], "most": self._longest}
            )
        return read

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def _one_of(label: Any, choices: Iterable[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", gettext_lazy("Any")), *choices])
