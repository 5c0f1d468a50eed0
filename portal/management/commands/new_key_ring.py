from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from portal.keyring import new_key_ring


class Command(BaseCommand):
    help = "Print a new office key ring; keep it as a secret file outside the database and its backups."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--id", default=timezone.localdate().isoformat(), help="the key's name, stored beside what it wraps")

    def handle(self, *args: Any, **options: Any) -> str:
        return new_key_ring(options["id"])
