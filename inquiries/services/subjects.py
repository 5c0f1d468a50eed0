"""What a page of a neighbour may have a question be about. The neighbour is known here by a word; who knows it is the roof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from inquiries.querysets import word_for
from organisations.permissions import Visitor


@dataclass(frozen=True)
class Subject:
    """An advisory that a question may name, as far as the form shows it and begins with what it says.

    `topic` and `segments`, codes of areas, are what a question about it begins with.
    """

    key: UUID
    title: str
    language: str
    label: str
    link: str
    topic: str
    segments: tuple[str, ...]
    for_everybody: bool  # strangers read it too

    @property
    def word(self) -> str:
        """What the inquiry keeps of it."""
        return word_for(self.key)


Find = Callable[[Visitor, UUID], Subject | None]


def find(reader: Visitor, typed: object) -> Subject | None:
    """Return what `reader` may name by the id that came from outside.

    None where there is none, where it is not for this reader, where it was withdrawn, and where it is no id: nobody is told which.
    """
    try:
        key = UUID(str(typed))
    except ValueError:
        return None
    return cast(Find, import_string(settings.INQUIRY_SUBJECTS))(reader, key)
