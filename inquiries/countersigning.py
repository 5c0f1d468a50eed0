"""Which answers a second official has to approve before they go.

Those on which a shipment or a takeover is decided, unless an administrator has chosen other topics (services/second_official.py),
and whatever an official has marked to be handled with care. An answer to anything else may be proposed as well; it need not be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

TOPICS: Final = frozenset({"sanctions", "transaction", "investment"})
FLAG: Final = "sensitive"


def needs_second_official(*, topic: str, flags: Iterable[str], topics: Collection[str]) -> bool:
    """Whether an answer has to be approved; `topics` are those in force."""
    return topic in topics or FLAG in flags
