from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry import signing
from registry.management.commands.verify_agreement import given_keys, read


class Command(BaseCommand):
    help = "Verify the proof that an entry was erased. Reads no database: with --keys it works on any machine, without a network."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("proof", type=Path, help="the file of the proof, as it is downloaded from the registry")
        parser.add_argument("--keys", type=Path, help="the office's published keys; this office's own unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = given_keys(options["keys"])
        try:
            proof = signing.verify_removal(read(options["proof"]), public_keys=keys)
        except signing.UnknownKey as error:
            raise CommandError("The proof names a key that is not among these: this office did not seal it.") from error
        except signing.NotSigned as error:
            raise CommandError("The office did not seal it so: it is no such proof, or something in it was changed.") from error
        factor = proof["asked_by"]["second_factor"]
        self.stdout.write(f"Entry {proof['entry']} of {proof['party']['party_name']}, erased at {proof['at']}")
        self.stdout.write(f"Asked for by a {proof['asked_by']['role']}; confirmed by {factor['method']} at {factor['at']}")
        self.stdout.write(", ".join(f"{name.replace('_', ' ')}: {number}" for name, number in sorted(proof["erased"].items())))
        for version in proof["agreement_versions"]:
            self.stdout.write(f"Agreement version {version['number']}, text {version['text_sha256']}")
        self.stdout.write("The seal holds.")
