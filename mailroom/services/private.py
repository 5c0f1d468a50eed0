"""Letters whose addresses are nobody's business but their writer's, such as those of an association to its members.

The mailroom keeps no list of who has stopped them: their writer does, and asks here for what it needs to. Once a copy has come to
its end its address may be blanked: what stands there then must not be an address that anybody could write to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import Q

from mailroom import bounces, lifecycle
from mailroom.models import Envelope, Report, ReportKind
from mailroom.querysets import EnvelopeQuerySet
from mailroom.services.steering import stop_envelopes

# Where no mail ever goes (RFC 2606, section 2). What stands before it is for its writer to understand.
NOWHERE: Final = "blanked.invalid"
BATCH = 1000


class Reader(NamedTuple):
    """To whom a copy went, and for whom it was written."""

    source: str
    address: str


class Returned(NamedTuple):
    envelope: UUID
    source: str
    address: str
    is_complaint: bool
    is_flood: bool  # so many mailboxes of the letter are said to be gone that it is hardly true


def blanked(code: str) -> str:
    """What stands in place of an address that only its writer's `code` stands for now."""
    return f"{code}@{NOWHERE}"


def code_in(address: str) -> str:
    """The code of an address that was blanked; "" for any other."""
    code, _at, domain = address.rpartition("@")
    return code if domain == NOWHERE else ""


def reader_of(token: str) -> Reader | None:
    """Return to whom the private copy with this token went; None for a token of nobody's or of another letter's."""
    found = Envelope.objects.filter(token=token, letter__is_private=True).values_list("letter__source", "address").first()
    return Reader(*found) if found else None


def call_back(*, list_id: str, addresses: Iterable[str] | None = None) -> int:
    """Stop what of a list has not begun to leave, to some addresses or to all; return how many were stopped."""
    found = Envelope.objects.stoppable().filter(letter__is_private=True, letter__list_id=list_id)
    if addresses is not None:
        found = found.to_any(addresses)
    return stop_envelopes(found)


def returned(*, since: datetime) -> Iterator[Returned]:
    """What came back or was called unwanted of private letters written since then, and has not been blanked."""
    kinds = [ReportKind.HARD, ReportKind.REFUSED, ReportKind.COMPLAINT]
    said = Report.objects.filter(kind__in=kinds, envelope__letter__is_private=True, envelope__letter__created_at__gte=since)
    said = said.exclude(envelope__address__endswith=f"@{NOWHERE}").select_related("envelope__letter").order_by("pk")
    floods: dict[UUID, bool] = {}
    for report in list(said[:BATCH]):
        letter = report.envelope.letter
        if letter.pk not in floods:
            gone = Report.objects.filter(envelope__letter=letter, kind__in=kinds[:2]).count()
            floods[letter.pk] = bounces.is_flood(gone, of=letter.addressed)
        is_complaint = report.kind == ReportKind.COMPLAINT
        yield Returned(report.envelope_id, letter.source, report.envelope.address, is_complaint, floods[letter.pk])


def has_addresses(source: str) -> bool:
    """Whether a private copy of the source still has an address."""
    found = Envelope.objects.of_source(source).filter(letter__is_private=True)
    return found.exclude(address__endswith=f"@{NOWHERE}").exists()


def blank(*, source: str, code_of: Callable[[str], str], before: datetime | None = None, envelope: UUID | None = None) -> int:
    """Replace addresses of the private copies of `source` that have come to their end by their codes, and take out their names.

    Those that left, or were written and never left, before then; or one envelope alone. Return how many.
    """
    found = Envelope.objects.of_source(source).filter(letter__is_private=True, state__in=lifecycle.FINAL)
    found = found.exclude(address__endswith=f"@{NOWHERE}")
    if before is not None:
        found = found.filter(Q(sent_at__lt=before) | Q(sent_at=None, letter__created_at__lt=before))
    if envelope is not None:
        found = found.filter(pk=envelope)
    return sum(_blank_batch(batch, code_of) for batch in _batches(found))


def _batches(found: EnvelopeQuerySet) -> Iterator[list[Envelope]]:
    while batch := list(found.only("pk", "address", "name").order_by("pk")[:BATCH]):
        yield batch


def _blank_batch(batch: list[Envelope], code_of: Callable[[str], str]) -> int:
    for each in batch:
        each.address, each.name = blanked(code_of(each.address)), ""
    return Envelope.objects.bulk_update(batch, ["address", "name"])
