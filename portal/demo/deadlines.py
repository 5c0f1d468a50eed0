"""What the demo's office has published of its pace, in quarters before those of its inquiries, and what it plans."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from inquiries import retention, suppression
from inquiries.deadlines import Targets
from inquiries.models import PublishedFigure, Topic
from inquiries.services import office_days, recomputing
from organisations.models import User
from portal.demo.calendar import business_days

ADMINISTRATOR = "administrator@focalpoint.example"
# Six quarters, the oldest first: questions answered, of them in time, median of the business days.
FIGURES = {
    "classification": "14 9 13.5 | 17 12 13 | 16 13 12 | 21 17 12 | 24 21 11 | 27 25 10",
    "transaction": "11 8 8 | 12 10 7.5 | 15 12 8 | 14 11 7 | 19 17 7 | 22 20 6.5",
    "licensing": "9 7 7 | 8 7 7 | 13 12 6 | 12 11 6.5 | 15 14 6 | 17 16 6",
    "sanctions": "12 8 5 | 15 11 4 | 11 9 4 | 18 14 4 | 16 14 3.5 | 21 19 3",
    "investment": "0 0 0 | 1 1 12 | 2 2 9 | 6 6 11 | 3 3 12 | 7 6 11",
    "technology-transfer": "2 1 12 | 5 4 11 | 7 5 12 | 9 8 10 | 11 10 10.5 | 13 12 10",
    "risk-landscape": "1 1 7 | 2 2 7 | 3 3 6 | 5 5 6 | 7 7 6 | 8 8 5.5",
    "other": "6 5 6 | 7 7 5 | 8 7 5 | 9 9 5 | 9 9 4 | 11 11 4",
}
MEDIANS = ("8", "7.5", "7", "7", "6.5", "6")  # of all topics together


def are_there() -> bool:
    return PublishedFigure.objects.exists()


@transaction.atomic
def set_up(*, today: date) -> None:
    """Publish the past and plan a day on which the office is closed and a shorter target; before there is any inquiry."""
    quarter = retention.quarter(today)
    for place in reversed(range(len(MEDIANS))):
        quarter = retention.quarter(quarter - timedelta(days=1))
        _publish(quarter, place)
    administrator = User.objects.get(email=ADMINISTRATOR)
    training = _fortnight_later(today)
    recomputing.finish(
        office_days.close_office(first_on=training, last_on=training, reason="Staff training", by=administrator, today=today)
    )
    office_days.set_targets(
        topic=Topic.SANCTIONS,
        priority="normal",
        targets=Targets(1, 4, 15),
        valid_from=_next_month(today),
        by=administrator,
        today=today,
    )


def _publish(quarter: date, place: int) -> None:
    told = {topic: _numbers(numbers.split("|")[place]) for topic, numbers in FIGURES.items()}
    hidden = suppression.hidden({topic: told[topic][0] for topic in Topic.values})
    rows = [
        PublishedFigure(quarter=quarter, topic=topic)
        if topic in hidden.cells
        else PublishedFigure(quarter=quarter, topic=topic, answered=answered, in_time=in_time, median_halves=median)
        for topic, (answered, in_time, median) in told.items()
    ]
    everything = PublishedFigure(
        quarter=quarter,
        answered=sum(answered for answered, _in_time, _median in told.values()),
        in_time=sum(in_time for _answered, in_time, _median in told.values()),
        median_halves=_halves(MEDIANS[place]),
    )
    rows.append(everything)
    PublishedFigure.objects.bulk_create(rows)


def _numbers(text: str) -> tuple[int, int, int]:
    answered, in_time, median = text.split()
    return int(answered), int(in_time), _halves(median)


def _halves(days: str) -> int:
    return int(2 * float(days))


def _fortnight_later(today: date) -> date:
    return business_days(today + timedelta(days=14), 0)[0]


def _next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
