"""The integrity of the ledger: its hash chain checked from the rows, and the day's last link sealed."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from organisations.models import Organisation
from registry import signing
from registry.models import Entry, LedgerLink, LedgerSeal, Look, Removal

SEAL_KIND: Final = "ledger seal 1"
START: Final = "0" * 64
CHUNK: Final = 500  # links checked at a time


@dataclass(frozen=True)
class Fault:
    """Where the ledger is not what was written. `what` is changed, missing, broken, unchained or unsealed."""

    what: str
    where: str


def check(*, public_keys: Mapping[str, bytes]) -> list[Fault]:
    """Compare every line, link and seal with what was written; an empty list is agreement."""
    return [*_check_links(), *_check_strays(), *_check_seals(public_keys)]


@transaction.atomic
def seal(*, today: date) -> LedgerSeal | None:
    """Seal the last link, once a day; None where the ledger is empty or nothing was written since the last seal."""
    last = LedgerLink.objects.order_by("-pk").first()
    sealed = LedgerSeal.objects.order_by("-on").first()
    if last is None or (sealed and (sealed.link_id == last.pk or sealed.on >= today)):
        return None
    statement = {"kind": SEAL_KIND, "on": today.isoformat(), "link": str(last.pk), "sha256": last.sha256}
    sealer = signing.Sealer(*next(iter(settings.SIGNING_KEYS.items())))
    return LedgerSeal.objects.create(on=today, link_id=last.pk, statement=signing.seal(statement, sealer))


def subjects(firm: Organisation) -> list[uuid.UUID]:
    """Return the ids by which the ledger names what is or was the firm's: its entry, tombstones that lead there, what it erased."""
    # One by one, as each has its index: asked for as "or", every entry would be read.
    tombstones = Entry.objects.filter(merged_into__organisation=firm).values_list("pk", flat=True)
    held = Entry.objects.filter(organisation=firm).values_list("pk", flat=True).union(tombstones)
    erased = Removal.objects.filter(organisation=firm).values_list("entry_id", flat=True)
    return list(held.union(erased))


def line(look: Look) -> str:
    """The look as the database's trigger writes it before hashing: a JSON array with a comma and a space between its parts."""
    parts = [
        look.pk,
        str(look.batch),
        look.institution,
        look.institution_kind,
        str(look.viewer_id) if look.viewer_id else None,
        look.audience,
        look.purpose,
        look.reason,
        " ".join(look.fields),
        look.on.isoformat(),
        look.kind,
        " ".join(map(str, look.entry_ids)),
        *([] if look.shown is None else [" ".join(map(str, look.shown))]),
    ]
    return json.dumps(parts, ensure_ascii=False)


def _check_links() -> Iterator[Fault]:
    before = START
    links = LedgerLink.objects.order_by("pk").iterator(chunk_size=CHUNK)
    while chunk := list(islice(links, CHUNK)):
        looks = Look.objects.in_bulk([look_id for link in chunk for look_id in link.look_ids])
        for link in chunk:
            if link.previous != before:
                yield Fault("broken", f"link {link.pk} does not follow the one before it")
            yield from _check_link(link, looks)
            before = link.sha256


def _check_link(link: LedgerLink, looks: Mapping[int, Look]) -> Iterator[Fault]:
    missing = [look_id for look_id in link.look_ids if look_id not in looks]
    if missing:
        yield Fault("missing", f"looks {missing} of link {link.pk}")
        return
    content = "\n".join([link.previous, *(line(looks[look_id]) for look_id in link.look_ids)])
    if hashlib.sha256(content.encode()).hexdigest() != link.sha256:
        yield Fault("changed", f"looks {link.look_ids} of link {link.pk}")


def _check_strays() -> Iterator[Fault]:
    strays = Look.objects.raw(
        "SELECT id FROM registry_look WHERE id NOT IN (SELECT unnest(look_ids) FROM registry_ledgerlink) ORDER BY id LIMIT 1000"
    )
    for look in strays:
        yield Fault("unchained", f"look {look.pk} is in no link")


def _check_seals(public_keys: Mapping[str, bytes]) -> Iterator[Fault]:
    for sealed in LedgerSeal.objects.order_by("on").iterator():
        if not _holds(sealed, public_keys):
            yield Fault("unsealed", f"the seal of {sealed.on} does not fit link {sealed.link_id}")


def _holds(sealed: LedgerSeal, public_keys: Mapping[str, bytes]) -> bool:
    try:
        said: dict[str, Any] = signing.opened(sealed.statement, public_keys=public_keys)
    except signing.NotSigned:
        return False
    link = LedgerLink.objects.filter(pk=sealed.link_id).first()
    expected = {"kind": SEAL_KIND, "on": sealed.on.isoformat(), "link": str(sealed.link_id), "sha256": link.sha256 if link else ""}
    return said == expected
