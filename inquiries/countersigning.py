"""Which answers a second official has to approve before they go.

Those on which a shipment or a takeover is decided, and whatever an official has marked to be handled with care. The table is the
office's rule. An answer to anything else may be proposed as well; it need not be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

TOPICS: Final = frozenset({"sanctions", "transaction", "investment"})
FLAG: Final = "sensitive"


def needs_second_official(*, topic: str, flags: Iterable[str]) -> bool:
    return topic in TOPICS or FLAG in flags
