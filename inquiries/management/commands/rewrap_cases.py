from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from inquiries.services import rewrapping


class Command(BaseCommand):
    help = (
        "Bring old cases up to date: give those from before the key store a share, and wrap all under the ring's first key. "
        "May be stopped and started at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        shared = 0
        while done := rewrapping.enclose_old(today=timezone.localdate()):
            shared += done
        moved, after = 0, rewrapping.START
        while batch := rewrapping.rewrap(after=after):
            moved += batch.done
            if batch.last is None:
                break
            after = batch.last
        self.stdout.write(f"{shared} cases got a share, {moved} keys were wrapped anew.")
        if missing := rewrapping.progress().missing:
            self.stderr.write(f"{missing} keys wait for a key that the ring lacks: restore it, then run this again.")
