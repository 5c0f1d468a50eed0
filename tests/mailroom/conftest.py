from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from mailroom.models import Letter
from mailroom.services import Recipient, post
from tests.mailroom.sink import Sink, listening

Write = Callable[..., Letter]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as sink:
        yield sink


@pytest.fixture
def write(now: datetime) -> Write:
    """Posts a letter to the addresses named, or to so many numbered ones."""

    def write(*addresses: str, number: int = 0, **changes: Any) -> Letter:
        to = [Recipient(address) for address in addresses] + [Recipient(f"r{n}@firm.example") for n in range(number)]
        words = {"purpose": "test", "source": "test:1", "subject": "A word", "text": "Some words.", "now": now}
        return post(to=to, **(words | changes))

    return write
