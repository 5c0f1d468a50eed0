"""Who can open an inquiry: the case key wrapped for the focal point and for each agency on the reader list.

An agency's wrapping key is derived from the office's ring and the agency's identifier, so the ring needs no new key when an
agency joins. Taking an agency off the list deletes its row, and with it the only copy of the case key that its officials could use.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from inquiries.models import Inquiry, ReaderKey
from inquiries.sealing import CannotOpen, Place, derive, seal_bytes, unseal_bytes
from organisations.models import Organisation


class UnableToOpen(Exception):
    """No key of the office's ring opens the inquiry; the data is untouched. The administrator has to restore the key."""


def admit(inquiry: Inquiry, *, agency: Organisation | None, key: bytes) -> None:
    """Put an agency, or with None the focal point, on the reader list; `key` is the case key. One that is on it stays there."""
    ring_key, secret = next(iter(settings.OFFICE_KEYS.items()))
    wrapped = seal_bytes(key, key=_wrapping_key(secret, agency), place=_place(inquiry))
    ReaderKey.objects.get_or_create(inquiry=inquiry, agency=agency, ring_key=ring_key, defaults={"wrapped_key": wrapped})


def dismiss(inquiry: Inquiry, *, agency: Organisation) -> None:
    """Take an agency off the reader list."""
    inquiry.reader_keys.filter(agency=agency).delete()


def case_key(inquiry: Inquiry, *, agencies: Iterable[Organisation]) -> bytes:
    """Return the case key, as one of the official's `agencies` can unwrap it; raises UnableToOpen."""
    readers = {None if agency.is_focal_point else agency.pk: agency for agency in agencies}
    for wrapped in inquiry.reader_keys.all():
        secret = settings.OFFICE_KEYS.get(wrapped.ring_key)
        if secret is None or wrapped.agency_id not in readers:
            continue
        agency = readers[wrapped.agency_id] if wrapped.agency_id else None
        try:
            return unseal_bytes(bytes(wrapped.wrapped_key), key=_wrapping_key(secret, agency), place=_place(inquiry))
        except CannotOpen as error:
            raise UnableToOpen from error
    raise UnableToOpen


def _wrapping_key(secret: bytes, agency: Organisation | None) -> bytes:
    return derive(agency.pk.bytes, purpose="agency", server_key=secret) if agency else secret


def _place(inquiry: Inquiry) -> Place:
    return Place("office key", inquiry.pk, inquiry.pk)
