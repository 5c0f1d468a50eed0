from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry import signing
from registry.models import LedgerLink
from registry.services import ledger

MOST_SHOWN = 100


class Command(BaseCommand):
    help = "Check the ledger's hash chain and its daily seals against its lines. Exit status 1 if anything was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keys", type=Path, help="the office's published keys; this office's own unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        found = ledger.check(public_keys=_keys(options["keys"]))
        for fault in found[:MOST_SHOWN]:
            self.stdout.write(f"{fault.what}: {fault.where}")
        if found:
            raise CommandError(f"The ledger is not as it was written: {len(found)} faults.")
        self.stdout.write(f"The ledger is as it was written: {LedgerLink.objects.count()} links.")


def _keys(path: Path | None) -> dict[str, bytes]:
    if path is None:
        return signing.public_keys(settings.SIGNING_KEYS)
    try:
        return signing.read_key_set(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, signing.NotSigned) as error:
        raise CommandError(f"{path} is no set of keys.") from error
