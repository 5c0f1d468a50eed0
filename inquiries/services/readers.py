"""Who can open an inquiry: the case key wrapped for the focal point and for each agency on the reader list.

An agency's wrapping key is derived from the office's ring and the agency's identifier, so the ring needs no new key when an
agency joins. Taking an agency off the list deletes its row, and with it the only copy of the case key that its officials could use.

All copies lie inside the layer of the case's share (sealing.py): once the key store has destroyed it, none opens any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from inquiries.models import Inquiry, ReaderKey
from inquiries.sealing import CannotOpen, Place, derive, unwrap, wrap
from keystore import services as keystore
from organisations.models import Organisation


class UnableToOpen(Exception):
    """No key of the office's ring opens the inquiry; the data is untouched. The administrator has to restore the key."""


class KeysUnreachable(UnableToOpen):
    """The key store does not answer, so nothing opens for now. The data is untouched."""


class UnableToAdmit(Exception):
    """The agency has no function for which it might read inquiries; a body that enforces never has one."""


def may_be_reader(agency: Organisation) -> bool:
    """The twin of `OrganisationQuerySet.that_read_inquiries`; the database refuses all others itself (models/keys.py)."""
    return agency.is_focal_point or bool(agency.functions)


def admit(inquiry: Inquiry, *, agency: Organisation | None, key: bytes, share: bytes | None = None) -> None:
    """Put an agency, or with None the focal point, on the reader list; `key` is the case key. One that is on it stays there.

    `share` spares asking the key store for it. Whoever holds the key of a case without one has a case from before there were any.
    Raises UnableToAdmit.
    """
    if agency is not None and not may_be_reader(agency):
        raise UnableToAdmit
    reader = _key_of(inquiry, agency, key=key, share=share or keystore.share_of(inquiry.pk))
    ReaderKey.objects.bulk_create([reader], ignore_conflicts=True)
    if agency:
        note_readers(inquiry)


def _key_of(inquiry: Inquiry, agency: Organisation | None, *, key: bytes, share: bytes | None) -> ReaderKey:
    ring_key, secret = next(iter(settings.OFFICE_KEYS.items()))
    wrapped = wrap(key, under=wrapping_key(secret, agency), share=share, place=place(inquiry))
    return ReaderKey(inquiry=inquiry, agency=agency, ring_key=ring_key, wrapped_key=wrapped)


def note_first(inquiry: Inquiry) -> None:
    """Set `readers` of an inquiry that is about to be filed: the agency to which the rules send it. Nothing is saved."""
    inquiry.readers = [agency.pk for agency in _first(inquiry)]


def admit_first(inquiry: Inquiry, *, key: bytes, share: bytes) -> None:
    """Put the focal point on the reader list of an inquiry that has just been filed, and those whom note_first has noted.

    Raises UnableToAdmit.
    """
    agencies = _first(inquiry)
    if not all(map(may_be_reader, agencies)):
        raise UnableToAdmit
    ReaderKey.objects.bulk_create(_key_of(inquiry, agency, key=key, share=share) for agency in (None, *agencies))


def _first(inquiry: Inquiry) -> list[Organisation]:
    return [inquiry.agency] if inquiry.agency is not None and not inquiry.agency.is_focal_point else []


def dismiss(inquiry: Inquiry, *, agency: Organisation) -> None:
    """Take an agency off the reader list."""
    inquiry.reader_keys.filter(agency=agency).delete()
    note_readers(inquiry)


def note_readers(inquiry: Inquiry) -> None:
    """Bring `readers`, by which lists are narrowed, to what the keys say."""
    agencies = inquiry.reader_keys.exclude(agency=None).values_list("agency", flat=True)
    inquiry.readers = sorted(set(agencies))
    inquiry.save(update_fields=["readers"])


def agencies(inquiry: Inquiry) -> list[Organisation]:
    """Who is on the reader list beside the focal point, which always is."""
    listed = Organisation.objects.filter(pk__in=inquiry.reader_keys.filter(agency__isnull=False).values("agency"))
    return list(listed.order_by("name", "pk"))


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except keystore.UnableToReachKeys as error:
        raise KeysUnreachable from error


def case_key(inquiry: Inquiry, *, agencies: Iterable[Organisation]) -> bytes:
    """Return the case key, as one of the official's `agencies` can unwrap it; raises UnableToOpen."""
    with _reaching():
        share = keystore.share_of(inquiry.pk)
    return _unwrapped(inquiry, agencies=agencies, share=share)


def keys_of(inquiries: Iterable[Inquiry], *, agencies: Iterable[Organisation]) -> Callable[[Inquiry], bytes]:
    """Return what returns the case key of one of the inquiries, or raises UnableToOpen; the key store is asked once for all of
    them, when the first key is wanted.
    """
    cases, held = [inquiry.pk for inquiry in inquiries], list(agencies)
    shares = cache(lambda: keystore.shares_of(cases))

    def case_key(inquiry: Inquiry) -> bytes:
        with _reaching():
            share = shares().get(inquiry.pk)
        return _unwrapped(inquiry, agencies=held, share=share)

    return case_key


def _unwrapped(inquiry: Inquiry, *, agencies: Iterable[Organisation], share: bytes | None) -> bytes:
    readers = {None if agency.is_focal_point else agency.pk: agency for agency in agencies}
    for wrapped in inquiry.reader_keys.all():
        secret = settings.OFFICE_KEYS.get(wrapped.ring_key)
        if secret is None or wrapped.agency_id not in readers:
            continue
        agency = readers[wrapped.agency_id] if wrapped.agency_id else None
        try:
            return unwrap(bytes(wrapped.wrapped_key), under=wrapping_key(secret, agency), share=share, place=place(inquiry))
        except CannotOpen as error:
            raise UnableToOpen from error
    raise UnableToOpen


def portals_key(inquiry: Inquiry) -> bytes:
    """Return the case key for what the portal itself has to check or write, and shows nobody; raises UnableToOpen."""
    return case_key(inquiry, agencies=Organisation.objects.filter(is_focal_point=True))


def wrapping_key(secret: bytes, agency: Organisation | None) -> bytes:
    return derive(agency.pk.bytes, purpose="agency", server_key=secret) if agency else secret


def place(inquiry: Inquiry) -> Place:
    return Place("office key", inquiry.pk, inquiry.pk)
