from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from inquiries.services import stirring


class Command(BaseCommand):
    help = "Rewrites the rows of the last days' inquiries in random order. Run it just before a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = stirring.stir(since=stirring.last_days(timezone.localdate()))
        self.stdout.write(f"{rows} rows stirred")
