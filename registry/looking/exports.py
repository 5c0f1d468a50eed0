"""One export: read through the gateway under a number of its own, and written with its two marks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from registry import gateway, watermarks
from registry.looking.files import WRITERS, Terms


class UnableToExport(Exception):
    """More was asked for than one file holds; the sentence says so."""


def new_number() -> uuid.UUID:
    """By which an export is known in the ledger; its marks follow from it."""
    return uuid.uuid4()


@dataclass(frozen=True)
class Wanted:
    """What a file is to be of: `form` is a key of WRITERS, `who` and `purpose` are what its visible mark says."""

    question: gateway.Question
    form: str
    who: str
    purpose: str


def export(gate: gateway.Gate, wanted: Wanted) -> HttpResponse:
    """Return the file, which is in the ledger before this returns. Raises UnableToExport."""
    number = new_number()
    try:
        rows = gate.export(wanted.question, number=number, key=watermarks.key_of(number, server_key=settings.SERVER_KEY))
    except gateway.TooMany as error:
        refused = _("That is more than %(most)s entries. Ask for fewer, and export them in parts.")
        raise UnableToExport(refused % {"most": gate.most_exported}) from error
    content_type, write = WRITERS[wanted.form]
    content = write(rows, Terms(number, gate.today, wanted.who, wanted.purpose, gate.reason))
    disposition = f'attachment; filename="registry-{number}.{wanted.form}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
