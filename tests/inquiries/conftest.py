from collections.abc import Callable
from datetime import date

import pytest

from inquiries.services import asking

Ask = Callable[..., asking.Filed]


@pytest.fixture
def ask(db: None, today: date) -> Ask:
    """Files an anonymous inquiry."""

    def file(text: str = "Is a five-axis mill controlled?", **options: object) -> asking.Filed:
        return asking.submit(**{"topic": "classification", "text": text, "today": today, **options})

    return file
