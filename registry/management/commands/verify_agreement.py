from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry import signing
from registry.models import clauses


class Command(BaseCommand):
    help = "Verify the receipt of an agreement. Reads no database: with --keys it works on any machine, without a network."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("receipt", type=Path, help="the file of the receipt, as it is downloaded from the agreement's page")
        parser.add_argument("--keys", type=Path, help="the office's published keys; this office's own unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = given_keys(options["keys"])
        try:
            receipt = signing.verify(read(options["receipt"]), public_keys=keys)
        except signing.UnknownKey as error:
            raise CommandError("The receipt names a key that is not among these: this office did not seal it.") from error
        except signing.NotSigned as error:
            raise CommandError("The office did not seal it so: it is no receipt, or something in it was changed.") from error
        self._tell(receipt)

    def _tell(self, receipt: dict[str, Any]) -> None:
        text = receipt["text"]
        self.stdout.write(f"Version {text['number']} of agreement {text['agreement']}, text {receipt['text_sha256']}")
        self.stdout.write(f"In force from {text['valid_from']} until {text['valid_until']}, unless withdrawn since")
        for signature in receipt["signatures"]:
            person, factor = signature["person"], signature["second_factor"]
            self.stdout.write(
                f"Signed for {signature['party']['party_name']} by {person['name']}, {person['role']}, at {signature['at']};"
                f" confirmed by {factor['method']} at {factor['at']}"
            )
        for clause in clauses(text["terms"], names=receipt.get("associations", {})):
            said = f"{_listed(clause.fields)}; only: {_listed(clause.purposes)}" if clause.fields else "nothing"
            self.stdout.write(f"{clause.audience}: {said}")
        self.stdout.write("Both seals hold.")


def _listed(labels: list[Any]) -> str:
    return ", ".join(map(str, labels))


def given_keys(path: Path | None) -> dict[str, bytes]:
    """Return the keys in a file, or else this office's own; raises CommandError where the file has none."""
    if path is None:
        return signing.public_keys(settings.SIGNING_KEYS)
    try:
        return signing.read_key_set(read(path))
    except signing.NotSigned as error:
        raise CommandError(f"{path} is no set of keys.") from error


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read.") from error
