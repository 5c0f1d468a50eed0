from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from registry import gateway
from registry.services import editions


class Command(BaseCommand):
    help = "Publish the registry's figures of the quarter that ended last, if they are not out yet. The clock does it every night."

    def handle(self, *args: Any, **options: Any) -> None:
        edition = editions.publish_ended(today=timezone.localdate(), count=gateway.count)
        if edition is None:
            self.stdout.write("The figures of the last quarter are out already.")
        else:
            told = edition.numbers.exclude(number=None).count()
            self.stdout.write(f"Q{edition.number} {edition.year}: {told} of {edition.numbers.count()} numbers are printed.")
