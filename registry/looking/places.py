"""Where one looks: the desk and the registry's own pages have the same pages at addresses of their own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """The names of the addresses, as `reverse` takes them."""

    listing: str
    one: str
    look: str


PAGES = Places("registry:list", "registry:listed", "registry:look")
DESK = Places("focalpoint:registry", "focalpoint:registry-listed", "focalpoint:registry-look")
