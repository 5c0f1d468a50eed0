"""`manage.py trace_export FILE`: from which export of the registry a copy comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from registry.looking import copies
from registry.services import tracing

MOST_TOLD = 10


class Command(BaseCommand):
    help = "Tell from which export of the registry a copy comes: by its hidden marks, and by what its visible one says."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the copy: CSV, XLSX or JSON")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            copy = copies.read(file.read_bytes())
        except (OSError, copies.UnableToRead) as error:
            raise CommandError(str(error)) from error
        for number in copy.numbers:
            self.stdout.write(f"The visible mark names export {number}.")
        traces = tracing.trace(copy.rows, server_key=settings.SERVER_KEY)
        certain = [found for found in traces if found.is_certain]
        for found in certain[:MOST_TOLD]:
            self.stdout.write(self._told(found))
        if certain and copy.numbers and certain[0].number not in copy.numbers:
            self.stdout.write("The visible mark and the hidden one differ: the visible one was changed or comes from another copy.")
        if not certain:
            raise CommandError(self._why_not(traces))

    def _told(self, found: tracing.Trace) -> str:
        look = found.look
        who = look.institution or "the public"
        person = f", person {look.viewer_id}" if look.viewer_id else ""
        return (
            f"Export {found.number} of {look.on} by {who}{person}, for {look.purpose}"
            f"{f' ({look.reason})' if look.reason else ''}: {found.rows} rows of the copy are in it, {found.fitting} of "
            f"{found.choices} marks fit; the chance that a copy from elsewhere looks so is at most {found.chance:.1g}."
        )

    def _why_not(self, traces: list[tracing.Trace]) -> str:
        if not traces:
            return "No row of the copy is an entry that was ever exported, or none can be recognised: nothing can be told."
        best = traces[0]
        if best.choices == 0:
            return f"{best.rows} rows were recognised, and no mark is left in them: nothing can be told."
        return (
            f"The marks don't tell: export {best.number} fits best, with {best.fitting} of {best.choices} marks, and a copy from "
            f"elsewhere would look so with a chance of up to {best.chance:.1g}. The copy is too small, or its marks were taken out."
        )
