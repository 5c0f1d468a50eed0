"""The three ways of asking: what each keeps of who asks."""

from __future__ import annotations

from inquiries import lifecycle
from inquiries.models import Inquiry
from inquiries.services import identities, named
from inquiries.services.identities import Confidential
from inquiries.services.named import Named

# Nobody, for those who ask anonymously.
Who = Confidential | Named | None


def mode_of(who: Who) -> str:
    if who is None:
        return lifecycle.ANONYMOUS
    return lifecycle.NAMED if isinstance(who, Named) else lifecycle.CONFIDENTIAL


def keep(inquiry: Inquiry, who: Who, *, key: bytes, share: bytes) -> None:
    """Keep what this way of asking keeps of who asks; nothing of an anonymous asker. Raises UnableToName."""
    if isinstance(who, Confidential):
        identities.keep(inquiry, who, key=key, share=share)
    elif isinstance(who, Named):
        named.keep(inquiry, who, key=key, share=share)
