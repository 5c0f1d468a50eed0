"""What an organisation has asked by name, as its members list it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from inquiries.models import NamedAsker
from inquiries.sealing import CannotOpen
from inquiries.services import named, thread
from inquiries.services.asking import OpenInquiry
from keystore import services as keystore


@dataclass(frozen=True)
class Followed:
    """One line of an organisation's list; `subject` is None where the key does not open it for now."""

    asker: NamedAsker
    subject: str | None


def with_subjects(askers: Iterable[NamedAsker]) -> list[Followed]:
    """An organisation's inquiries with the asker's own line for each, without what is hidden of it."""
    rows = list(askers)
    prefetch_related_objects([row.inquiry for row in rows], "redactions")
    try:
        shares = keystore.shares_of(row.inquiry_id for row in rows)
    except keystore.UnableToReachKeys:
        return [Followed(row, None) for row in rows]
    return [Followed(row, _subject(row, shares.get(row.inquiry_id))) for row in rows]


def _subject(asker: NamedAsker, share: bytes | None) -> str | None:
    try:
        return thread.subject_of(OpenInquiry(asker.inquiry, named.key_of(asker, share)))
    except (CannotOpen, named.UnableToFollow):
        return None
