"""The figures that everybody may read: of a quarter, once it is over, and then for good.

They are worked out in the first night after the quarter from the histories of the inquiries first answered in it, erased ones
included, and are never touched again: a figure that stands still tells nobody what happened between two looks at it. Cells that
are too small, or that would let such a cell be worked out, are not kept at all (suppression.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from statistics import median

from django.db import transaction
from django.db.models import F, Min

from inquiries import retention, suppression
from inquiries.deadlines import Event
from inquiries.models import ErasedAnswer, ErasedBreach, Inquiry, PublishedFigure, Topic
from inquiries.models import Event as HistoryRow
from inquiries.services import clock
from inquiries.services.clock import FirstAnswer

BATCH = 1000
ALL = ""  # the topic of a row that is about all of them


def keep(inquiry: Inquiry, first: FirstAnswer | None) -> None:
    """Count what the figures still need of an inquiry that is about to be erased."""
    if first is not None and not _is_out(retention.quarter(first.on)):
        row, _ = ErasedAnswer.objects.get_or_create(
            quarter=retention.quarter(first.on), topic=inquiry.topic, days=first.days, in_time=first.is_in_time
        )
        ErasedAnswer.objects.filter(pk=row.pk).update(number=F("number") + 1)
    for breach in inquiry.breaches.all():
        count, _ = ErasedBreach.objects.get_or_create(quarter=retention.quarter(breach.on), reason=breach.reason)
        ErasedBreach.objects.filter(pk=count.pk).update(number=F("number") + 1)


def publish_ended(*, today: date) -> list[date]:
    """Publish the figures of every quarter that is over and not out; return the first days of those quarters."""
    return [quarter for quarter in _ended(today) if _publish(quarter)]


def _ended(today: date) -> Iterator[date]:
    """Yield the quarters from the first answer on that are over."""
    answered = HistoryRow.objects.filter(kind="answer").aggregate(first=Min("on"))["first"]
    erased = ErasedAnswer.objects.aggregate(first=Min("quarter"))["first"]
    known = [day for day in (answered, erased) if day]
    quarter = retention.quarter(min(known)) if known else today
    while next_quarter(quarter) <= today:
        yield quarter
        quarter = next_quarter(quarter)


def next_quarter(quarter: date) -> date:
    return retention.quarter(quarter + timedelta(days=100))


@transaction.atomic
def _publish(quarter: date) -> bool:
    if _is_out(quarter):
        return False
    answers: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for topic, days, is_in_time in chain(_living(quarter), _erased(quarter)):
        answers[topic].append((days, is_in_time))
    hidden = suppression.hidden({topic: len(answers[topic]) for topic in Topic.values})
    rows = [_figure(quarter, topic, [] if topic in hidden.cells else answers[topic]) for topic in Topic.values]
    everything = list(chain.from_iterable(answers.values()))
    rows.append(_figure(quarter, ALL, [] if hidden.total else everything))
    PublishedFigure.objects.bulk_create(rows)
    ErasedAnswer.objects.filter(quarter=quarter).delete()
    return True


def _is_out(quarter: date) -> bool:
    return PublishedFigure.objects.filter(quarter=quarter).exists()


def _figure(quarter: date, topic: str, answers: list[tuple[int, bool]]) -> PublishedFigure:
    if not answers:
        return PublishedFigure(quarter=quarter, topic=topic)
    return PublishedFigure(
        quarter=quarter,
        topic=topic,
        answered=len(answers),
        in_time=sum(is_in_time for _days, is_in_time in answers),
        median_halves=int(2 * median(days for days, _is_in_time in answers)),
    )


def _living(quarter: date) -> Iterator[tuple[str, int, bool]]:
    """Yield (topic, business days, in time) of the inquiries that are there and were first answered in the quarter."""
    rules = clock.rules()
    inside = HistoryRow.objects.filter(kind="answer", on__gte=quarter, on__lt=next_quarter(quarter))
    found = Inquiry.objects.filter(pk__in=inside.values("inquiry")).only("topic", "priority").prefetch_related("events")
    for inquiry in found.iterator(chunk_size=BATCH):
        history = sorted(inquiry.events.all(), key=lambda event: event.position)
        first = clock.first_answer(inquiry, [Event(event.kind, event.on, event.days or 0) for event in history], rules)
        if first is not None and retention.quarter(first.on) == quarter:
            yield inquiry.topic, first.days, first.is_in_time


def _erased(quarter: date) -> Iterator[tuple[str, int, bool]]:
    for row in ErasedAnswer.objects.filter(quarter=quarter):
        for _ in range(row.number):
            yield row.topic, row.days, row.in_time
