from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from tqdm import tqdm

from catalogue.models import Segment
from organisations.models import Organisation
from portal.demo import (
    advisories,
    answers,
    casework,
    consulting,
    contacts,
    deadlines,
    inquiries,
    meetings,
    people,
    registry,
    renewals,
    routing,
    sources,
)
from portal.demo.firms import FIRMS
from portal.demo.notices import NOTICES
from portal.demo.stories import STORIES

Done = TypeVar("Done")


class Command(BaseCommand):
    help = "Fill an empty portal with a small invented country. Works once; a second run changes nothing."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This portal is not in demo mode: it gets no demo data.")
        if not Segment.objects.exists():
            raise CommandError("The catalogue is empty: run load_catalogue first.")
        self.is_quiet = verbosity < 1
        today = timezone.localdate()
        # Stands while the country is being filled: half of one can't be told from a whole one, and can't be filled on.
        unfinished = settings.DATA_FOLDER / f"demo-unfinished-{connection.settings_dict['NAME']}"
        if not people.are_there():
            if Organisation.objects.exists():
                raise CommandError("This portal has organisations of its own: the demo country needs an empty one.")
            unfinished.touch()
            people.settle(now=timezone.now())
        elif unfinished.exists():
            raise CommandError(
                f"The demo country was left half filled. Delete {settings.DATA_FOLDER}, or empty the databases, and start again."
            )
        self._fill_inquiries(today)
        self._fill_registry(today)
        if not advisories.are_there():
            self._watch("Advisories", advisories.publish(today=today), len(NOTICES))
        if not sources.are_there():
            sources.enter(today=today)
        unfinished.unlink(missing_ok=True)

    def _fill_registry(self, today: date) -> None:
        parts = [part for part in (registry, renewals, meetings, contacts) if not part.are_there()]
        if registry in parts:
            self._watch("Registry", registry.fill(today=today), len(FIRMS))
        coming = [part.happenings(today=today) for part in parts]
        # In the order of their days, so that a firm's ledger tells them in that order.
        for _day, happen in sorted(chain.from_iterable(coming), key=itemgetter(0)):
            happen()

    def _fill_inquiries(self, today: date) -> None:
        if not deadlines.are_there():
            deadlines.set_up(today=today)
        if not inquiries.are_there():
            self._watch("Inquiries", inquiries.tell(today=today), len(STORIES))
        if not routing.are_there():
            routing.write(today=today)
        if not consulting.are_there():
            self._watch("Consultations", consulting.consult(today=today), len(consulting.STEPS))
        if not answers.are_there():
            self._watch("Answers", answers.publish(today=today), len(answers.ANSWERS))
        if not casework.are_there():
            self._watch("Casework", casework.write(today=today), casework.STEPS)

    def _watch(self, name: str, steps: Iterable[Done], total: int) -> None:
        for _ in self._with_bar(name, steps, total):
            pass

    def _with_bar(self, name: str, steps: Iterable[Done], total: int) -> Iterator[Done]:
        yield from tqdm(steps, desc=name, total=total, leave=False, file=self.stderr, disable=True if self.is_quiet else None)
