"""Where one looks: the desk and the registry's own pages have the same pages at addresses of their own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """The names of the addresses, as `reverse` takes them, and the template of the list."""

    listing: str
    one: str
    look: str
    compare: str
    export: str
    searches: str
    delete_search: str
    template: str
    suggest: str = ""  # where one suggests that two entries meet


PAGES = Places(
    "registry:list",
    "registry:listed",
    "registry:look",
    "registry:compare",
    "registry:export",
    "registry:searches",
    "registry:search-delete",
    "registry/list.html",
)
DESK = Places(
    "focalpoint:registry",
    "focalpoint:registry-listed",
    "focalpoint:registry-look",
    "focalpoint:registry-compare",
    "focalpoint:registry-export",
    "focalpoint:registry-searches",
    "focalpoint:registry-search-delete",
    "focalpoint/registry/list.html",
    "focalpoint:registry-suggest",
)
