"""The mailroom's numbers, offered to the pages above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum, Value, Window
from django.db.models.functions import Length, Lower, Right, RowNumber, StrIndex

from mailroom import lifecycle
from mailroom.models import Envelope, Letter, in_words


@dataclass(frozen=True)
class Totals:
    """How many envelopes of one source are in each state, and how many were written."""

    total: int = 0
    queued: int = 0
    sending: int = 0
    sent: int = 0
    failed: int = 0
    in_doubt: int = 0
    suppressed: int = 0
    cancelled: int = 0
    repeated: int = 0  # of them all, those that may have arrived twice

    @property
    def by_state(self) -> dict[str, int]:
        return {state: getattr(self, state) for state in lifecycle.STATES}

    @property
    def is_whole(self) -> bool:
        """No envelope has been lost: the states add up to what was written."""
        return self.total == sum(self.by_state.values())

    @property
    def waiting(self) -> int:
        return self.queued + self.sending + self.in_doubt

    @property
    def is_finished(self) -> bool:
        return self.waiting == 0


def totals(source: str) -> Totals:
    return totals_of([source])[source]


def totals_of(sources: Iterable[str]) -> dict[str, Totals]:
    """The totals of each of `sources`, in two queries."""
    wanted = list(sources)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = Envelope.objects.filter(letter__source__in=wanted).values_list("letter__source", "state")
    for source, state, number, doubts in rows.annotate(number=Count("pk"), repeated=Count("pk", filter=Q(doubts__gt=0))):
        counts[source][state] += number
        counts[source]["repeated"] += doubts
    written = Letter.objects.filter(source__in=wanted).values_list("source").annotate(Sum("addressed"))
    for source, addressed in written:
        counts[source]["total"] = addressed
    return {source: Totals(**counts[source]) for source in wanted}


def sent_within(source: str, shares: Iterable[int]) -> dict[int, datetime]:
    """By which moment each share, in percent, of a source's copies had left; a share that has not left is not there."""
    found = Envelope.objects.of_source(source)
    places = {share: -(-found.count() * share // 100) for share in shares}
    sent = found.filter(sent_at__isnull=False).annotate(place=Window(RowNumber(), order_by="sent_at"))
    at = dict(sent.filter(place__in=places.values()).values_list("place", "sent_at"))
    return {share: moment for share, place in places.items() if (moment := at.get(place))}


@dataclass(frozen=True)
class QueueHealth:
    due: int
    oldest_due_at: datetime | None


def queue_health(now: datetime) -> QueueHealth:
    """How many envelopes should have left by `now`, and since when the oldest has waited."""
    found = Envelope.objects.due(now).aggregate(due=Count("pk"), oldest=Min("next_attempt_at"))
    return QueueHealth(due=found["due"], oldest_due_at=found["oldest"])


@dataclass(frozen=True)
class Trouble:
    """How many envelopes met the same thing at the same mail domain."""

    domain: str
    why: str
    waiting: int  # for another attempt
    failed: int


MOST_TROUBLES = 20
LOOKED_BACK = timedelta(days=7)


def troubles(now: datetime) -> list[Trouble]:
    """What fails, of the letters of the last week: by mail domain and reason, what concerns most of them first."""
    rows = Envelope.objects.filter(
        letter__created_at__gte=now - LOOKED_BACK, state__in=[*lifecycle.CLAIMABLE, lifecycle.FAILED]
    ).exclude(last_error="")
    grouped = rows.annotate(domain=Lower(Right("address", Length("address") - StrIndex("address", Value("@")))))
    counted = grouped.values_list("domain", "last_error").annotate(
        waiting=Count("pk", filter=~Q(state=lifecycle.FAILED)), failed=Count("pk", filter=Q(state=lifecycle.FAILED))
    )
    found = counted.order_by(-(F("waiting") + F("failed")), "domain", "last_error")[:MOST_TROUBLES]
    return [Trouble(domain, in_words(error), waiting, failed) for domain, error, waiting, failed in found]


def sources_delivered(sources: Iterable[str]) -> set[str]:
    """Those of `sources` of which at least one copy has left."""
    sent = Envelope.objects.filter(letter=OuterRef("pk"), state=lifecycle.SENT)
    return set(Letter.objects.filter(Exists(sent), source__in=list(sources)).values_list("source", flat=True))


def sources_being_sent(prefix: str) -> list[str]:
    """The sources that begin with `prefix` and have envelopes still to leave."""
    waiting = Envelope.objects.filter(letter=OuterRef("pk"), state__in=[lifecycle.SENDING, *lifecycle.CLAIMABLE])
    letters = Letter.objects.filter(Exists(waiting), source__startswith=prefix)
    return list(letters.values_list("source", flat=True).distinct().order_by("source"))
