from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inquiries import proofs
from inquiries.services import proving


class Command(BaseCommand):
    help = "Verify a proof of filing. Reads no database: with --keys it works on any machine, without a network."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("proof", type=Path, help="the file of the proof")
        parser.add_argument("--keys", type=Path, help="the office's published keys; this office's own unless given")
        parser.add_argument("--filed", type=Path, help="a JSON file that says what was filed, as it is downloaded beside the proof")
        parser.add_argument("--text", type=Path, help="a file with the words that are said to have been filed, in place of its own")
        parser.add_argument("--subject", default="", help="the line above them")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keys = proofs.read_key_set(_read(options["keys"])) if options["keys"] else proving.public_keys()
            found = proofs.verify(_read(options["proof"]), public_keys=keys)
        except proofs.UnknownKey as error:
            raise CommandError("The proof names a key that is not among these: this office did not sign it.") from error
        except proofs.NotAProof as error:
            raise CommandError("The office did not sign it so: it is no proof, or something in it was changed.") from error
        statement = found.statement
        self.stdout.write(
            f"Filed on {date.fromisoformat(statement.on)} under {statement.reference}; signed with key {statement.key}."
        )
        if options["filed"] or options["text"]:
            self._compare(found, _filing(options))

    def _compare(self, found: proofs.Proof, filing: proofs.Filing) -> None:
        if not found.is_of(filing):
            raise CommandError("That is not what was filed." if found.version > 1 else "The words are not those that were filed.")
        self.stdout.write("That is what was filed." if found.version > 1 else "The words are those that were filed.")


def _filing(options: dict[str, Any]) -> proofs.Filing:
    try:
        filing = proofs.Filing.read(_read(options["filed"])) if options["filed"] else proofs.Filing()
    except proofs.NotAFiling as error:
        raise CommandError(f"{options['filed']} does not say what was filed.") from error
    return replace(filing, text=_read(options["text"]), subject=options["subject"]) if options["text"] else filing


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read.") from error
