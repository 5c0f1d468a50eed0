"""Which views take files: whatever reads a request's files asks the view that its address leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Taken:
    """How many files a view takes, and how many bytes each may have."""

    most: int
    each: int


def takes_files(*, most: int, each: int) -> Callable[[View], View]:
    """Let a view have files; what is larger than `each` or beyond `most` comes without content, for the form to refuse."""

    def decorate(view: View) -> View:
        view.takes_files = Taken(most, each)  # type: ignore[attr-defined]
        return view

    return decorate
