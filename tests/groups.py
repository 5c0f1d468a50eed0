"""A pytest plugin: which tests one process runs, one after the other, because they share something that takes long to make.

pytest-xdist has a mark for it, which pytest 9.2 makes it ignore without a word (pytest-dev/pytest-xdist#1386).
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# By how the address of the test begins.
TOGETHER = {
    "tests/anonymity/": "a running portal",
    "tests/browser/": "a browser",
    "tests/catalogue/test_annex.py": "the whole annex",
    "tests/country/": "the demo country",
}


def group_of(address: str) -> str:
    """The group that a test belongs to; one that belongs to none is alone in its own."""
    return next((group for begin, group in TOGETHER.items() if address.startswith(begin)), address)


class Scheduler(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduler:
    return Scheduler(config, log)
