from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.services.projection import differences


class Command(BaseCommand):
    help = "Compare what is disclosed of every entry with what its agreement allows. Exit status 1 if they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        found = differences()
        for difference in found:
            self.stdout.write(f"{difference.kind}: entry {difference.entry_id} for {difference.audience}, {difference.purpose}")
        if found:
            raise CommandError(f"{len(found)} cells of the projection differ from the truth.")
        self.stdout.write("The projection and the truth agree.")
