from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mailroom import figures
from mailroom.models import State
from mailroom.services.delivery import claim
from tests.mailroom.conftest import Write

pytestmark = pytest.mark.django_db


def test_the_states_add_up_to_what_was_posted(write: Write, now: datetime) -> None:
    letter = write("a@firm.example", "b@firm.example", "c@firm.example")
    letter.envelopes.filter(address="a@firm.example").update(state=State.SENT, sent_at=now, next_attempt_at=None, doubts=2)
    claim(worker="w", limit=1, now=now, lease=timedelta(minutes=1))
    found = figures.totals("test:1")
    assert found == figures.Totals(total=3, queued=1, sending=1, sent=1, repeated=1)
    assert found.is_whole
    assert (found.waiting, found.is_finished) == (2, False)


def test_a_lost_envelope_shows(write: Write) -> None:
    letter = write("a@firm.example", "b@firm.example")
    letter.envelopes.filter(address="a@firm.example").delete()
    assert not figures.totals("test:1").is_whole


def test_the_letters_of_one_source_are_counted_together_and_others_apart(write: Write) -> None:
    write("a@firm.example")
    write("a@firm.example", language="et")
    write("b@firm.example", source="test:2")
    assert {source: found.total for source, found in figures.totals_of(["test:1", "test:2", "test:3"]).items()} == {
        "test:1": 2,
        "test:2": 1,
        "test:3": 0,
    }


@pytest.mark.parametrize("number", [1, 3])
def test_the_totals_of_many_sources_take_three_queries(number: int, write: Write, django_assert_num_queries: object) -> None:
    sources = [f"test:{n}" for n in range(number)]
    for source in sources:
        write("a@firm.example", source=source)
    with django_assert_num_queries(3):  # type: ignore[operator]
        figures.totals_of(sources)


def test_the_health_of_the_queue_is_what_is_late(write: Write, now: datetime) -> None:
    assert figures.queue_health(now) == figures.QueueHealth(due=0, oldest_due_at=None)
    write("a@firm.example")
    write("b@firm.example", not_before=now + timedelta(hours=1))
    assert figures.queue_health(now) == figures.QueueHealth(due=1, oldest_due_at=now)
