"""The mailroom's numbers, offered to the pages above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum, Value, Window
from django.db.models.functions import Length, Lower, Right, RowNumber, StrIndex

from mailroom import lifecycle
from mailroom.models import Course, Domain, Envelope, Letter, RelayState, Report, ReportKind, in_words
from mailroom.querysets import EnvelopeQuerySet
from mailroom.transport import further_relays_from_settings, relay_from_settings


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
    returned: int = 0  # of those sent, those that came back; they stay among them, for that they left remains true

    @property
    def by_state(self) -> dict[str, int]:
        return {state: getattr(self, state) for state in lifecycle.STATES}

    @property
    def is_whole(self) -> bool:
        """No envelope has been lost: the states add up to what was written."""
        return self.total == sum(self.by_state.values())

    @property
    def delivered(self) -> int:
        """What left and, as far as anybody knows, arrived."""
        return self.sent - self.returned

    @property
    def not_delivered(self) -> int:
        """What has come to its end elsewhere: failed, came back, stopped or called back."""
        return self.failed + self.returned + self.suppressed + self.cancelled

    @property
    def waiting(self) -> int:
        return self.queued + self.sending + self.in_doubt

    @property
    def is_finished(self) -> bool:
        return self.waiting == 0


def totals(source: str) -> Totals:
    return totals_of([source])[source]


def totals_of(sources: Iterable[str]) -> dict[str, Totals]:
    """The totals of each of `sources`, in three queries."""
    wanted = list(sources)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = Envelope.objects.filter(letter__source__in=wanted).values_list("letter__source", "state")
    for source, state, number, doubts in rows.annotate(number=Count("pk"), repeated=Count("pk", filter=Q(doubts__gt=0))):
        counts[source][state] += number
        counts[source]["repeated"] += doubts
    written = Letter.objects.filter(source__in=wanted).values_list("source").annotate(Sum("addressed"))
    for source, addressed in written:
        counts[source]["total"] = addressed
    came_back = Report.objects.came_back().filter(envelope__letter__source__in=wanted, envelope__state=lifecycle.SENT)
    for source, number in came_back.values_list("envelope__letter__source").annotate(Count("pk")):
        counts[source]["returned"] = number
    return {source: Totals(**counts[source]) for source in wanted}


def sent_within(source: str, shares: Iterable[int]) -> dict[int, datetime]:
    """By which moment each share, in percent, of a source's copies had left for good: one that came back doesn't count.

    A share that has not left is not there.
    """
    found = Envelope.objects.of_source(source)
    places = {share: -(-found.count() * share // 100) for share in shares}
    came_back = Report.objects.came_back().filter(envelope=OuterRef("pk"))
    sent = found.filter(~Exists(came_back), sent_at__isnull=False).annotate(place=Window(RowNumber(), order_by="sent_at"))
    at = dict(sent.filter(place__in=places.values()).values_list("place", "sent_at"))
    return {share: moment for share, place in places.items() if (moment := at.get(place))}


def may_leave(source: str) -> bool:
    """Whether a copy could still leave by itself; one in doubt may wait for a person."""
    return Envelope.objects.of_source(source).on_their_way().exists()


def is_paused(source: str) -> bool:
    return Letter.objects.of_source(source).filter(course=Course.PAUSED).exists()


def reports_by_kind(source: str) -> dict[str, int]:
    """What was said of a source's copies after they had left: how many of each kind of report there are."""
    said = Report.objects.of_source(source).exclude(kind=ReportKind.REFUSED)
    return dict(said.values_list("kind").annotate(Count("pk")).order_by("kind"))


@dataclass(frozen=True)
class QueueHealth:
    due: int
    oldest_due_at: datetime | None


def queue_health(now: datetime) -> QueueHealth:
    """How many envelopes should have left by `now`, and since when the oldest has waited."""
    found = Envelope.objects.due(now).aggregate(due=Count("pk"), oldest=Min("next_attempt_at"))
    return QueueHealth(due=found["due"], oldest_due_at=found["oldest"])


@dataclass(frozen=True)
class RelayHealth:
    """Whether a relay is used; `since` is unknown of one that has always worked."""

    name: str
    is_open: bool  # as with a circuit breaker: nothing goes through
    since: datetime | None
    retry_at: datetime | None


def relay_health() -> list[RelayHealth]:
    """Of each relay of the settings, in the order in which they are used."""
    relays = [relay_from_settings(), *further_relays_from_settings()]
    states = RelayState.objects.in_bulk([relay.name for relay in relays])
    return [_health(relay.name, states.get(relay.name)) for relay in relays]


def _health(name: str, state: RelayState | None) -> RelayHealth:
    if state is None:
        return RelayHealth(name, is_open=False, since=None, retry_at=None)
    return RelayHealth(name, is_open=state.is_open, since=state.since, retry_at=state.retry_at)


def slowed_domains(now: datetime) -> int:
    """How many domains of recipients have asked for patience, so that their mail is held back."""
    return Domain.objects.filter(slowed_until__gt=now).count()


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
    """What fails, of the letters of the last week: by mail domain and reason, what concerns most of them first.

    Of private letters none: a domain may be one person's.
    """
    rows = _in_trouble(now).filter(letter__is_private=False)
    grouped = rows.annotate(domain=Lower(Right("address", Length("address") - StrIndex("address", Value("@")))))
    counted = grouped.values_list("domain", "last_error").annotate(
        waiting=Count("pk", filter=~Q(state=lifecycle.FAILED)), failed=Count("pk", filter=Q(state=lifecycle.FAILED))
    )
    found = counted.order_by(-(F("waiting") + F("failed")), "domain", "last_error")[:MOST_TROUBLES]
    return [Trouble(domain, in_words(error), waiting, failed) for domain, error, waiting, failed in found]


def private_troubles(now: datetime) -> tuple[int, int]:
    """How many envelopes of the last week's private letters wait for another attempt, and how many have failed."""
    found = _in_trouble(now).filter(letter__is_private=True)
    failed = Count("pk", filter=Q(state=lifecycle.FAILED))
    counted = found.aggregate(waiting=Count("pk") - failed, failed=failed)
    return counted["waiting"], counted["failed"]


def _in_trouble(now: datetime) -> EnvelopeQuerySet:
    states = [*lifecycle.CLAIMABLE, lifecycle.FAILED]
    return Envelope.objects.filter(letter__created_at__gte=now - LOOKED_BACK, state__in=states).exclude(last_error="")


def sources_delivered(sources: Iterable[str]) -> set[str]:
    """Those of `sources` of which at least one copy has left."""
    sent = Envelope.objects.filter(letter=OuterRef("pk"), state=lifecycle.SENT)
    return set(Letter.objects.filter(Exists(sent), source__in=list(sources)).values_list("source", flat=True))


def sources_being_sent(prefix: str) -> list[str]:
    """The sources that begin with `prefix` and have envelopes still to leave."""
    waiting = Envelope.objects.filter(letter=OuterRef("pk"), state__in=[lifecycle.SENDING, *lifecycle.CLAIMABLE])
    letters = Letter.objects.filter(Exists(waiting), source__startswith=prefix)
    return list(letters.values_list("source", flat=True).distinct().order_by("source"))
